import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { controlRequest } from '../../src/control/client.ts'
import type { ControlStatus, StatusDocument } from '../../src/control/status.ts'
import type { JournalRecord } from '../../src/domain/journal.ts'
import { type Ended, type Program, tidegate } from './program.ts'

export type Status = StatusDocument & { readonly control: ControlStatus }

/**
 * The status of an engine, null as long as there is none on that state directory, or its main thread has told nothing yet:
 * the control thread answers by itself where that is held up at the start.
 */
export async function statusOf(folder: string): Promise<Status | null> {
  try {
    const { body } = await controlRequest(path.join(folder, 'control.sock'), 'GET', '/ops/status')
    return 'orders' in body ? (body as Status) : null
  } catch {
    return null
  }
}

/** Asks for the status until it is as wanted. */
export function statusWhere(
  program: Program,
  folder: string,
  wanted: (status: Status) => boolean = () => true,
): Promise<Status> {
  return program.until(async () => {
    const status = await statusOf(folder)
    return status !== null && wanted(status) ? status : null
  })
}

/** Names of the reasons that halt everything. */
export function haltedBy(status: Status): readonly string[] {
  return status.control.words.find(({ scope }) => scope === 'all')?.reasons ?? []
}

/** `tidegate COMMAND --state-dir FOLDER --json ARGS…` */
export async function operate<T>(
  folder: string,
  command: string,
  ...args: readonly string[]
): Promise<Ended & { document: T }> {
  const ended = await tidegate([command, '--state-dir', folder, '--json', ...args])
  return { ...ended, document: (ended.stdout === '' ? null : JSON.parse(ended.stdout)) as T }
}

/** The segments of a journal, oldest first. */
export function segments(folder: string): string[] {
  const journal = path.join(folder, 'journal')
  return readdirSync(journal)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .map((name) => path.join(journal, name))
}

/** Whole lines of a segment that were read before, and the records in them. */
interface Read {
  readonly bytes: number
  readonly records: readonly JournalRecord[]
}
const read = new Map<string, Read>()

/** A look must not cost more from one to the next: the venue that an engine waits for may be in this very process. */
function recordsIn(file: string): readonly JournalRecord[] {
  const before = read.get(file)
  const bytes = readFileSync(file)
  const from = before !== undefined && before.bytes <= bytes.length ? before.bytes : 0
  const end = bytes.lastIndexOf('\n') + 1
  if (end <= from) return before?.records ?? []
  const lines = bytes.toString('utf8', from, end - 1).split('\n')
  const fresh = lines.map((line) => JSON.parse(line) as JournalRecord)
  const records = from === 0 ? fresh : [...(before as Read).records, ...fresh]
  read.set(file, { bytes: end, records })
  return records
}

/** The records that are in the journal's files now, an unfinished last line left out. Empty before there is one. */
export function recordsOf(folder: string): JournalRecord[] {
  try {
    return segments(folder).flatMap((file) => recordsIn(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

export function countOf(folder: string, kind: string): number {
  return recordsOf(folder).filter((record) => record.kind === kind).length
}
