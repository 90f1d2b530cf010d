//! Single values of the general path: the twin of `src/feed/decode/field-reader.ts`. Values are JSON text that
//! `json::judge` has passed.

use crate::decimal::{self, INCREMENTS_MAX, Unfit, whole_number};
use crate::fields::Field;
use crate::json::Refusal;
use crate::layout::Code;
use crate::symbols::Instrument;
use crate::time::rfc3339_ns;

/// Traded: positive and a multiple of the increment. Displayed (quotes, book levels): zero is legal, and dust below the
/// lot size keeps its fraction and a quantity of 2^53 increments and more passes where a double holds it exactly, because
/// a book that lost a level would be wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum QtyRole {
    Traded,
    Displayed,
}

/// ids of fewer digits fit below 2^53
const WIDE_ID_DIGITS_MIN: usize = 16;
const WIDE_ID_DIGITS_MAX: usize = 20;
const MS_NS: f64 = 1e6;
const US_NS: f64 = 1e3;
/// a count of 16 digits is microseconds, a shorter one milliseconds
const MICROSECONDS_FROM: f64 = 1e15;

const fn price_code(unfit: Unfit) -> Code {
    match unfit {
        Unfit::Empty => Code::price_empty,
        Unfit::Nan => Code::price_NaN,
        Unfit::Inf | Unfit::Exponent => Code::price_exponent_inf,
        Unfit::Zero => Code::price_zero,
        Unfit::Negative => Code::price_negative,
        Unfit::Long => Code::price_30_decimals,
        Unfit::Off(_) => Code::price_off_increment,
        Unfit::Overflow(_) => Code::price_overflow,
    }
}

const fn qty_code(unfit: Unfit) -> Code {
    match unfit {
        Unfit::Empty | Unfit::Nan | Unfit::Inf | Unfit::Long | Unfit::Exponent => Code::qty_invalid,
        Unfit::Zero => Code::qty_zero,
        Unfit::Negative => Code::qty_negative,
        Unfit::Off(_) => Code::qty_off_increment,
        Unfit::Overflow(_) => Code::qty_overflow,
    }
}

pub struct Reader {
    /// whether the feed writes prices and quantities as strings (Binance) or as JSON numbers
    pub quoted: bool,
    pub base_ms: f64,
}

impl Reader {
    /// `zero_allowed`: a zero price is the sign of an empty side, not an error.
    pub fn price(&self, bytes: &[u8], field: Field, of: &Instrument, zero_allowed: bool) -> Result<f64, Refusal> {
        let refuse = |code| Err(Refusal { code, at: field.start });
        match (bytes[field.start], self.quoted) {
            (b'n', _) => return refuse(Code::price_null),
            (b'"', false) => return refuse(Code::price_json_string),
            (b'-' | b'0'..=b'9', true) => return refuse(Code::price_json_number),
            (b'"', true) | (b'-' | b'0'..=b'9', false) => {}
            _ => return refuse(Code::price_NaN),
        }
        match decimal::read(self.text(bytes, field), of.price, !self.quoted, of.allows_negative_price) {
            Ok(count) => Ok(count),
            Err(Unfit::Zero) if zero_allowed => Ok(0.0),
            Err(unfit) => refuse(price_code(unfit)),
        }
    }

    /// A price that may lie between two increments (a price band's limit): it then keeps its fraction.
    pub fn band_price(&self, bytes: &[u8], field: Field, of: &Instrument) -> Result<f64, Refusal> {
        self.price(bytes, field, of, false).or_else(|refusal| {
            match decimal::read(self.text(bytes, field), of.price, !self.quoted, of.allows_negative_price) {
                Err(Unfit::Off(size)) if refusal.code == Code::price_off_increment && !size.is_nan() => Ok(size),
                _ => Err(refusal),
            }
        })
    }

    pub fn qty(&self, bytes: &[u8], field: Field, of: &Instrument, role: QtyRole) -> Result<f64, Refusal> {
        let refuse = |code| Err(Refusal { code, at: field.start });
        let due = match bytes[field.start] {
            b'"' => self.quoted,
            b'-' | b'0'..=b'9' => !self.quoted,
            _ => false,
        };
        if !due {
            return refuse(Code::qty_invalid);
        }
        match (decimal::read(self.text(bytes, field), of.qty, !self.quoted, false), role) {
            (Ok(count), _) => Ok(count),
            (Err(Unfit::Zero), QtyRole::Displayed) => Ok(0.0),
            (Err(Unfit::Off(size) | Unfit::Overflow(size)), QtyRole::Displayed) if size > 0.0 => Ok(size),
            (Err(unfit), _) => refuse(qty_code(unfit)),
        }
    }

    fn text<'a>(&self, bytes: &'a [u8], field: Field) -> &'a [u8] {
        if self.quoted { &bytes[field.start + 1..field.end - 1] } else { &bytes[field.start..field.end] }
    }

    /// RFC 3339 text as ns from the event base.
    pub fn text_time(&self, bytes: &[u8], field: Field) -> Result<f64, Refusal> {
        let is_text = bytes[field.start] == b'"';
        let ns = if is_text { rfc3339_ns(&bytes[field.start + 1..field.end - 1], self.base_ms) } else { None };
        ns.ok_or(Refusal { code: Code::time_invalid, at: field.start })
    }

    /// A whole JSON number of milliseconds (or microseconds, 16 digits) since 1970, as ns from the event base.
    pub fn epoch_time(&self, bytes: &[u8], field: Field) -> Result<f64, Refusal> {
        let ns = whole_number(&bytes[field.start..field.end]).map(|value| {
            if value >= MICROSECONDS_FROM {
                (value - self.base_ms * 1e3) * US_NS
            } else {
                (value - self.base_ms) * MS_NS
            }
        });
        ns.filter(|ns| ns.abs() <= INCREMENTS_MAX as f64).ok_or(Refusal { code: Code::time_invalid, at: field.start })
    }
}

/// A whole JSON number below 2^53.
pub fn id(bytes: &[u8], field: Field) -> Result<f64, Refusal> {
    whole_number(&bytes[field.start..field.end]).ok_or(Refusal { code: Code::id_invalid, at: field.start })
}

/// A whole JSON number below 2^64, reduced modulo 2^53: an id that only has to differ from others.
pub fn wide_id(bytes: &[u8], field: Field) -> Result<f64, Refusal> {
    let text = &bytes[field.start..field.end];
    if text.len() < WIDE_ID_DIGITS_MIN {
        return id(bytes, field);
    }
    let refusal = Refusal { code: Code::id_invalid, at: field.start };
    if text.len() > WIDE_ID_DIGITS_MAX || !text.iter().all(u8::is_ascii_digit) {
        return Err(refusal);
    }
    let value = text.iter().fold(0, |value, c| value * 10 + u128::from(c - b'0'));
    if value > u128::from(u64::MAX) { Err(refusal) } else { Ok((value as u64 & INCREMENTS_MAX) as f64) }
}
