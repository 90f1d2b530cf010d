import { type FileHandle, open } from 'node:fs/promises'
import { listSegments } from '../journal/segments.ts'
import { type Answer, refusal } from './http.ts'

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 1_000
/** Most that one request reads, from the end of what it asks for. */
const READ_BYTES_MAX = 1_048_576
const BLOCK_BYTES = 65_536

/** `GET /audit?limit=N&before=SEQ&kind=KIND`: the newest records of the journal, oldest first. */
export async function auditTail(
  journalFolder: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const limit = wholeNumber(fields['limit'], LIMIT_DEFAULT)
  const before = wholeNumber(fields['before'], Number.MAX_SAFE_INTEGER)
  const { kind = null } = fields
  if (limit === null || limit < 1 || limit > LIMIT_MAX || before === null) {
    return refusal(400, 'QUERY_INVALID', `limit is 1 to ${LIMIT_MAX}, before a sequence of the journal`)
  }
  const found: object[] = []
  let bytesLeft = READ_BYTES_MAX
  for (const segment of listSegments(journalFolder).reverse()) {
    const handle = await open(segment.path, 'r')
    try {
      const end =
        before === Number.MAX_SAFE_INTEGER ? (await handle.stat()).size : await offsetOf(handle, before)
      for await (const line of linesBackward(handle, end)) {
        bytesLeft -= line.length + 1
        const record = recordOf(line)
        if (record !== null && (kind === null || record.kind === kind)) found.push(record)
        if (found.length === limit || bytesLeft <= 0) break
      }
    } finally {
      await handle.close()
    }
    if (found.length === limit || bytesLeft <= 0) break
  }
  const records = found.reverse()
  return { status: 200, body: { records, complete: bytesLeft > 0 } }
}

function wholeNumber(value: unknown, fallback: number): number | null {
  if (value === undefined) return fallback
  const number = Number(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : null
}

/** A line that is still being written, or damaged, is left out: `tidegate audit verify` judges those. */
function recordOf(line: Buffer): { kind?: unknown } | null {
  try {
    return JSON.parse(line.toString('utf8')) as { kind?: unknown }
  } catch {
    return null
  }
}

/** Byte offset of the first line whose sequence is not below `seq`, by halves. */
async function offsetOf(handle: FileHandle, seq: number): Promise<number> {
  let low = 0
  let high = (await handle.stat()).size
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const line = await lineFrom(handle, middle, high)
    if (line === null) high = middle
    else if (line.seq < seq) low = line.end
    else high = Math.min(middle, line.start)
  }
  return low
}

/** The first line that begins at or after `from` (0 begins one); null where none begins before `to`. */
async function lineFrom(
  handle: FileHandle,
  from: number,
  to: number,
): Promise<{ start: number; end: number; seq: number } | null> {
  let start = from
  if (from > 0) {
    const newline = await indexOfNewline(handle, from - 1)
    if (newline === null) return null
    start = newline + 1
  }
  if (start >= to) return null
  const newline = await indexOfNewline(handle, start)
  const head = Buffer.alloc(32)
  const { bytesRead } = await handle.read(head, 0, head.length, start)
  const seq = Number(/^\{"seq":(\d+),/.exec(head.toString('latin1', 0, bytesRead))?.[1] ?? Number.NaN)
  return Number.isNaN(seq) || newline === null ? null : { start, end: newline + 1, seq }
}

async function indexOfNewline(handle: FileHandle, from: number): Promise<number | null> {
  const block = Buffer.alloc(BLOCK_BYTES)
  for (let at = from; ; at += BLOCK_BYTES) {
    const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, at)
    const index = block.subarray(0, bytesRead).indexOf(10)
    if (index >= 0) return at + index
    if (bytesRead < BLOCK_BYTES) return null
  }
}

/** Lines before `end`, the last one first. */
async function* linesBackward(handle: FileHandle, end: number): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  let at = end
  while (at > 0 && rest.length <= READ_BYTES_MAX) {
    const bytes = Math.min(BLOCK_BYTES, at)
    at -= bytes
    const block = Buffer.alloc(bytes)
    await handle.read(block, 0, bytes, at)
    let text = Buffer.concat([block, rest])
    for (let newline = text.lastIndexOf(10); newline >= 0; newline = text.lastIndexOf(10)) {
      const line = text.subarray(newline + 1)
      text = text.subarray(0, newline)
      if (line.length > 0) yield line
    }
    rest = text
  }
  if (at === 0 && rest.length > 0) yield rest
}
