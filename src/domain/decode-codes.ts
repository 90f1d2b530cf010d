/**
 * What a decoder or the sanity stage can say of bad input; the number travels in an ERROR slot, the text is the key
 * under which `tape` and metrics count it. The Rust decoder has the same numbers (a parity test compares them).
 * Names equal the labels of the fault sets, so `spike_x10` is every jump up beyond the spike ratio, `spike_div10` every
 * drop, `event_time_plus_1h` every event time beyond the future bound and `event_time_minus_1h` every one beyond the late
 * bound. Numbers below 64 come from decoders, the others from the sanity stage and the book.
 * `action`: reject and ignore leave no trace; dedupe drops a repetition; flag keeps the tick, marked; resync drops the
 * book until a snapshot.
 */
export const DECODE_CODE = {
  empty_frame: { n: 1, action: 'ignore' },
  garbage_text: { n: 2, action: 'reject' },
  truncated_json: { n: 3, action: 'reject' },
  invalid_utf8: { n: 4, action: 'reject' },
  deep_nesting: { n: 5, action: 'reject' },
  huge_frame: { n: 6, action: 'reject' },
  array_frame: { n: 7, action: 'ignore' },
  duplicate_keys: { n: 8, action: 'reject' },
  proto_pollution: { n: 9, action: 'reject' },
  missing_field: { n: 10, action: 'reject' },
  unknown_stream: { n: 11, action: 'ignore' },
  unknown_event_type: { n: 12, action: 'ignore' },
  unknown_symbol: { n: 13, action: 'ignore' },
  price_null: { n: 14, action: 'reject' },
  price_NaN: { n: 15, action: 'reject' },
  price_empty: { n: 16, action: 'reject' },
  price_zero: { n: 17, action: 'reject' },
  price_negative: { n: 18, action: 'reject' },
  price_exponent_inf: { n: 19, action: 'reject' },
  price_json_number: { n: 20, action: 'reject' },
  price_30_decimals: { n: 21, action: 'reject' },
  price_off_increment: { n: 22, action: 'reject' },
  price_overflow: { n: 23, action: 'reject' },
  qty_negative: { n: 24, action: 'reject' },
  qty_invalid: { n: 25, action: 'reject' },
  qty_zero: { n: 26, action: 'reject' },
  qty_off_increment: { n: 27, action: 'reject' },
  qty_overflow: { n: 28, action: 'reject' },
  time_missing: { n: 29, action: 'reject' },
  time_invalid: { n: 30, action: 'reject' },
  id_invalid: { n: 31, action: 'reject' },
  slots_full: { n: 32, action: 'reject' },
  unknown_T: { n: 33, action: 'ignore' },
  venue_error: { n: 34, action: 'flag' },
  field_invalid: { n: 35, action: 'reject' },
  price_json_string: { n: 36, action: 'reject' },
  duplicate_exact: { n: 64, action: 'dedupe' },
  duplicate_late: { n: 65, action: 'dedupe' },
  stale_trade_id: { n: 66, action: 'dedupe' },
  duplicate_frame: { n: 67, action: 'dedupe' },
  spike_x10: { n: 68, action: 'flag' },
  crossed_quote: { n: 69, action: 'flag' },
  event_time_plus_1h: { n: 70, action: 'flag' },
  event_time_minus_1h: { n: 71, action: 'flag' },
  depth_gap: { n: 72, action: 'resync' },
  stale_snapshot: { n: 73, action: 'ignore' },
  stale_update: { n: 74, action: 'dedupe' },
  halt: { n: 75, action: 'flag' },
  luld: { n: 76, action: 'flag' },
  resume: { n: 77, action: 'flag' },
  spike_div10: { n: 78, action: 'flag' },
  id_jump: { n: 79, action: 'flag' },
} as const
export type DecodeCode = keyof typeof DECODE_CODE

const NAMES: readonly (DecodeCode | undefined)[] = Object.entries(DECODE_CODE).reduce<
  (DecodeCode | undefined)[]
>((names, [name, { n }]) => {
  names[n] = name as DecodeCode
  return names
}, [])

/** The name of a code number; "unknown_code" for one that no decoder writes. */
export function decodeCodeName(n: number): string {
  return NAMES[n] ?? 'unknown_code'
}
