import { INCREMENTS_MAX } from '../../core/decimal.ts'
import { TICK, type TickSlots } from '../../domain/tick.ts'
import { asciiBytes, FAST, numberAt, textAt, wholeAt } from './fast.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { writeSlot } from './slots.ts'
import type { SymbolIndex } from './symbols.ts'

const HEAD = asciiBytes('{"status":"CONNECTED","symbol":"')
const MIDDLE = asciiBytes('","timeframe":"TICK","data":[')
const FRAME_BYTES_MIN = 64
/** words of FAST */
const TIME = 0
const BID = 1
const ASK = 2
const NANOS: readonly number[] = [1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1]

/** MetaTrader ticks in the exact form that the bridge writes; anything else is left to the general path. */
export class Mt5Fast {
  readonly #symbols: SymbolIndex
  readonly #baseMs: number

  constructor(symbols: SymbolIndex, baseMs: number) {
    this.#symbols = symbols
    this.#baseMs = baseMs
  }

  /** Whether the frame was of the form; its QUOTE is written then. The slot is free. */
  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): boolean {
    const length = end - start
    if (length < FRAME_BYTES_MIN || length > FRAME_BYTES_MAX || bytes[end - 1] !== 125) return false
    let p = textAt(bytes, start, HEAD)
    if (p < 0) return false
    const symbol = p
    while (bytes[p] !== 34 && bytes[p] !== 125) p++
    const instrument = this.#symbols.find(bytes, symbol, p)
    if (instrument < 0) return false
    p = textAt(bytes, p, MIDDLE)
    if (p < 0) return false
    p = wholeAt(bytes, p, TIME)
    if (p < 0) return false
    const timeMs = FAST[TIME] as number
    let nanos = 0
    if (bytes[p] === 46) {
      const first = ++p
      let d = 0
      while ((d = ((bytes[p] as number) - 48) >>> 0) <= 9) {
        nanos = nanos * 10 + d
        p++
        if (p - first > 6) return false
      }
      if (p === first) return false
      nanos *= NANOS[p - first] as number
    }
    const { priceScale, priceUnits } = this.#symbols
    if (bytes[p] !== 44) return false
    p = numberAt(bytes, p + 1, priceScale[instrument] as number, BID)
    if (p < 0 || bytes[p] !== 44) return false
    p = numberAt(bytes, p + 1, priceScale[instrument] as number, ASK)
    if (p < 0 || bytes[p] !== 93 || p + 2 !== end) return false
    const units = priceUnits[instrument] as number
    const bid = FAST[BID] as number
    const ask = FAST[ASK] as number
    const eventNs = (timeMs - this.#baseMs) * 1e6 + nanos
    if (bid === 0 || ask === 0 || Math.abs(eventNs) > INCREMENTS_MAX) return false
    if (units !== 1 && (bid % units !== 0 || ask % units !== 0)) return false
    writeSlot(out, slot, TICK.QUOTE, instrument, eventNs, recvNs, bid / units, 0, ask / units, 0, 0)
    return true
  }
}
