import type { TickSlots } from '../../domain/tick.ts'
import { BinanceFast } from './binance-fast.ts'
import { BinanceGeneral } from './binance-general.ts'
import type { Decoder, DecoderOptions } from './decoder.ts'
import { FieldReader } from './field-reader.ts'
import { JsonJudge } from './json.ts'
import { FRAME_BYTES_MAX, SNAPSHOT_BYTES_MAX } from './limits.ts'
import { refuseText } from './refuse.ts'
import { SymbolIndex } from './symbols.ts'

/**
 * Binance spot and USD-M market streams: trade, aggTrade, bookTicker and depthUpdate, as combined stream
 * (`{"stream":…,"data":{…}}`) or bare event, and the REST depth snapshot. See `Decoder` for what wins before the shape is
 * looked at, and `BinanceGeneral` for the order of everything after.
 */
export class BinanceDecoder implements Decoder {
  readonly implementation = 'typescript' as const
  readonly #symbols: SymbolIndex
  readonly #fast: BinanceFast
  readonly #general: BinanceGeneral
  readonly #judge = new JsonJudge()

  /** @param usdm USD-M futures: depth updates must name their predecessor (`pu`) */
  constructor(options: DecoderOptions, usdm: boolean) {
    const baseMs = Number(options.eventBaseUtcNs / 1_000_000n)
    this.#symbols = new SymbolIndex(options.instruments)
    this.#fast = new BinanceFast(this.#symbols, usdm, baseMs)
    this.#general = new BinanceGeneral(this.#symbols, new FieldReader(this.#symbols, true, baseMs), usdm)
  }

  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    this.#symbols.follow()
    const slots = this.#fast.decode(bytes, start, end, recvNs, out, slot)
    if (slots >= 0) return slots
    const refused = refuseText(this.#judge, bytes, start, end, FRAME_BYTES_MAX, out, slot)
    return refused > 0 ? refused : this.#general.frame(bytes, start, recvNs, out, slot)
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
    this.#symbols.follow()
    const refused = refuseText(this.#judge, bytes, start, end, SNAPSHOT_BYTES_MAX, out, slot)
    return refused > 0 ? refused : this.#general.snapshot(bytes, start, instrument, recvNs, out, slot)
  }
}
