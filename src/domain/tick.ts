/**
 * The tick slot: 64 bytes, the unit that decoders write (TypeScript and Rust alike), rings carry and strategies read.
 * Little-endian; `i32` and `f64` views of the same bytes. Word indices are relative to the slot's start.
 *
 * i32[0] kind in the low 8 bits, flags above · i32[1] instrument index (LEVELS: number of levels; ERROR: code)
 * f64[1] event time, ns from the run's event base · f64[2] receive time, same base (ERROR: byte offset in the frame)
 * f64[3..7] by kind:
 *
 * | kind | [3] | [4] | [5] | [6] | [7] |
 * |---|---|---|---|---|---|
 * | TRADE | price | qty | aggressor (1 buy, -1 sell, 0 unknown) | detail | trade id |
 * | QUOTE | bid price | bid qty | ask price | ask qty | update id (0 where the feed has none) |
 * | DEPTH | first update id U | previous update id pu (-1 none) | number of bids | number of asks | last update id u |
 * | SNAPSHOT | 0 | 0 | number of bids | number of asks | lastUpdateId |
 * | LEVELS | price | qty | price | qty | price, and the third qty in f64[1]; f64[2] is 1 bids, -1 asks |
 * | BAR | open | high | low | close | volume (followed by BAR_MORE) |
 * | BAR_MORE | trade count | vwap (a double, in price increments) | period s | source char code (b, u, d) | 0 |
 * | STATUS | status (`TRADING_STATUS`) | 0 | 0 | 0 | 0 |
 * | LULD | limit up price | limit down price | indicator char code | 0 | 0 |
 * | CORRECTION | corrected price | corrected qty | original price | original qty | original trade id; followed by TRADE_REF |
 * | TRADE_REF | corrected trade id | 0 | 0 | 0 | 0 |
 * | TRADE_CANCEL | price | qty | action char code | 0 | trade id |
 * | ERROR | 0 | 0 | 0 | 0 | 0 |
 *
 * The detail of a TRADE: Binance: emission time E minus trade time T, ns; Alpaca: char code of the exchange; else 0.
 * A SNAPSHOT whose body has no time carries its receive time as event time.
 * DEPTH and SNAPSHOT are followed by their LEVELS slots (three levels each, the last of a side may hold fewer), bids
 * first. Prices and quantities are integers in the instrument's increments; unused words are zero. Only quantities of
 * QUOTE and LEVELS that are no multiple of the increment (dust below the lot size) keep their fraction as a double, and may
 * exceed 2^53 where a double holds them exactly.
 */
export const TICK_SLOT_BYTES = 64
export const TICK_SLOT_I32 = 16
export const TICK_SLOT_F64 = 8

export const TICK = {
  NONE: 0,
  TRADE: 1,
  QUOTE: 2,
  DEPTH: 3,
  SNAPSHOT: 4,
  LEVELS: 5,
  BAR: 6,
  BAR_MORE: 7,
  STATUS: 8,
  LULD: 9,
  CORRECTION: 10,
  TRADE_REF: 11,
  TRADE_CANCEL: 12,
  ERROR: 13,
} as const
export type TickKind = (typeof TICK)[keyof typeof TICK]

/** Flags of a tick (bits above the kind). A flagged trade is kept for the record and never traded on. */
export const TICK_FLAG = {
  /** price further than `feed.spike_ratio` from the last accepted price */
  IMPLAUSIBLE: 1,
  /** event time beyond the clock bound in the future */
  FUTURE: 2,
  /** event time older than the freshness limit */
  LATE: 4,
  /** event time before the previous one of the symbol */
  BACKWARDS: 8,
  /** bid above ask */
  CROSSED: 16,
  /** bid equals ask */
  LOCKED: 32,
  /** synthetic tick of warm-up: never an order */
  SYNTHETIC: 64,
  /** an aggregate trade (aggTrade): its id belongs to another series than plain trade ids */
  AGGREGATE: 128,
} as const

export const TRADING_STATUS = { UNKNOWN: 0, TRADING: 1, HALTED: 2, QUOTE_ONLY: 3, PAUSED: 4 } as const
export type TradingStatus = (typeof TRADING_STATUS)[keyof typeof TRADING_STATUS]

export const AGGRESSOR = { BUY: 1, SELL: -1, UNKNOWN: 0 } as const

/** Views over one piece of memory that holds tick slots. */
export interface TickSlots {
  readonly i32: Int32Array
  readonly f64: Float64Array
  /** number of slots that fit */
  readonly capacity: number
}

/** Slots over fresh memory (a plain buffer; rings live in `shm/`). */
export function createTickSlots(capacity: number): TickSlots {
  return tickSlotsOver(new ArrayBuffer(capacity * TICK_SLOT_BYTES))
}

export function tickSlotsOver(
  buffer: ArrayBuffer | SharedArrayBuffer,
  byteOffset = 0,
  capacity: number = Math.floor((buffer.byteLength - byteOffset) / TICK_SLOT_BYTES),
): TickSlots {
  return {
    i32: new Int32Array(buffer, byteOffset, capacity * TICK_SLOT_I32),
    f64: new Float64Array(buffer, byteOffset, capacity * TICK_SLOT_F64),
    capacity,
  }
}

export function tickKind(slots: TickSlots, slot: number): number {
  return (slots.i32[slot * TICK_SLOT_I32] as number) & 0xff
}

export function tickFlags(slots: TickSlots, slot: number): number {
  return (slots.i32[slot * TICK_SLOT_I32] as number) >>> 8
}
