import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import path from 'node:path'
import { afterEach } from 'vitest'
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
const NOTHING: Read = { bytes: 0, records: [] }
const read = new Map<string, Read>()
afterEach(() => read.clear())

/** A look reads only what is new: the venue that an engine waits for may be in this very process. */
function recordsIn(file: string): readonly JournalRecord[] {
  const handle = openSync(file, 'r')
  try {
    const { size } = fstatSync(handle)
    const known = read.get(file) ?? NOTHING
    // A torn end may have been cut; whole lines never are.
    const { bytes: from, records } = known.bytes <= size ? known : NOTHING
    const bytes = Buffer.alloc(size - from)
    const count = readSync(handle, bytes, 0, bytes.length, from)
    const end = bytes.subarray(0, count).lastIndexOf('\n')
    if (end < 0) return records
    const lines = bytes.toString('utf8', 0, end).split('\n')
    const all = [...records, ...lines.map((line) => JSON.parse(line) as JournalRecord)]
    read.set(file, { bytes: from + end + 1, records: all })
    return all
  } finally {
    closeSync(handle)
  }
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
