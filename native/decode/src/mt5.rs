//! MetaTrader 5 ticks as a bridge's JSON and as rows of "export ticks": the twins of `src/feed/decode/mt5.ts` and
//! `mt5-csv.ts`, which document the order in which codes win.

use crate::fast::{byte, json_decimal_at, text_at, whole_at};
use crate::fields::{Field, FieldTable, Keys, Kind, kind_of, name, skip_value};
use crate::json::{Refusal, invalid_utf8_at, key_equals, space};
use crate::layout::{Code, Slot, tick};
use crate::limits::FRAME_BYTES_MAX;
use crate::reader::Reader;
use crate::slots::slot;
use crate::symbols::Symbols;
use crate::time::{csv_ns, millisecond_ns};

const STATUS: usize = name(0);
const SYMBOL: usize = name(1);
const TIMEFRAME: usize = name(2);
const DATA: usize = name(3);
const KEYS: Keys = Keys { letters: "", names: &["status", "symbol", "timeframe", "data"] };

fn quote(instrument: usize, event: f64, recv: f64, bid: f64, ask: f64) -> Slot {
    slot(tick::QUOTE, instrument, [event, recv, bid, 0.0, ask, 0.0, 0.0])
}

fn refuse<T>(code: Code, at: usize) -> Result<T, Refusal> {
    Err(Refusal { code, at })
}

pub struct Mt5 {
    reader: Reader,
    fields: FieldTable,
}

impl Mt5 {
    pub fn new(base_ms: f64) -> Self {
        Self { reader: Reader { quoted: false, base_ms }, fields: FieldTable::new(KEYS) }
    }

    /// Decodes a frame in its exact plain form; none when it is another, which the general path then judges.
    pub fn fast(&self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Option<usize> {
        if bytes.len() > FRAME_BYTES_MAX {
            return None;
        }
        let status = text_at(bytes, 0, b"{\"status\":\"")?;
        let after_status = status + bytes[status..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let symbol = text_at(bytes, after_status, b"\",\"symbol\":\"")?;
        let length = bytes[symbol..].iter().position(|c| *c == b'"')?;
        let instrument = symbols.find(&bytes[symbol..symbol + length])?;
        let time = text_at(bytes, symbol + length, b"\",\"timeframe\":\"TICK\",\"data\":[")?;
        let (_, mut time_end) = whole_at(bytes, time)?;
        if byte(bytes, time_end) == b'.' {
            time_end += 1 + bytes[time_end + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
        }
        let of = &symbols.items[instrument];
        let (bid, bid_end) = json_decimal_at(bytes, text_at(bytes, time_end, b",")?, of.price)?;
        let (ask, ask_end) = json_decimal_at(bytes, text_at(bytes, bid_end, b",")?, of.price)?;
        let end = text_at(bytes, ask_end, b"]}")?;
        let event = millisecond_ns(&bytes[time..time_end], self.reader.base_ms)?;
        if end != bytes.len() || bid == 0 || ask == 0 {
            return None;
        }
        *out.first_mut()? = quote(instrument, event, recv, bid as f64, ask as f64);
        Some(1)
    }

    /// Decodes one frame whose text has been judged good; `out` has at least one slot.
    pub fn frame(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Result<usize, Refusal> {
        let open = space(bytes, 0);
        match bytes[open] {
            b'{' => {}
            b'[' => return refuse(Code::array_frame, open),
            _ => return refuse(Code::garbage_text, open),
        }
        self.fields.read(bytes, open);
        if let Some(at) = self.fields.duplicate_at {
            return refuse(Code::duplicate_keys, at);
        }
        let has = |key: usize| self.fields.get(key).kind != Kind::Absent;
        if !has(TIMEFRAME) {
            return if has(STATUS) { Ok(0) } else { refuse(Code::missing_field, open) };
        }
        let timeframe = self.fields.get(TIMEFRAME);
        if timeframe.kind != Kind::String || !key_equals(content(bytes, timeframe), b"TICK") {
            return Ok(0);
        }
        if !has(SYMBOL) || !has(DATA) {
            return refuse(Code::missing_field, open);
        }
        let symbol = self.fields.get(SYMBOL);
        let found = if symbol.kind == Kind::String { symbols.find_text(content(bytes, symbol)) } else { None };
        let Some(instrument) = found else { return refuse(Code::unknown_symbol, symbol.start) };
        let data = self.fields.get(DATA);
        let Some([time, bid, ask]) = three_values(bytes, data) else {
            return refuse(Code::field_invalid, data.start);
        };
        let of = &symbols.items[instrument];
        let bid = self.reader.price(bytes, bid, of, false)?;
        let ask = self.reader.price(bytes, ask, of, false)?;
        let Some(event) = millisecond_ns(&bytes[time.start..time.end], self.reader.base_ms) else {
            return refuse(Code::time_invalid, time.start);
        };
        out[0] = quote(instrument, event, recv, bid, ask);
        Ok(1)
    }
}

fn content(bytes: &[u8], string: Field) -> &[u8] {
    &bytes[string.start + 1..string.end - 1]
}

/// The first three values of an array that has as many.
fn three_values(bytes: &[u8], array: Field) -> Option<[Field; 3]> {
    if array.kind != Kind::Array {
        return None;
    }
    let mut values = [Field::default(); 3];
    let mut p = space(bytes, array.start + 1);
    for value in &mut values {
        if bytes[p] == b']' {
            return None;
        }
        *value = Field { kind: kind_of(bytes[p]), start: p, end: skip_value(bytes, p) };
        p = space(bytes, value.end);
        if bytes[p] == b',' {
            p = space(bytes, p + 1);
        }
    }
    Some(values)
}

/// symbol, date, time, bid, ask: those that are read
const COLUMNS_READ: usize = 5;
/// with last, volume and flags: a row of fewer was cut, and the last price that is there may be half of one
const TABS: usize = 7;

pub struct Mt5Csv {
    reader: Reader,
    /// last bid and ask by instrument
    sides: Vec<[Option<f64>; 2]>,
}

impl Mt5Csv {
    pub fn new(base_ms: f64) -> Self {
        Self { reader: Reader { quoted: false, base_ms }, sides: Vec::new() }
    }

    /// Decodes one row; `out` has at least one slot. A row with an error changes no side, but one
    /// that only lacks a side which none has told yet keeps the other.
    pub fn row(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Result<usize, Refusal> {
        if bytes.is_empty() {
            return refuse(Code::empty_frame, 0);
        }
        if bytes.len() > FRAME_BYTES_MAX {
            return refuse(Code::huge_frame, FRAME_BYTES_MAX);
        }
        if let Some(at) = invalid_utf8_at(bytes) {
            return refuse(Code::invalid_utf8, at);
        }
        let Some(columns) = split(bytes) else { return refuse(Code::truncated_json, bytes.len()) };
        let [symbol, date, time, bid, ask] = columns;
        let Some(instrument) = symbols.find(&bytes[symbol.start..symbol.end]) else {
            return refuse(Code::unknown_symbol, 0);
        };
        let Some(event) = csv_ns(&bytes[date.start..time.end], self.reader.base_ms) else {
            return refuse(Code::time_invalid, date.start);
        };
        if self.sides.len() < symbols.items.len() {
            self.sides.resize(symbols.items.len(), [None; 2]);
        }
        let [last_bid, last_ask] = self.sides[instrument];
        let told_bid = self.side(symbols, bytes, bid, instrument, last_bid)?;
        let told_ask = self.side(symbols, bytes, ask, instrument, last_ask)?;
        self.sides[instrument] = [told_bid, told_ask];
        let Some(bid) = told_bid else { return refuse(Code::missing_field, bid.start) };
        let Some(ask) = told_ask else { return refuse(Code::missing_field, ask.start) };
        out[0] = quote(instrument, event, recv, bid, ask);
        Ok(1)
    }

    /// Price of a column, `carried` where it is empty: none where no row has told it yet.
    fn side(
        &self,
        symbols: &Symbols,
        bytes: &[u8],
        column: Field,
        instrument: usize,
        carried: Option<f64>,
    ) -> Result<Option<f64>, Refusal> {
        if column.start < column.end {
            return self.reader.price(bytes, column, &symbols.items[instrument], false).map(Some);
        }
        Ok(carried)
    }
}

/// The first five columns of a row that has all eight.
fn split(bytes: &[u8]) -> Option<[Field; COLUMNS_READ]> {
    let mut columns = [Field::default(); COLUMNS_READ];
    let mut start = 0;
    for n in 0..TABS {
        let end = start + bytes[start..].iter().position(|c| *c == b'\t')?;
        if let Some(column) = columns.get_mut(n) {
            *column = Field { kind: Kind::String, start, end };
        }
        start = end + 1;
    }
    Some(columns)
}
