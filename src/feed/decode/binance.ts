import { DECODE_CODE } from '../../domain/decode-codes.ts'
import type { TickSlots } from '../../domain/tick.ts'
import { BinanceFast } from './binance-fast.ts'
import { BinanceGeneral } from './binance-general.ts'
import type { Decoder, DecoderOptions } from './decoder.ts'
import { FieldReader } from './field-reader.ts'
import { isJsonSpace, JsonJudge } from './json.ts'
import { FRAME_BYTES_MAX, SNAPSHOT_BYTES_MAX } from './limits.ts'
import { writeError } from './slots.ts'
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
    const refused = this.#refuseText(bytes, start, end, FRAME_BYTES_MAX, out, slot)
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
    const refused = this.#refuseText(bytes, start, end, SNAPSHOT_BYTES_MAX, out, slot)
    return refused > 0 ? refused : this.#general.snapshot(bytes, start, instrument, recvNs, out, slot)
  }

  #refuseText(
    bytes: Uint8Array,
    start: number,
    end: number,
    bytesMax: number,
    out: TickSlots,
    slot: number,
  ): number {
    return refuseText(this.#judge, bytes, start, end, bytesMax, out, slot)
  }
}

/** Judges a frame's text; writes the one ERROR slot and returns 1 when it is refused, else 0. */
export function refuseText(
  judge: JsonJudge,
  bytes: Uint8Array,
  start: number,
  end: number,
  bytesMax: number,
  out: TickSlots,
  slot: number,
): number {
  if (slot >= out.capacity) return 0
  let p = start
  while (p < end && isJsonSpace(bytes[p] as number)) p++
  if (p === end) return writeError(out, slot, DECODE_CODE.empty_frame.n, 0)
  if (end - start > bytesMax) return writeError(out, slot, DECODE_CODE.huge_frame.n, bytesMax)
  const code = judge.judge(bytes, start, end)
  return code === 0 ? 0 : writeError(out, slot, code, judge.at - start)
}
