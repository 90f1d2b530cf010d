//! Decimal text to whole increments, exactly: the twin of `src/feed/decode/numbers.ts`.

use crate::fast::decimal_at;
use crate::limits::FRACTION_DIGITS_MAX;

/// Largest count of increments: integer-valued doubles are exact up to it.
pub const INCREMENTS_MAX: u64 = (1 << 53) - 1;

/// A step of price or quantity: `units` x 10^-`scale`, as `Increment` of `src/core/decimal.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Increment {
    pub scale: u32,
    pub units: u64,
}

impl Increment {
    pub fn new(scale: u32, units: f64) -> Option<Self> {
        let fits = scale <= 18 && units >= 1.0 && units <= INCREMENTS_MAX as f64 && units.fract() == 0.0;
        fits.then_some(Self { scale, units: units as u64 })
    }
}

/// Why a decimal gives no value. Precedence is the order of the variants, but Overflow comes before Off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unfit {
    Empty,
    /// no decimal number, or one beyond the range of a double ("nan", "1e400")
    Nan,
    /// the words inf or infinity, any case and sign
    Inf,
    Zero,
    Negative,
    /// more than FRACTION_DIGITS_MAX digits after the point
    Long,
    /// an exponent where plain text is required
    Exponent,
    /// No multiple of the increment. Its size, for quantities that are only displayed: the digits without outer zeros, at
    /// most 15, divided first by their power of ten (at most 10^22) and then by the units, as doubles; NaN beyond.
    Off(f64),
    /// 2^53 increments or more. Their number where a double holds it exactly, else NaN.
    Overflow(f64),
}

const EXPONENT_DOUBLE_MAX: i32 = 308;
const DOUBLE_DIGITS: usize = 15;
/// places of the largest double
const DOUBLE_PLACES_MAX: usize = 309;
/// The powers of ten that a double holds exactly.
pub const POW10: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Reads decimal text into increments. `exponents`: whether "1.5e3" is a number (JSON numbers) or not (quoted text);
/// `negatives`: whether a negative number is.
pub fn read(text: &[u8], step: Increment, exponents: bool, negatives: bool) -> Result<f64, Unfit> {
    if let Some((count, end)) = decimal_at(text, 0, step)
        && end == text.len()
        && count > 0
    {
        return Ok(count as f64);
    }
    let Some(&sign) = text.first() else { return Err(Unfit::Empty) };
    let negative = sign == b'-';
    let body = if negative { &text[1..] } else { text };
    let mut point = None;
    let mut significant = false;
    let mut tail = body.len();
    for (i, &c) in body.iter().enumerate() {
        match c {
            b'0'..=b'9' => significant |= c != b'0',
            b'.' if point.is_none() => point = Some(i),
            _ => {
                tail = i;
                break;
            }
        }
    }
    if tail == 0 {
        let word = if sign == b'+' { &text[1..] } else { body };
        return Err(if is_infinity(word) { Unfit::Inf } else { Unfit::Nan });
    }
    let fraction = point.map_or(0, |point| tail - point - 1);
    if point == Some(0) || (point.is_some() && fraction == 0) {
        return Err(Unfit::Nan);
    }
    let exponent = if tail < body.len() { exponent_of(&body[tail..]).ok_or(Unfit::Nan)? } else { 0 };
    if !significant {
        return Err(Unfit::Zero);
    }
    if exponent.abs() > EXPONENT_DOUBLE_MAX {
        return Err(Unfit::Nan);
    }
    if negative && !negatives {
        return Err(Unfit::Negative);
    }
    if fraction > FRACTION_DIGITS_MAX {
        return Err(Unfit::Long);
    }
    if tail < body.len() && !exponents {
        return Err(Unfit::Exponent);
    }
    let sign = if negative { -1.0 } else { 1.0 };
    match convert(&body[..tail], i64::from(exponent) - fraction as i64, step) {
        Ok(count) => Ok(sign * count as f64),
        Err(Unfit::Off(size)) => Err(Unfit::Off(sign * size)),
        Err(Unfit::Overflow(size)) => Err(Unfit::Overflow(sign * size)),
        Err(unfit) => Err(unfit),
    }
}

/// `digits` (a point among them is skipped) x 10^`exponent` in steps. The digits are not all zero.
fn convert(digits: &[u8], exponent: i64, step: Increment) -> Result<u64, Unfit> {
    let plain = || digits.iter().filter(|c| **c != b'.').map(|c| u128::from(c - b'0'));
    let total = plain().count();
    let leading = plain().take_while(|digit| *digit == 0).count();
    let trailing = plain().rev().take_while(|digit| *digit == 0).count();
    let significant = total - leading - trailing;
    // The number is S x 10^shift of the smallest units, S being `significant` digits without zeros at either end.
    let shift = exponent + i64::from(step.scale) + trailing as i64;
    let whole_digits = significant as i64 + shift;
    // 10^33 and more, over fewer than 10^16 units, are 2^53 increments and more. Below, all fits 128 bits.
    let overflow = || Unfit::Overflow(exact_double(plain().skip(leading).take(significant), shift, step.units));
    if whole_digits > 33 {
        return Err(overflow());
    }
    let kept = if shift < 0 { whole_digits.max(0) as usize } else { significant };
    let whole = whole_of(plain().skip(leading).take(kept));
    let scaled = whole * 10u128.pow(shift.max(0) as u32);
    let units = u128::from(step.units);
    if scaled / units > u128::from(INCREMENTS_MAX) {
        return Err(overflow());
    }
    if shift < 0 || !scaled.is_multiple_of(units) {
        let mantissa = if significant <= DOUBLE_DIGITS {
            whole_of(plain().skip(leading).take(significant)) as f64
        } else {
            f64::NAN
        };
        return Err(Unfit::Off(displayed(mantissa, shift, step.units as f64)));
    }
    Ok((scaled / units) as u64)
}

fn whole_of(digits: impl Iterator<Item = u128>) -> u128 {
    digits.fold(0, |value, digit| value * 10 + digit)
}

/// `mantissa` x 10^`shift` in steps of `units`, by the very operations of the TypeScript decoder.
fn displayed(mantissa: f64, shift: i64, units: f64) -> f64 {
    let power = |n: i64| usize::try_from(n).ok().and_then(|n| POW10.get(n)).copied().unwrap_or(f64::NAN);
    if shift < 0 {
        return mantissa / power(-shift) / units;
    }
    let scaled = mantissa * power(shift);
    if scaled > INCREMENTS_MAX as f64 { f64::NAN } else { scaled / units }
}

/// `digits` x 10^`shift` over `units` where that is a whole number and a double holds it exactly, else NaN. Long division
/// in decimal, then there and back through a double: text to double rounds correctly, double to text is exact.
fn exact_double(digits: impl Iterator<Item = u128>, shift: i64, units: u64) -> f64 {
    let Ok(zeros) = usize::try_from(shift) else { return f64::NAN };
    let mut quotient = String::new();
    let mut rest = 0;
    for digit in digits.chain(std::iter::repeat_n(0, zeros)) {
        rest = rest * 10 + digit;
        let next = (rest / u128::from(units)) as u8;
        rest %= u128::from(units);
        if next != 0 || !quotient.is_empty() {
            quotient.push(char::from(b'0' + next));
        }
        if quotient.len() > DOUBLE_PLACES_MAX {
            return f64::NAN;
        }
    }
    let value = quotient.parse().unwrap_or(f64::NAN);
    if rest == 0 && format!("{value:.0}") == quotient { value } else { f64::NAN }
}

fn is_infinity(word: &[u8]) -> bool {
    matches!(word.len(), 3 | 8) && word.iter().zip(b"infinity").all(|(c, expected)| c | 0x20 == *expected)
}

/// The value of "e", an optional sign and digits; at most a million either way.
fn exponent_of(text: &[u8]) -> Option<i32> {
    if text[0] | 0x20 != b'e' {
        return None;
    }
    let (negative, digits) = match text.get(1) {
        Some(b'-') => (true, &text[2..]),
        Some(b'+') => (false, &text[2..]),
        _ => (false, &text[1..]),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |value: i32, c| (value * 10 + i32::from(c - b'0')).min(1_000_000));
    Some(if negative { -value } else { value })
}

/// A whole number of at most 16 digits, plain (no sign, no leading zero), below 2^53.
pub fn whole_number(text: &[u8]) -> Option<f64> {
    let plain = matches!(text.len(), 1..=16) && (text.len() == 1 || text[0] != b'0');
    if !plain || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = text.iter().fold(0, |value, c| value * 10 + u64::from(c - b'0'));
    (value <= INCREMENTS_MAX).then_some(value as f64)
}
