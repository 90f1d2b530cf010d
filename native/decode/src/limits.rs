//! The limits of `src/feed/decode/limits.ts`; the loader compares them.

pub const FRAME_BYTES_MAX: usize = 262_144;
pub const SNAPSHOT_BYTES_MAX: usize = 16_777_216;
pub const NESTING_MAX: usize = 32;
pub const FRACTION_DIGITS_MAX: usize = 18;
pub const UNKNOWN_KEYS_MAX: usize = 64;
pub const RESOLVED_BYTES_MAX: usize = 128;
pub const FRAME_SLOTS_MAX: usize = 16_384;

/// Name and number of every limit.
pub const LIMITS: &[(&str, i32)] = &[
    ("FRAME_BYTES_MAX", FRAME_BYTES_MAX as i32),
    ("SNAPSHOT_BYTES_MAX", SNAPSHOT_BYTES_MAX as i32),
    ("NESTING_MAX", NESTING_MAX as i32),
    ("FRACTION_DIGITS_MAX", FRACTION_DIGITS_MAX as i32),
    ("UNKNOWN_KEYS_MAX", UNKNOWN_KEYS_MAX as i32),
    ("RESOLVED_BYTES_MAX", RESOLVED_BYTES_MAX as i32),
    ("FRAME_SLOTS_MAX", FRAME_SLOTS_MAX as i32),
];
