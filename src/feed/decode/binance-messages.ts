import { DECODE_CODE } from '../../domain/decode-codes.ts'
import { AGGRESSOR, TICK, TICK_FLAG, type TickSlots } from '../../domain/tick.ts'
import { KEY } from './binance-spec.ts'
import { QTY_ROLE } from './field-reader.ts'
import { JSON_KIND } from './fields.ts'
import { readLevels } from './levels.ts'
import type { MessageReader } from './message-reader.ts'
import { levelSlots, writeSlot } from './slots.ts'

/** Places of the longer keys, in the order of BINANCE_NAMES. */
export const LONG_KEY = {
  STREAM: 128,
  DATA: 129,
  RESULT: 130,
  ERROR: 131,
  CODE: 132,
  MSG: 133,
  PU: 134,
  LAST_UPDATE_ID: 135,
  BIDS: 136,
  ASKS: 137,
  STATUS: 138,
} as const
export const BINANCE_NAMES: readonly string[] = [
  'stream',
  'data',
  'result',
  'error',
  'code',
  'msg',
  'pu',
  'lastUpdateId',
  'bids',
  'asks',
  'status',
]
export const BINANCE_LETTERS = 'eEsStTpqmMabABuUXflni'

const TRADE_KEYS = [KEY.p, KEY.q, KEY.t, KEY.m]
const AGG_TRADE_KEYS = [KEY.p, KEY.q, KEY.a, KEY.m]
const TIME_KEYS = [KEY.E, KEY.T]
const QUOTE_KEYS = [KEY.u, KEY.b, KEY.B, KEY.a, KEY.A]
const DEPTH_KEYS = [KEY.U, KEY.u, KEY.b, KEY.a]
const USDM_DEPTH_KEYS = [...DEPTH_KEYS, LONG_KEY.PU]
const SNAPSHOT_KEYS = [LONG_KEY.LAST_UPDATE_ID, LONG_KEY.BIDS, LONG_KEY.ASKS]

/** The fields of Binance messages whose shape and symbol are settled; every method returns the slots written. */
export class BinanceMessages {
  readonly #message: MessageReader
  readonly #usdm: boolean
  #sidePrice = 0

  constructor(message: MessageReader, usdm: boolean) {
    this.#message = message
    this.#usdm = usdm
  }

  /**
   * In order: p, q, id (t, of aggregates a) and m absent → `missing_field`; E, T absent → `time_missing`; price, quantity
   * (`qty_zero` included), E, T, id, m no boolean → `field_invalid`.
   */
  trade(
    bytes: Uint8Array,
    instrument: number,
    aggregate: boolean,
    recvNs: number,
    out: TickSlots,
    slot: number,
  ): number {
    const message = this.#message
    const { values } = message
    if (!message.hasAll(aggregate ? AGG_TRADE_KEYS : TRADE_KEYS)) return message.missing(out, slot)
    if (!message.hasAll(TIME_KEYS)) return message.timeMissing(out, slot)
    if (!message.price(bytes, KEY.p, instrument, false)) return message.refused(out, slot)
    const price = values.value
    if (!message.qty(bytes, KEY.q, instrument, QTY_ROLE.TRADED)) return message.refused(out, slot)
    const qty = values.value
    if (!this.#time(bytes, KEY.E)) return message.refused(out, slot)
    const emitNs = values.value
    if (!this.#time(bytes, KEY.T)) return message.refused(out, slot)
    const tradeNs = values.value
    if (!message.id(bytes, aggregate ? KEY.a : KEY.t)) return message.refused(out, slot)
    const id = values.value
    const maker = message.fields.kind[KEY.m]
    if (maker !== JSON_KIND.TRUE && maker !== JSON_KIND.FALSE) {
      return message.errorOf(out, slot, DECODE_CODE.field_invalid.n, KEY.m)
    }
    const head = aggregate ? TICK.TRADE | (TICK_FLAG.AGGREGATE << 8) : TICK.TRADE
    const aggressor = maker === JSON_KIND.TRUE ? AGGRESSOR.SELL : AGGRESSOR.BUY
    writeSlot(out, slot, head, instrument, tradeNs, recvNs, price, qty, aggressor, emitNs - tradeNs, id)
    return 1
  }

  /**
   * In order: u, b, B, a, A absent → `missing_field`; u, bid price, bid quantity, ask price, ask quantity, then the time:
   * E, else T, else the receive time. A zero price stands for an empty side and needs a zero quantity, else `price_zero`.
   */
  quote(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    const message = this.#message
    const { values } = message
    if (!message.hasAll(QUOTE_KEYS)) return message.missing(out, slot)
    if (!message.id(bytes, KEY.u)) return message.refused(out, slot)
    const id = values.value
    if (!this.#side(bytes, KEY.b, KEY.B, instrument)) return message.refused(out, slot)
    const bid = this.#sidePrice
    const bidQty = values.value
    if (!this.#side(bytes, KEY.a, KEY.A, instrument)) return message.refused(out, slot)
    const ask = this.#sidePrice
    const askQty = values.value
    let eventNs = recvNs
    const time = message.has(KEY.E) ? KEY.E : KEY.T
    if (message.has(time)) {
      if (!this.#time(bytes, time)) return message.refused(out, slot)
      eventNs = values.value
    }
    writeSlot(out, slot, TICK.QUOTE, instrument, eventNs, recvNs, bid, bidQty, ask, askQty, id)
    return 1
  }

  #side(bytes: Uint8Array, priceKey: number, qtyKey: number, instrument: number): boolean {
    const message = this.#message
    if (!message.price(bytes, priceKey, instrument, true)) return false
    this.#sidePrice = message.values.value
    if (!message.qty(bytes, qtyKey, instrument, QTY_ROLE.DISPLAYED)) return false
    if (this.#sidePrice !== 0 || message.values.value === 0) return true
    message.values.refuse(DECODE_CODE.price_zero.n, message.startOf(priceKey))
    return false
  }

  /**
   * In order: U, u, b, a (and on USD-M pu) absent → `missing_field`; E absent → `time_missing`; E, U, u, pu (each
   * `id_invalid`; also u below U, at u), bids, asks (`field_invalid` when no array; then `readLevels`).
   */
  depth(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    const message = this.#message
    const { values } = message
    if (!message.hasAll(this.#usdm ? USDM_DEPTH_KEYS : DEPTH_KEYS)) return message.missing(out, slot)
    if (!message.has(KEY.E)) return message.timeMissing(out, slot)
    if (!this.#time(bytes, KEY.E)) return message.refused(out, slot)
    const eventNs = values.value
    if (!message.id(bytes, KEY.U)) return message.refused(out, slot)
    const first = values.value
    if (!message.id(bytes, KEY.u)) return message.refused(out, slot)
    const last = values.value
    if (last < first) return message.errorOf(out, slot, DECODE_CODE.id_invalid.n, KEY.u)
    let previous = -1
    if (message.has(LONG_KEY.PU)) {
      if (!message.id(bytes, LONG_KEY.PU)) return message.refused(out, slot)
      previous = values.value
    }
    const bids = this.#levels(bytes, KEY.b, instrument, 1, out, slot + 1)
    if (bids < 0) return message.refused(out, slot)
    const asks = this.#levels(bytes, KEY.a, instrument, -1, out, slot + 1 + levelSlots(bids))
    if (asks < 0) return message.refused(out, slot)
    writeSlot(out, slot, TICK.DEPTH, instrument, eventNs, recvNs, first, previous, bids, asks, last)
    return 1 + levelSlots(bids) + levelSlots(asks)
  }

  /**
   * A REST depth snapshot: `missing_field` for lastUpdateId, bids or asks, then lastUpdateId (`id_invalid`), the time E
   * where there is one (`time_invalid`; the receive time stands in for it), bids and asks as in `readLevels`.
   */
  snapshot(bytes: Uint8Array, instrument: number, recvNs: number, out: TickSlots, slot: number): number {
    const message = this.#message
    if (!message.hasAll(SNAPSHOT_KEYS)) return message.missing(out, slot)
    if (!message.id(bytes, LONG_KEY.LAST_UPDATE_ID)) return message.refused(out, slot)
    const lastId = message.values.value
    let eventNs = recvNs
    if (message.has(KEY.E)) {
      if (!this.#time(bytes, KEY.E)) return message.refused(out, slot)
      eventNs = message.values.value
    }
    const bids = this.#levels(bytes, LONG_KEY.BIDS, instrument, 1, out, slot + 1)
    if (bids < 0) return message.refused(out, slot)
    const asks = this.#levels(bytes, LONG_KEY.ASKS, instrument, -1, out, slot + 1 + levelSlots(bids))
    if (asks < 0) return message.refused(out, slot)
    writeSlot(out, slot, TICK.SNAPSHOT, instrument, eventNs, recvNs, 0, 0, bids, asks, lastId)
    return 1 + levelSlots(bids) + levelSlots(asks)
  }

  #time(bytes: Uint8Array, key: number): boolean {
    const message = this.#message
    return message.values.epochTime(bytes, message.startOf(key), message.endOf(key))
  }

  #levels(
    bytes: Uint8Array,
    key: number,
    instrument: number,
    side: number,
    out: TickSlots,
    slot: number,
  ): number {
    const { fields, values } = this.#message
    const open = fields.start[key] as number
    if (fields.kind[key] !== JSON_KIND.ARRAY) return values.refuse(DECODE_CODE.field_invalid.n, open)
    return readLevels(values, bytes, open, instrument, side, out, slot)
  }
}
