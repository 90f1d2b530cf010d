/** Frames are searched this far for their event time. */
const SEARCH_BYTES_MAX = 400
const EVENT_TIME = /"E":(\d{13})\b/

/** Event time of a Binance frame, ms since 1970; null where it carries none. Not for the path: it makes text. */
export function firstEventMs(bytes: Uint8Array, start: number, end: number): number | null {
  const last = Math.min(end, start + SEARCH_BYTES_MAX)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, last - start).toString('latin1')
  const match = EVENT_TIME.exec(text)
  return match === null ? null : Number(match[1])
}
