//! The tick slot and its numbers, equal to `src/domain/tick.ts`, `src/domain/decode-codes.ts` and the control word of
//! `src/shm/`. The loader compares every constant with its TypeScript twin and refuses the module on a difference.

/// Bytes of one slot: two `i32` and seven `f64`, little-endian.
pub const TICK_SLOT_BYTES: usize = 64;

pub mod tick {
    pub const TRADE: i32 = 1;
    pub const QUOTE: i32 = 2;
    pub const DEPTH: i32 = 3;
    pub const SNAPSHOT: i32 = 4;
    pub const LEVELS: i32 = 5;
    pub const BAR: i32 = 6;
    pub const BAR_MORE: i32 = 7;
    pub const STATUS: i32 = 8;
    pub const LULD: i32 = 9;
    pub const CORRECTION: i32 = 10;
    pub const TRADE_REF: i32 = 11;
    pub const TRADE_CANCEL: i32 = 12;
    pub const ERROR: i32 = 13;
}

/// Name and number of every slot kind, as `TICK` has them.
pub const TICK_KINDS: [(&str, i32); 14] = [
    ("NONE", 0),
    ("TRADE", tick::TRADE),
    ("QUOTE", tick::QUOTE),
    ("DEPTH", tick::DEPTH),
    ("SNAPSHOT", tick::SNAPSHOT),
    ("LEVELS", tick::LEVELS),
    ("BAR", tick::BAR),
    ("BAR_MORE", tick::BAR_MORE),
    ("STATUS", tick::STATUS),
    ("LULD", tick::LULD),
    ("CORRECTION", tick::CORRECTION),
    ("TRADE_REF", tick::TRADE_REF),
    ("TRADE_CANCEL", tick::TRADE_CANCEL),
    ("ERROR", tick::ERROR),
];

/// Head of an aggregate trade (aggTrade): its id belongs to another series than plain trade ids.
pub const TRADE_AGGREGATE: i32 = tick::TRADE | 128 << 8;

/// What a decoder can say of a bad frame (the sanity stage's codes, 64 and above, are TypeScript's alone).
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    empty_frame = 1,
    garbage_text = 2,
    truncated_json = 3,
    invalid_utf8 = 4,
    deep_nesting = 5,
    huge_frame = 6,
    array_frame = 7,
    duplicate_keys = 8,
    proto_pollution = 9,
    missing_field = 10,
    unknown_stream = 11,
    unknown_event_type = 12,
    unknown_symbol = 13,
    price_null = 14,
    price_NaN = 15,
    price_empty = 16,
    price_zero = 17,
    price_negative = 18,
    price_exponent_inf = 19,
    price_json_number = 20,
    price_30_decimals = 21,
    price_off_increment = 22,
    price_overflow = 23,
    qty_negative = 24,
    qty_invalid = 25,
    qty_zero = 26,
    qty_off_increment = 27,
    qty_overflow = 28,
    time_missing = 29,
    time_invalid = 30,
    id_invalid = 31,
    slots_full = 32,
    unknown_T = 33,
    venue_error = 34,
    field_invalid = 35,
    price_json_string = 36,
}

macro_rules! code_names {
    ($($name:ident),* $(,)?) => {
        /// Name and number of every code, as `DECODE_CODE` has them.
        pub const CODES: &[(&str, i32)] = &[$((stringify!($name), Code::$name as i32)),*];
    };
}
code_names!(
    empty_frame,
    garbage_text,
    truncated_json,
    invalid_utf8,
    deep_nesting,
    huge_frame,
    array_frame,
    duplicate_keys,
    proto_pollution,
    missing_field,
    unknown_stream,
    unknown_event_type,
    unknown_symbol,
    price_null,
    price_NaN,
    price_empty,
    price_zero,
    price_negative,
    price_exponent_inf,
    price_json_number,
    price_30_decimals,
    price_off_increment,
    price_overflow,
    qty_negative,
    qty_invalid,
    qty_zero,
    qty_off_increment,
    qty_overflow,
    time_missing,
    time_invalid,
    id_invalid,
    slots_full,
    unknown_T,
    venue_error,
    field_invalid,
    price_json_string,
);

/// One slot. `head` is kind and flags, then the instrument index (LEVELS: number of levels; ERROR: code); `f[0]` is
/// word 1 of the slot's `f64` view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(8))]
pub struct Slot {
    pub head: [i32; 2],
    pub f: [f64; 7],
}

const _: () = assert!(core::mem::size_of::<Slot>() == TICK_SLOT_BYTES);
