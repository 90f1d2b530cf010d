//! Arrays of price levels: the twin of `src/feed/decode/levels.ts`.

use crate::fast::{byte, quoted_decimal_at};
use crate::fields::{Field, skip_value};
use crate::json::{Refusal, space};
use crate::layout::{Code, Slot};
use crate::reader::{QtyRole, Reader};
use crate::slots::write_level;
use crate::symbols::Instrument;

/// Reads the exact form `["price","qty"],...]` from after the opening bracket; gives the byte after the closing one and
/// the number of levels, or none when the form is another or the slots do not suffice.
#[inline]
pub fn fast_levels(bytes: &[u8], at: usize, of: &Instrument, side: f64, out: &mut [Slot]) -> Option<(usize, usize)> {
    let mut p = at;
    if byte(bytes, p) == b']' {
        return Some((p + 1, 0));
    }
    let mut count = 0;
    loop {
        if byte(bytes, p) != b'[' {
            return None;
        }
        let (price, end) = quoted_decimal_at(bytes, p + 1, of.price)?;
        if price == 0 || byte(bytes, end) != b',' {
            return None;
        }
        let (qty, end) = quoted_decimal_at(bytes, end + 1, of.qty)?;
        if byte(bytes, end) != b']' || !write_level(out, count, side, price as f64, qty as f64) {
            return None;
        }
        count += 1;
        p = end + 2;
        match byte(bytes, end + 1) {
            b',' => {}
            b']' => return Some((p, count)),
            _ => return None,
        }
    }
}

/// Reads an array of levels of any spacing, each an array of at least two values; gives the number of levels. In order
/// within a level: `field_invalid`, the price's code, the quantity's, `slots_full`.
pub fn read_levels(
    reader: &Reader,
    bytes: &[u8],
    open: usize,
    of: &Instrument,
    side: f64,
    out: &mut [Slot],
) -> Result<usize, Refusal> {
    let refuse = |code, at| Err(Refusal { code, at });
    let mut p = space(bytes, open + 1);
    let mut count = 0;
    while bytes[p] != b']' {
        let level = p;
        if bytes[p] != b'[' {
            return refuse(Code::field_invalid, level);
        }
        p = space(bytes, p + 1);
        if bytes[p] == b']' {
            return refuse(Code::field_invalid, level);
        }
        let price = value_at(bytes, p);
        let price_count = reader.price(bytes, price, of, false)?;
        p = space(bytes, price.end);
        if bytes[p] == b']' {
            return refuse(Code::field_invalid, level);
        }
        let qty = value_at(bytes, space(bytes, p + 1));
        let qty_count = reader.qty(bytes, qty, of, QtyRole::Displayed)?;
        if !write_level(out, count, side, price_count, qty_count) {
            return refuse(Code::slots_full, level);
        }
        count += 1;
        p = after_level(bytes, qty.end);
        if bytes[p] == b',' {
            p = space(bytes, p + 1);
        }
    }
    Ok(count)
}

fn value_at(bytes: &[u8], start: usize) -> Field {
    Field { kind: crate::fields::kind_of(bytes[start]), start, end: skip_value(bytes, start) }
}

/// From inside a level to the byte after its closing bracket and the space behind it.
fn after_level(bytes: &[u8], at: usize) -> usize {
    let mut p = space(bytes, at);
    while bytes[p] != b']' {
        p = skip_value(bytes, space(bytes, p + 1));
        p = space(bytes, p);
    }
    space(bytes, p + 1)
}
