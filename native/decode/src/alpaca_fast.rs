//! Alpaca trades and quotes in their exact plain form: no white space, no escapes, T first and S before the numbers, the
//! known keys once. Whatever differs is left to the general path, with the same outcome.

use crate::fast::{byte, json_decimal_at, text_at, whole_at};
use crate::layout::{Slot, tick};
use crate::limits::FRAME_BYTES_MAX;
use crate::slots::slot;
use crate::symbols::{Instrument, Symbols};
use crate::time::DayCache;

// One bit a key: a key seen twice leaves the fast path, and so does a missing one.
const SYMBOL: u32 = 1;
const PRICE: u32 = 2;
const SIZE: u32 = 4;
const TIME: u32 = 8;
const ID: u32 = 16;
const ASK: u32 = 32;
const ASK_SIZE: u32 = 64;
const EXCHANGE: u32 = 128;
const ASK_EXCHANGE: u32 = 256;
const CONDITIONS: u32 = 512;
const TAPE: u32 = 1024;
const TAKER: u32 = 2048;
const TRADE_REQUIRED: u32 = SYMBOL | PRICE | SIZE | TIME | ID;
const QUOTE_REQUIRED: u32 = SYMBOL | PRICE | SIZE | TIME | ASK | ASK_SIZE;

pub struct AlpacaFast {
    base_ms: f64,
    days: DayCache,
}

/// The numbers of a message; a trade's price and size are in `price` and `size`, as are a quote's bid.
#[derive(Default)]
struct Values {
    seen: u32,
    price: u64,
    size: u64,
    ask: u64,
    ask_size: u64,
    id: u64,
    event: f64,
    exchange: u8,
    taker: u8,
}

impl AlpacaFast {
    pub fn new(base_ms: f64) -> Self {
        Self { base_ms, days: DayCache::default() }
    }

    pub fn decode(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Option<usize> {
        if bytes.len() > FRAME_BYTES_MAX || byte(bytes, 0) != b'[' {
            return None;
        }
        let mut count = 0;
        let mut p = 1;
        loop {
            // The general path wants two free slots for every message.
            if count + 2 > out.len() {
                return None;
            }
            let at = text_at(bytes, p, b"{\"T\":\"")?;
            let is_trade = match byte(bytes, at) {
                b't' => true,
                b'q' => false,
                _ => return None,
            };
            let (end, message) = self.message(symbols, bytes, text_at(bytes, at + 1, b"\",")?, is_trade, recv)?;
            out[count] = message;
            count += 1;
            p = end + 1;
            match byte(bytes, end) {
                b',' => {}
                b']' => return (p == bytes.len()).then_some(count),
                _ => return None,
            }
        }
    }

    /// Reads a message from behind its T to the byte after its brace.
    fn message(
        &mut self,
        symbols: &Symbols,
        bytes: &[u8],
        at: usize,
        is_trade: bool,
        recv: f64,
    ) -> Option<(usize, Slot)> {
        let mut values = Values::default();
        let mut found: Option<(usize, &Instrument)> = None;
        let mut p = at;
        loop {
            let (bit, end) = match bytes.get(p..p + 5)? {
                [b'"', b'S', b'"', b':', b'"'] => {
                    let length = bytes[p + 5..].iter().position(|c| *c == b'"')?;
                    let index = symbols.find(&bytes[p + 5..p + 5 + length])?;
                    found = Some((index, &symbols.items[index]));
                    (SYMBOL, p + 6 + length)
                }
                [b'"', key, b'"', b':', _] => self.short_key(bytes, *key, p + 4, is_trade, found, &mut values)?,
                [b'"', first, second, b'"', b':'] if !is_trade => {
                    quote_key(bytes, [*first, *second], p + 5, found?.1, &mut values)?
                }
                _ if is_trade => {
                    let (taker, end) = char_at(bytes, text_at(bytes, p, b"\"tks\":")?)?;
                    values.taker = taker;
                    (TAKER, end)
                }
                _ => return None,
            };
            if values.seen & bit != 0 {
                return None;
            }
            values.seen |= bit;
            p = end + 1;
            match byte(bytes, end) {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        let (instrument, _) = found?;
        Some((p, if is_trade { trade(&values, instrument, recv)? } else { quote(&values, instrument, recv)? }))
    }

    #[inline(always)]
    fn short_key(
        &mut self,
        bytes: &[u8],
        key: u8,
        at: usize,
        is_trade: bool,
        found: Option<(usize, &Instrument)>,
        values: &mut Values,
    ) -> Option<(u32, usize)> {
        match key {
            b't' => {
                let length = bytes.get(at + 1..)?.iter().position(|c| *c == b'"')?;
                let text = &bytes[at + 1..at + 1 + length];
                values.event = self.days.rfc3339_ns(text, self.base_ms).filter(|_| bytes[at] == b'"')?;
                Some((TIME, at + 2 + length))
            }
            b'p' if is_trade => Some((PRICE, take(&mut values.price, json_decimal_at(bytes, at, found?.1.price)?))),
            b's' if is_trade => Some((SIZE, take(&mut values.size, json_decimal_at(bytes, at, found?.1.qty)?))),
            b'i' if is_trade => Some((ID, take(&mut values.id, whole_at(bytes, at)?))),
            b'x' if is_trade => {
                let (exchange, end) = char_at(bytes, at)?;
                values.exchange = exchange;
                Some((EXCHANGE, end))
            }
            b'c' => Some((CONDITIONS, strings_at(bytes, at)?)),
            b'z' => Some((TAPE, char_at(bytes, at)?.1)),
            _ => None,
        }
    }
}

#[inline(always)]
fn quote_key(bytes: &[u8], key: [u8; 2], at: usize, of: &Instrument, values: &mut Values) -> Option<(u32, usize)> {
    match &key {
        b"bp" => Some((PRICE, take(&mut values.price, json_decimal_at(bytes, at, of.price)?))),
        b"bs" => Some((SIZE, take(&mut values.size, json_decimal_at(bytes, at, of.qty)?))),
        b"ap" => Some((ASK, take(&mut values.ask, json_decimal_at(bytes, at, of.price)?))),
        b"as" => Some((ASK_SIZE, take(&mut values.ask_size, json_decimal_at(bytes, at, of.qty)?))),
        b"bx" => Some((EXCHANGE, char_at(bytes, at)?.1)),
        b"ax" => Some((ASK_EXCHANGE, char_at(bytes, at)?.1)),
        _ => None,
    }
}

fn trade(values: &Values, instrument: usize, recv: f64) -> Option<Slot> {
    if values.seen & TRADE_REQUIRED != TRADE_REQUIRED || values.price == 0 || values.size == 0 {
        return None;
    }
    let aggressor = match values.taker {
        b'B' => 1.0,
        b'S' => -1.0,
        _ => 0.0,
    };
    let (price, size, id) = (values.price as f64, values.size as f64, values.id as f64);
    Some(slot(tick::TRADE, instrument, [values.event, recv, price, size, aggressor, f64::from(values.exchange), id]))
}

fn quote(values: &Values, instrument: usize, recv: f64) -> Option<Slot> {
    if values.seen & QUOTE_REQUIRED != QUOTE_REQUIRED || values.price == 0 || values.ask == 0 {
        return None;
    }
    let (bid, bid_size) = (values.price as f64, values.size as f64);
    let (ask, ask_size) = (values.ask as f64, values.ask_size as f64);
    Some(slot(tick::QUOTE, instrument, [values.event, recv, bid, bid_size, ask, ask_size, 0.0]))
}

#[inline(always)]
fn take(target: &mut u64, (value, end): (u64, usize)) -> usize {
    *target = value;
    end
}

/// A byte that stands for itself in a JSON string.
const fn is_plain(c: u8) -> bool {
    matches!(c, 0x20..0x7f) && c != b'"' && c != b'\\'
}

/// A string of one plain character.
#[inline(always)]
fn char_at(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match bytes.get(at..at + 3)? {
        [b'"', c, b'"'] if is_plain(*c) => Some((*c, at + 3)),
        _ => None,
    }
}

/// An array of plain strings; gives the byte after it.
#[inline(always)]
fn strings_at(bytes: &[u8], at: usize) -> Option<usize> {
    if byte(bytes, at) != b'[' {
        return None;
    }
    if byte(bytes, at + 1) == b']' {
        return Some(at + 2);
    }
    let mut p = at + 1;
    loop {
        if byte(bytes, p) != b'"' {
            return None;
        }
        p += 1;
        while is_plain(byte(bytes, p)) {
            p += 1;
        }
        if byte(bytes, p) != b'"' {
            return None;
        }
        match byte(bytes, p + 1) {
            b',' => p += 2,
            b']' => return Some(p + 2),
            _ => return None,
        }
    }
}
