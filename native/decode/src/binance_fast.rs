//! Binance frames in their exact plain form: no white space, no escapes, the known keys in any order (bids before asks),
//! every required one once and no other. Whatever differs is left to the general path, with the same outcome.

use crate::decimal::INCREMENTS_MAX;
use crate::fast::{boolean_at, byte, quoted_decimal_at, text_at, whole_at};
use crate::layout::{Slot, TRADE_AGGREGATE, tick};
use crate::levels::fast_levels;
use crate::limits::FRAME_BYTES_MAX;
use crate::slots::{ASKS, BIDS, level_slots, slot};
use crate::symbols::{Instrument, Symbols};

const FRAME_BYTES_MIN: usize = 32;

/// One bit a key; bit 0 is "pu".
const fn bit(key: u8) -> u64 {
    1 << (key & 63)
}
const PREVIOUS: u64 = 1;

const fn bits(keys: &[u8]) -> u64 {
    let mut set = 0;
    let mut i = 0;
    while i < keys.len() {
        set |= bit(keys[i]);
        i += 1;
    }
    set
}

const TRADE_REQUIRED: u64 = bits(b"eEstpqTm");
const AGG_TRADE_REQUIRED: u64 = bits(b"eEsapqTm");
const QUOTE_REQUIRED: u64 = bits(b"subBaA");
const DEPTH_REQUIRED: u64 = bits(b"eEsUuba");

/// The instrument of a message: known from the stream's name, or once "s" has been read.
#[derive(Clone, Copy)]
struct Subject<'a> {
    symbols: &'a Symbols,
    found: Option<(usize, &'a Instrument)>,
}

impl Subject<'_> {
    /// Reads the value of "s", which must be the stream's symbol, or names the instrument of a bare event.
    #[inline(always)]
    fn symbol_at(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        if byte(bytes, at) != b'"' {
            return None;
        }
        if let Some((_, of)) = self.found {
            let end = text_at(bytes, at + 1, &of.symbol)?;
            return (byte(bytes, end) == b'"').then_some(end + 1);
        }
        let length = bytes[at + 1..].iter().position(|c| *c == b'"')?;
        let index = self.symbols.find(&bytes[at + 1..at + 1 + length])?;
        self.found = Some((index, &self.symbols.items[index]));
        Some(at + length + 2)
    }
}

pub struct BinanceFast {
    usdm: bool,
    base_ms: f64,
    /// instrument of the last combined stream's frame: the next one is often of the same
    last: usize,
}

impl BinanceFast {
    pub const fn new(usdm: bool, base_ms: f64) -> Self {
        Self { usdm, base_ms, last: 0 }
    }

    pub fn decode(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Option<usize> {
        if bytes.len() < FRAME_BYTES_MIN || bytes.len() > FRAME_BYTES_MAX || out.is_empty() {
            return None;
        }
        let Some(at) = text_at(bytes, 0, b"{\"stream\":\"") else {
            return self.bare(symbols, bytes, recv, out);
        };
        let (at, subject) = self.stream_subject(symbols, bytes, at)?;
        let rest = &bytes[at..bytes.len() - 1];
        if bytes[bytes.len() - 1] != b'}' {
            return None;
        }
        match byte(rest, 0) {
            b't' => self.trade::<false>(subject, rest, text_at(rest, 0, b"trade\",\"data\":{")?, recv, out),
            b'a' => self.trade::<true>(subject, rest, text_at(rest, 0, b"aggTrade\",\"data\":{")?, recv, out),
            b'b' => self.quote(subject, rest, text_at(rest, 0, b"bookTicker\",\"data\":{")?, recv, out),
            b'd' => {
                let speed = speed_at(rest, text_at(rest, 0, b"depth")?)?;
                self.depth(subject, rest, text_at(rest, speed, b"\",\"data\":{")?, recv, out)
            }
            _ => None,
        }
    }

    /// An event without a stream: by "e" as its first key, or a book ticker that begins with "u".
    fn bare(&self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Option<usize> {
        let subject = Subject { symbols, found: None };
        if text_at(bytes, 0, b"{\"u\"").is_some() {
            return self.quote(subject, bytes, 1, recv, out);
        }
        let event = text_at(bytes, 0, b"{\"e\":\"")?;
        match byte(bytes, event) {
            b't' => self.trade::<false>(subject, bytes, 1, recv, out),
            b'a' => self.trade::<true>(subject, bytes, 1, recv, out),
            b'b' => self.quote(subject, bytes, 1, recv, out),
            b'd' => self.depth(subject, bytes, 1, recv, out),
            _ => None,
        }
    }

    fn trade<const AGGREGATE: bool>(
        &self,
        mut subject: Subject,
        bytes: &[u8],
        at: usize,
        recv: f64,
        out: &mut [Slot],
    ) -> Option<usize> {
        let (mut emitted, mut traded, mut id, mut price, mut qty, mut maker) = (0, 0, 0, 0, 0, false);
        let (mut p, mut seen) = (at, 0);
        loop {
            let (key, value) = key_at(bytes, p)?;
            p = match key {
                b'e' if AGGREGATE => text_at(bytes, value, b"\"aggTrade\"")?,
                b'e' => text_at(bytes, value, b"\"trade\"")?,
                b'E' => take(&mut emitted, whole_at(bytes, value)?),
                b'T' => take(&mut traded, whole_at(bytes, value)?),
                b's' => subject.symbol_at(bytes, value)?,
                b'p' => take(&mut price, quoted_decimal_at(bytes, value, subject.found?.1.price)?),
                b'q' => take(&mut qty, quoted_decimal_at(bytes, value, subject.found?.1.qty)?),
                b'a' if AGGREGATE => take(&mut id, whole_at(bytes, value)?),
                b't' if !AGGREGATE => take(&mut id, whole_at(bytes, value)?),
                b'f' | b'l' if AGGREGATE => whole_at(bytes, value)?.1,
                b'a' | b'b' if !AGGREGATE => whole_at(bytes, value)?.1,
                b'X' if !AGGREGATE => text_at(bytes, value, b"\"MARKET\"")?,
                b'm' => take(&mut maker, boolean_at(bytes, value)?),
                b'M' => boolean_at(bytes, value)?.1,
                _ => return None,
            };
            if !goes_on(bytes, &mut p, &mut seen, bit(key))? {
                break;
            }
        }
        let required = if AGGREGATE { AGG_TRADE_REQUIRED } else { TRADE_REQUIRED };
        if p != bytes.len() || seen & required != required || price == 0 || qty == 0 {
            return None;
        }
        let (traded, emitted) = (self.event_ns(traded)?, self.event_ns(emitted)?);
        let head = if AGGREGATE { TRADE_AGGREGATE } else { tick::TRADE };
        let aggressor = if maker { -1.0 } else { 1.0 };
        let values = [traded, recv, price as f64, qty as f64, aggressor, emitted - traded, id as f64];
        out[0] = slot(head, subject.found?.0, values);
        Some(1)
    }

    fn quote(&self, mut subject: Subject, bytes: &[u8], at: usize, recv: f64, out: &mut [Slot]) -> Option<usize> {
        let (mut id, mut bid, mut bid_qty, mut ask, mut ask_qty, mut emitted) = (0, 0, 0, 0, 0, 0);
        let (mut p, mut seen) = (at, 0);
        loop {
            let (key, value) = key_at(bytes, p)?;
            p = match key {
                b'u' => take(&mut id, whole_at(bytes, value)?),
                b's' => subject.symbol_at(bytes, value)?,
                b'b' => take(&mut bid, quoted_decimal_at(bytes, value, subject.found?.1.price)?),
                b'B' => take(&mut bid_qty, quoted_decimal_at(bytes, value, subject.found?.1.qty)?),
                b'a' => take(&mut ask, quoted_decimal_at(bytes, value, subject.found?.1.price)?),
                b'A' => take(&mut ask_qty, quoted_decimal_at(bytes, value, subject.found?.1.qty)?),
                b'e' => text_at(bytes, value, b"\"bookTicker\"")?,
                b'E' => take(&mut emitted, whole_at(bytes, value)?),
                b'T' => whole_at(bytes, value)?.1,
                _ => return None,
            };
            if !goes_on(bytes, &mut p, &mut seen, bit(key))? {
                break;
            }
        }
        // Either no time at all (spot) or the emission time; the trade time alone is left to the general path.
        let times = seen & bits(b"ET");
        if p != bytes.len() || seen & QUOTE_REQUIRED != QUOTE_REQUIRED || bid == 0 || ask == 0 || times == bit(b'T') {
            return None;
        }
        let event = if times == 0 { recv } else { self.event_ns(emitted)? };
        let values = [event, recv, bid as f64, bid_qty as f64, ask as f64, ask_qty as f64, id as f64];
        out[0] = slot(tick::QUOTE, subject.found?.0, values);
        Some(1)
    }

    fn depth(&self, mut subject: Subject, bytes: &[u8], at: usize, recv: f64, out: &mut [Slot]) -> Option<usize> {
        let (mut emitted, mut first, mut last, mut previous, mut bids, mut asks) = (0, 0, 0, 0, 0, 0);
        let (mut p, mut seen) = (at, 0);
        loop {
            let mut key_bit = PREVIOUS;
            p = if let Some(value) = text_at(bytes, p, b"\"pu\":") {
                take(&mut previous, whole_at(bytes, value)?)
            } else {
                let (key, value) = key_at(bytes, p)?;
                key_bit = bit(key);
                match key {
                    b'e' => text_at(bytes, value, b"\"depthUpdate\"")?,
                    b'E' => take(&mut emitted, whole_at(bytes, value)?),
                    b'T' => whole_at(bytes, value)?.1,
                    b's' => subject.symbol_at(bytes, value)?,
                    b'U' => take(&mut first, whole_at(bytes, value)?),
                    b'u' => take(&mut last, whole_at(bytes, value)?),
                    b'b' if byte(bytes, value) == b'[' && seen & bit(b'a') == 0 => {
                        let (end, count) = fast_levels(bytes, value + 1, subject.found?.1, BIDS, &mut out[1..])?;
                        bids = count;
                        end
                    }
                    b'a' if byte(bytes, value) == b'[' && seen & bit(b'b') != 0 => {
                        let free = &mut out[1 + level_slots(bids)..];
                        let (end, count) = fast_levels(bytes, value + 1, subject.found?.1, ASKS, free)?;
                        asks = count;
                        end
                    }
                    _ => return None,
                }
            };
            if !goes_on(bytes, &mut p, &mut seen, key_bit)? {
                break;
            }
        }
        let lacks_previous = self.usdm && seen & PREVIOUS == 0;
        if p != bytes.len() || seen & DEPTH_REQUIRED != DEPTH_REQUIRED || last < first || lacks_previous {
            return None;
        }
        let previous = if seen & PREVIOUS == 0 { -1.0 } else { previous as f64 };
        let (event, bid_count, ask_count) = (self.event_ns(emitted)?, bids as f64, asks as f64);
        let values = [event, recv, first as f64, previous, bid_count, ask_count, last as f64];
        out[0] = slot(tick::DEPTH, subject.found?.0, values);
        Some(1 + level_slots(bids) + level_slots(asks))
    }

    /// Reads "btcusdt@"; gives the byte after the at sign and the instrument.
    #[inline(always)]
    fn stream_subject<'a>(&mut self, symbols: &'a Symbols, bytes: &[u8], at: usize) -> Option<(usize, Subject<'a>)> {
        if let Some(of) = symbols.items.get(self.last)
            && let Some(end) = text_at(bytes, at, &of.lower)
            && byte(bytes, end) == b'@'
        {
            return Some((end + 1, Subject { symbols, found: Some((self.last, of)) }));
        }
        let length = bytes[at..].iter().position(|c| *c == b'@')?;
        self.last = symbols.find_lower(&bytes[at..at + length])?;
        Some((at + length + 1, Subject { symbols, found: Some((self.last, &symbols.items[self.last])) }))
    }

    #[inline(always)]
    fn event_ns(&self, ms: u64) -> Option<f64> {
        let ns = (ms as f64 - self.base_ms) * 1e6;
        (ns.abs() <= INCREMENTS_MAX as f64).then_some(ns)
    }
}

/// Byte after the speed of a depth stream ("@100ms"), where there is one.
#[inline(always)]
fn speed_at(bytes: &[u8], at: usize) -> Option<usize> {
    if byte(bytes, at) != b'@' {
        return Some(at);
    }
    let digits = bytes[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    if digits == 0 { None } else { text_at(bytes, at + 1 + digits, b"ms") }
}

/// A key of one letter with its colon; gives the letter and the byte after.
#[inline(always)]
fn key_at(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match bytes.get(at..at + 4) {
        Some([b'"', key, b'"', b':']) if key.is_ascii_alphabetic() => Some((*key, at + 4)),
        _ => None,
    }
}

/// Keeps a value read and gives the byte after it.
#[inline(always)]
fn take<T>(target: &mut T, (value, end): (T, usize)) -> usize {
    *target = value;
    end
}

/// After a value: whether another member follows. `p` moves behind the comma or the brace; a repeated key is refused.
#[inline(always)]
fn goes_on(bytes: &[u8], p: &mut usize, seen: &mut u64, key: u64) -> Option<bool> {
    if *seen & key != 0 {
        return None;
    }
    *seen |= key;
    let more = match byte(bytes, *p) {
        b',' => true,
        b'}' => false,
        _ => return None,
    };
    *p += 1;
    Some(more)
}
