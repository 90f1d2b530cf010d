import { closeSync, openSync, readSync } from 'node:fs'
import { EXIT, TidegateError } from '../core/errors.ts'
import { JOURNAL_GENESIS, type JournalRecord } from '../domain/journal.ts'
import { chain, contentData, HASH_MEMBER_CHARS, LINE_BYTES_MAX } from './line.ts'
import { listSegments, type Segment } from './segments.ts'

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 10
const HEAD = /^\{"seq":(\d{1,16}),"ts":"(-?\d{1,20})","mono":"(-?\d{1,20})",(?="kind":")/
const HASH_MEMBER = /^,"hash":"([0-9a-f]{64})"\}$/

/** A piece of a segment between newlines. `terminated` is false only for the last piece of a segment. */
export interface RawLine {
  readonly segment: Segment
  /** byte offset of its start in the segment */
  readonly offset: number
  readonly bytes: number
  readonly text: string
  readonly terminated: boolean
}

/**
 * Lines of a journal directory in order, with bounded memory, from a place on where a line begins.
 *
 * @throws JOURNAL_CORRUPT (exit 4) for a line over `LINE_BYTES_MAX`, JOURNAL_IO when a segment cannot be read
 */
export function* scanLines(dir: string, from: JournalPlace = START): Generator<RawLine> {
  for (const segment of listSegments(dir)) {
    if (segment.number >= from.segment) {
      yield* scanSegment(segment, segment.number === from.segment ? from.offset : 0)
    }
  }
}

/** Where a line begins. */
export interface JournalPlace {
  readonly segment: number
  readonly offset: number
}

const START: JournalPlace = { segment: 0, offset: 0 }

function* scanSegment(segment: Segment, from: number): Generator<RawLine> {
  const fd = openSync(segment.path, 'r')
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  let held = 0
  let offset = from
  try {
    for (;;) {
      if (held === buffer.length) buffer = grown(buffer, segment)
      const read = readSync(fd, buffer, held, buffer.length - held, offset + held)
      const end = held + read
      let start = 0
      let newline = buffer.subarray(0, end).indexOf(NEWLINE, held)
      while (newline >= 0) {
        const text = buffer.toString('utf8', start, newline)
        yield { segment, offset: offset + start, bytes: newline + 1 - start, text, terminated: true }
        start = newline + 1
        newline = buffer.subarray(0, end).indexOf(NEWLINE, start)
      }
      offset += start
      held = end - start
      buffer.copyWithin(0, start, end)
      if (read === 0) break
    }
    if (held > 0) {
      yield { segment, offset, bytes: held, text: buffer.toString('utf8', 0, held), terminated: false }
    }
  } finally {
    closeSync(fd)
  }
}

function grown(buffer: Buffer<ArrayBuffer>, segment: Segment): Buffer<ArrayBuffer> {
  if (buffer.length >= LINE_BYTES_MAX) {
    throw new TidegateError(
      'JOURNAL_CORRUPT',
      `${segment.path}: a line of more than ${LINE_BYTES_MAX} bytes`,
      {
        exitCode: EXIT.DATA,
      },
    )
  }
  const next = Buffer.allocUnsafe(buffer.length * 2)
  buffer.copy(next)
  return next
}

/** A parsed line with the texts that the chains cover. */
export interface ParsedLine {
  readonly record: JournalRecord
  /** the line without its hash member */
  readonly body: string
  /** the line of the content chain */
  readonly content: string
}

/** Null when the text is not a record in the fixed form. */
export function parseLine(text: string): ParsedLine | null {
  const head = HEAD.exec(text)
  const member = HASH_MEMBER.exec(text.slice(-HASH_MEMBER_CHARS))
  if (head === null || member === null) return null
  let record: JournalRecord
  try {
    record = JSON.parse(text) as JournalRecord
  } catch {
    return null
  }
  if (!isRecord(record) || record.hash !== member[1] || String(record.seq) !== head[1]) return null
  const body = `${text.slice(0, -HASH_MEMBER_CHARS)}}`
  const content = contentOf(record, body.slice(head[0].length))
  return content === null ? null : { record, body, content }
}

function isRecord(value: unknown): value is JournalRecord {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Record<string, unknown>
  return (
    Object.keys(record).join() === 'seq,ts,mono,kind,actor,data,hash' &&
    typeof record['kind'] === 'string' &&
    typeof record['actor'] === 'string' &&
    typeof record['data'] === 'object' &&
    record['data'] !== null
  )
}

/** Null when kind, actor and data do not stand as the writer writes them. */
function contentOf(record: JournalRecord, fromKind: string): string | null {
  const names = `"kind":${JSON.stringify(record.kind)},"actor":${JSON.stringify(record.actor)},"data":`
  if (!fromKind.startsWith(names)) return null
  return `{"seq":${record.seq},${names}${contentData(fromKind.slice(names.length, -1))}}`
}

/** Where a walk over a journal stands, and where it stopped if something is wrong. */
export interface JournalWalk {
  events: number
  head: string
  contentHead: string
  /** the first thing that does not verify; null while all is well */
  fault: JournalFault | null
}

export interface JournalFault {
  readonly code: 'LINE_INVALID' | 'SEQUENCE_BROKEN' | 'HASH_MISMATCH' | 'TORN_TAIL'
  /** sequence that stands there or was expected there */
  readonly seq: number
  readonly segment: string
  readonly offset: number
  readonly bytes: number
}

export function startWalk(): JournalWalk {
  return { events: 0, head: JOURNAL_GENESIS, contentHead: JOURNAL_GENESIS, fault: null }
}

/** Takes one line into the walk: the record when it verifies, else null with the fault set. */
export function walkLine(walk: JournalWalk, line: RawLine): JournalRecord | null {
  const parsed = line.terminated ? parseLine(line.text) : null
  const expected = walk.events + 1
  let code: JournalFault['code'] | null = null
  if (parsed === null) code = line.terminated ? 'LINE_INVALID' : 'TORN_TAIL'
  else if (parsed.record.seq !== expected) code = 'SEQUENCE_BROKEN'
  else if (chain(walk.head, parsed.body) !== parsed.record.hash) code = 'HASH_MISMATCH'
  if (parsed === null || code !== null) {
    walk.fault = {
      code: code as JournalFault['code'],
      seq: parsed?.record.seq ?? expected,
      segment: line.segment.path,
      offset: line.offset,
      bytes: line.bytes,
    }
    return null
  }
  walk.events = expected
  walk.head = parsed.record.hash
  walk.contentHead = chain(walk.contentHead, parsed.content)
  return parsed.record
}

/**
 * Records of a journal directory in order, chain verified on the way, memory bounded. An unterminated last line is
 * left out.
 *
 * @throws JOURNAL_CORRUPT (exit 5) at the first record that does not verify
 */
export function* readJournal(dir: string): Generator<JournalRecord, JournalWalk> {
  const walk = startWalk()
  for (const line of scanLines(dir)) {
    const record = walkLine(walk, line)
    if (record === null) {
      const fault = walk.fault as JournalFault
      if (fault.code === 'TORN_TAIL') return walk
      throw new TidegateError('JOURNAL_CORRUPT', describeFault(fault), {
        exitCode: EXIT.VERIFICATION,
        details: { ...fault },
      })
    }
    yield record
  }
  return walk
}

export function describeFault(fault: JournalFault): string {
  return `${fault.segment} at byte ${fault.offset} (sequence ${fault.seq}): ${fault.code}`
}
