import type { TickSlots } from '../../domain/tick.ts'
import { AlpacaFast } from './alpaca-fast.ts'
import { AlpacaGeneral } from './alpaca-general.ts'
import type { Decoder, DecoderOptions } from './decoder.ts'
import { FieldReader } from './field-reader.ts'
import { JsonJudge } from './json.ts'
import { FRAME_BYTES_MAX } from './limits.ts'
import { refuseText } from './refuse.ts'
import { SymbolIndex } from './symbols.ts'

/**
 * Alpaca market data v2 in JSON: arrays of trades, quotes, bars, statuses, price bands, corrections and cancels, and the
 * control messages. See `Decoder` for what wins before the shape is looked at, and `AlpacaGeneral` for everything after.
 */
export class AlpacaDecoder implements Decoder {
  readonly implementation = 'typescript' as const
  readonly #symbols: SymbolIndex
  readonly #fast: AlpacaFast
  readonly #general: AlpacaGeneral
  readonly #judge = new JsonJudge()

  constructor(options: DecoderOptions) {
    const baseMs = Number(options.eventBaseUtcNs / 1_000_000n)
    this.#symbols = new SymbolIndex(options.instruments)
    this.#fast = new AlpacaFast(this.#symbols, baseMs)
    this.#general = new AlpacaGeneral(this.#symbols, new FieldReader(this.#symbols, false, baseMs))
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

  /** This venue has no depth snapshots. */
  decodeSnapshot(): number {
    return 0
  }
}
