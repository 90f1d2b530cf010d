//! Readers of the fast path. Each takes the place of a value's first byte and gives the byte after it, or none when the
//! text is not the exact, plain form; the general path then judges the frame. Digits are read eight at a time.

use crate::decimal::{INCREMENTS_MAX, Increment};

pub const POW10: [u64; 20] = {
    let mut table = [1; 20];
    let mut n = 1;
    while n < table.len() {
        table[n] = table[n - 1] * 10;
        n += 1;
    }
    table
};

/// The byte at `at`, zero behind the end (a zero is never part of a plain form).
#[inline(always)]
pub fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// Eight bytes from `at` on, the first in the low byte, zeros behind the end.
#[inline(always)]
fn eight(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..at + 8) {
        Some(chunk) => {
            u64::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7]])
        }
        None => tail(bytes, at),
    }
}

#[cold]
fn tail(bytes: &[u8], at: usize) -> u64 {
    let mut chunk = [0; 8];
    if let Some(rest) = bytes.get(at..) {
        let length = rest.len().min(8);
        chunk[..length].copy_from_slice(&rest[..length]);
    }
    u64::from_le_bytes(chunk)
}

/// Digit values (one a byte) of eight characters, and how many of them, from the first on, are digits.
#[inline(always)]
fn digits(characters: u64) -> (u64, u32) {
    let values = characters ^ 0x3030_3030_3030_3030;
    // A value above 9 reaches the byte's top bit; a carry goes only to later characters.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    (values, others.trailing_zeros() / 8)
}

/// The number that the first `count` (1 to 8) digit values spell.
#[inline(always)]
fn spelled(values: u64, count: u32) -> u64 {
    let aligned = values << (64 - 8 * count);
    let pairs = aligned.wrapping_mul(10).wrapping_add(aligned >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// A run of 1 to 16 digits: its value and its length.
#[inline(always)]
fn run(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let (values, count) = digits(eight(bytes, at));
    if count == 0 {
        return None;
    }
    let value = spelled(values, count);
    if count < 8 {
        return Some((value, count as usize));
    }
    let (values, more) = digits(eight(bytes, at + 8));
    if more == 0 {
        return Some((value, 8));
    }
    Some((value * POW10[more as usize] + spelled(values, more), 8 + more as usize))
}

/// A JSON whole number of at most 15 digits.
#[inline(always)]
pub fn whole_at(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let (value, length) = run(bytes, at)?;
    let plain = length <= 15 && (length == 1 || bytes[at] != b'0');
    plain.then_some((value, at + length))
}

/// A plain positive decimal (or zero) in quotes, `at` being the opening quote: its count of increments. No sign, no
/// exponent, digits beyond the increment's scale all zero.
#[inline(always)]
pub fn quoted_decimal_at(bytes: &[u8], at: usize, step: Increment) -> Option<(u64, usize)> {
    if byte(bytes, at) != b'"' {
        return None;
    }
    let (count, end) = decimal_at(bytes, at + 1, step)?;
    (byte(bytes, end) == b'"').then_some((count, end + 1))
}

/// `quoted_decimal_at` without the quotes.
#[inline(always)]
pub fn decimal_at(bytes: &[u8], at: usize, step: Increment) -> Option<(u64, usize)> {
    let scale = step.scale as usize;
    let (whole, length) = run(bytes, at)?;
    if length + scale > 18 {
        return None;
    }
    let scaled = whole * POW10[scale];
    let mut end = at + length;
    let mut units = scaled;
    if byte(bytes, end) == b'.' {
        let (fraction, after) = fraction_at(bytes, end + 1, scale)?;
        units += fraction;
        end = after;
    }
    let count = if step.units == 1 {
        units
    } else if units.is_multiple_of(step.units) {
        units / step.units
    } else {
        return None;
    };
    (count <= INCREMENTS_MAX).then_some((count, end))
}

/// `decimal_at` of a JSON number, which has no zeros in front.
#[inline(always)]
pub fn json_decimal_at(bytes: &[u8], at: usize, step: Increment) -> Option<(u64, usize)> {
    if byte(bytes, at) == b'0' && byte(bytes, at + 1).is_ascii_digit() {
        return None;
    }
    decimal_at(bytes, at, step)
}

/// Digits behind a point, 1 to 16 of them, as a number of 10^-`scale`.
#[inline(always)]
fn fraction_at(bytes: &[u8], at: usize, scale: usize) -> Option<(u64, usize)> {
    let (values, count) = digits(eight(bytes, at));
    let length = count as usize;
    if length == 0 {
        return None;
    }
    if length < 8 || !byte(bytes, at + 8).is_ascii_digit() {
        if length <= scale {
            return Some((spelled(values, count) * POW10[scale - length], at + length));
        }
        // The digits beyond the scale: bytes `scale` to `length` of the values.
        let beyond = values << (64 - 8 * count) >> (64 - 8 * count) >> (8 * scale);
        if beyond != 0 {
            return None;
        }
        let value = if scale == 0 { 0 } else { spelled(values, scale as u32) };
        return Some((value, at + length));
    }
    let (fraction, length) = run(bytes, at)?;
    if length > 16 || byte(bytes, at + length).is_ascii_digit() {
        return None;
    }
    if length <= scale {
        return Some((fraction * POW10[scale - length], at + length));
    }
    let beyond = POW10[length - scale];
    fraction.is_multiple_of(beyond).then_some((fraction / beyond, at + length))
}

#[inline(always)]
pub fn boolean_at(bytes: &[u8], at: usize) -> Option<(bool, usize)> {
    let rest = bytes.get(at..)?;
    if rest.starts_with(b"true") {
        Some((true, at + 4))
    } else if rest.starts_with(b"false") {
        Some((false, at + 5))
    } else {
        None
    }
}

/// Byte after `text` when it stands at `at`.
#[inline(always)]
pub fn text_at(bytes: &[u8], at: usize, text: &[u8]) -> Option<usize> {
    let end = at + text.len();
    (bytes.get(at..end)? == text).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_digit_runs_of_every_length_at_every_distance_from_the_end() {
        for length in 1..=16 {
            let number = &"1234567890123456"[..length];
            for behind in ["", ",", ",\"abcdefghij"] {
                let text = format!("{number}{behind}");
                assert_eq!(run(text.as_bytes(), 0), Some((number.parse().unwrap(), length)), "{text}");
            }
        }
        assert_eq!(run(b"", 0), None);
        assert_eq!(run(b"x1", 0), None);
        assert_eq!(run(b"\xb1\xb2", 0), None);
    }

    #[test]
    fn the_bytes_around_the_digits_in_ascii_are_no_digits() {
        for other in (0..=255u8).filter(|c| !c.is_ascii_digit()) {
            let text = [b'4', b'2', other, b'7', b'7', b'7', b'7', b'7', b'7'];
            assert_eq!(run(&text, 0), Some((42, 2)), "{other:#x}");
        }
    }

    #[test]
    fn whole_numbers_are_plain() {
        assert_eq!(whole_at(b"0,", 0), Some((0, 1)));
        assert_eq!(whole_at(b"123456789012345,", 0), Some((123_456_789_012_345, 15)));
        assert_eq!(whole_at(b"1234567890123456,", 0), None);
        assert_eq!(whole_at(b"12345678901234567,", 0), None);
        assert_eq!(whole_at(b"01,", 0), None);
        assert_eq!(whole_at(b"-1,", 0), None);
    }

    #[test]
    fn decimals_keep_every_digit() {
        let cent = Increment { scale: 2, units: 1 };
        assert_eq!(quoted_decimal_at(b"\"61837.63000000\",", 0, cent), Some((6_183_763, 16)));
        assert_eq!(quoted_decimal_at(b"\"61837.63000001\",", 0, cent), None);
        assert_eq!(quoted_decimal_at(b"\"61837.6\",", 0, cent), Some((6_183_760, 9)));
        assert_eq!(quoted_decimal_at(b"\"61837.\",", 0, cent), None);
        assert_eq!(quoted_decimal_at(b"\"61837.630000000000\"", 0, cent), Some((6_183_763, 20)));
        let nickel = Increment { scale: 2, units: 5 };
        assert_eq!(decimal_at(b"1.05", 0, nickel), Some((21, 4)));
        assert_eq!(decimal_at(b"1.06", 0, nickel), None);
        let whole = Increment { scale: 0, units: 1 };
        assert_eq!(decimal_at(b"7.0", 0, whole), Some((7, 3)));
        assert_eq!(decimal_at(b"7.5", 0, whole), None);
        let fine = Increment { scale: 18, units: 1 };
        assert_eq!(decimal_at(b"0.5", 0, fine), None);
    }
}
