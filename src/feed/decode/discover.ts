import { DECODE_CODE } from '../../domain/decode-codes.ts'
import type { InstrumentTable } from '../../domain/instrument.ts'
import { TICK, TICK_SLOT_I32, type TickSlots } from '../../domain/tick.ts'
import type { Decoder, FeedKind } from './decoder.ts'

const SYMBOLS_MAX = 4_096
const SYMBOL_BYTES_MAX = 64

/**
 * A decoder that adds instruments as their symbols appear, for reading recordings without definitions. A frame refused
 * as `unknown_symbol` is looked at once more: symbols that it names plainly and that were subscribed to (where that is
 * known) become instruments, and the frame is decoded again.
 */
export class DiscoveringDecoder implements Decoder {
  readonly implementation: 'typescript' | 'rust'
  readonly #decoder: Decoder
  readonly #kind: FeedKind
  readonly #instruments: InstrumentTable
  readonly #increment: string
  readonly #subscribed: ReadonlySet<string> | null

  /** @param subscribed the only symbols that may be added; null for any */
  constructor(
    decoder: Decoder,
    kind: FeedKind,
    instruments: InstrumentTable,
    increment: string,
    subscribed: ReadonlySet<string> | null,
  ) {
    this.implementation = decoder.implementation
    this.#decoder = decoder
    this.#kind = kind
    this.#instruments = instruments
    this.#increment = increment
    this.#subscribed = subscribed
  }

  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const count = this.#decoder.decode(bytes, start, end, recvNs, out, slot)
    if (!hasUnknownSymbol(out, slot, count) || !this.#discover(bytes, start, end)) return count
    return this.#decoder.decode(bytes, start, end, recvNs, out, slot)
  }

  decodeSnapshot(
    bytes: Uint8Array,
    start: number,
    end: number,
    instrument: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    return this.#decoder.decodeSnapshot(bytes, start, end, instrument, recvNs, out, slot)
  }

  /** Index of a symbol that a snapshot names, added when it is new; -1 when it may not be. */
  instrumentOf(symbol: string): number {
    const known = this.#instruments.bySymbol(symbol)
    if (known !== undefined) return known.index
    return this.#add(symbol) ? this.#instruments.size - 1 : -1
  }

  #discover(bytes: Uint8Array, start: number, end: number): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
    let added = false
    for (const symbol of symbolsOf(this.#kind, text)) added = this.#add(symbol) || added
    return added
  }

  #add(symbol: string): boolean {
    if (symbol === '' || symbol.length > SYMBOL_BYTES_MAX || this.#instruments.size >= SYMBOLS_MAX)
      return false
    if (this.#subscribed !== null && !this.#subscribed.has(symbol)) return false
    if (this.#instruments.bySymbol(symbol) !== undefined) return false
    this.#instruments.add({
      symbol,
      priceIncrement: this.#increment,
      qtyIncrement: this.#increment,
      allowsNegativePrice: false,
    })
    return true
  }
}

function hasUnknownSymbol(out: TickSlots, slot: number, count: number): boolean {
  for (let at = slot; at < slot + count; at++) {
    const i = at * TICK_SLOT_I32
    if (out.i32[i] === TICK.ERROR && out.i32[i + 1] === DECODE_CODE.unknown_symbol.n) return true
  }
  return false
}

/** Symbols that a well-formed frame names; of Binance's only one that its stream confirms. */
function symbolsOf(kind: FeedKind, text: string): string[] {
  if (kind === 'mt5-csv') return [text.slice(0, Math.max(0, text.indexOf('\t')))]
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  if (kind === 'alpaca') {
    const messages = Array.isArray(value) ? value : [value]
    return messages.map((message) => (message as Record<string, unknown> | null)?.['S']).filter(isString)
  }
  const frame = value as { symbol?: unknown; stream?: unknown; data?: { s?: unknown }; s?: unknown }
  if (kind === 'mt5') return [frame.symbol].filter(isString)
  if (!isString(frame.stream)) return [frame.s].filter(isString)
  const symbol = frame.data?.s
  if (!isString(symbol)) return []
  const allSymbols = frame.stream.startsWith('!')
  return allSymbols || frame.stream.startsWith(`${symbol.toLowerCase()}@`) ? [symbol] : []
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
