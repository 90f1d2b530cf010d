import { TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../domain/tick.ts'
import { asciiBytes, textAt } from '../feed/decode/fast.ts'
import { FieldTable, JSON_KIND } from '../feed/decode/fields.ts'

const STREAM_START = asciiBytes('{"stream":"')

/** Type of a good Binance frame: its stream's, "ack", its event, or "other". */
export function binanceType(bytes: Uint8Array, start: number, end: number): string {
  let p = textAt(bytes, start, STREAM_START)
  if (p >= 0) {
    while (p < end && bytes[p] !== 64 && bytes[p] !== 34) p++
    let last = p + 1
    while (last < end && bytes[last] !== 34) last++
    if (bytes[p] === 64)
      return Buffer.from(bytes.buffer, bytes.byteOffset + p + 1, last - p - 1).toString('utf8')
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
  const frame = JSON.parse(text) as { stream?: string; e?: string; result?: unknown; u?: unknown }
  if (typeof frame.stream === 'string') {
    return frame.stream.startsWith('!')
      ? frame.stream.slice(1)
      : frame.stream.slice(frame.stream.indexOf('@') + 1)
  }
  if ('result' in frame) return 'ack'
  return frame.e ?? (frame.u === undefined ? 'other' : 'bookTicker')
}

/** Letters of Alpaca's message types, by tick kind. */
export function alpacaType(slots: TickSlots, slot: number): string | null {
  switch ((slots.i32[slot * TICK_SLOT_I32] as number) & 0xff) {
    case TICK.TRADE:
      return 't'
    case TICK.QUOTE:
      return 'q'
    case TICK.BAR:
      return String.fromCharCode(slots.f64[(slot + 1) * TICK_SLOT_F64 + 6] as number)
    case TICK.STATUS:
      return 's'
    case TICK.LULD:
      return 'l'
    case TICK.CORRECTION:
      return 'c'
    case TICK.TRADE_CANCEL:
      return 'x'
    default:
      return null
  }
}

const DATA = 128
const table = new FieldTable('sbBaA', ['data'])

/** The tape line of a bookTicker: "symbol,b,B,a,A" in the exchange's own text. The frame has been decoded without error. */
export function bookTickerLine(bytes: Uint8Array, start: number): string {
  let open = start
  while (bytes[open] !== 0x7b) open++
  table.read(bytes, open)
  if (table.kind[DATA] === JSON_KIND.OBJECT) table.read(bytes, table.start[DATA] as number)
  const text = (letter: string): string => {
    const key = letter.charCodeAt(0)
    const first = (table.start[key] as number) + 1
    return Buffer.from(
      bytes.buffer,
      bytes.byteOffset + first,
      (table.end[key] as number) - 1 - first,
    ).toString()
  }
  return `${text('s')},${text('b')},${text('B')},${text('a')},${text('A')}\n`
}
