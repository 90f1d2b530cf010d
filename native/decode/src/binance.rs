//! Binance messages of any spacing, key order and extra keys: the twin of `src/feed/decode/binance-general.ts`, which
//! documents the order in which codes win.

use crate::binance_names::{StreamKind, event_kind, stream_kind};
use crate::fields::{FieldTable, Keys, Kind, name};
use crate::json::{Refusal, resolve_ascii, space};
use crate::layout::{Code, Slot, tick};
use crate::limits::RESOLVED_BYTES_MAX;
use crate::reader::{Reader, id};
use crate::slots::{ASKS, BIDS, level_slots, slot};
use crate::symbols::Symbols;

const STREAM: usize = name(0);
const DATA: usize = name(1);
const RESULT: usize = name(2);
const ERROR: usize = name(3);
const CODE: usize = name(4);
const MSG: usize = name(5);
pub const PU: usize = name(6);
const LAST_UPDATE_ID: usize = name(7);
const BIDS_KEY: usize = name(8);
const ASKS_KEY: usize = name(9);
const STATUS: usize = name(10);
const KEYS: Keys = Keys {
    letters: "eEsStTpqmMabABuUXflni",
    names: &["stream", "data", "result", "error", "code", "msg", "pu", "lastUpdateId", "bids", "asks", "status"],
};
const HTTP_ERROR_FROM: f64 = 400.0;

pub const fn letter(key: u8) -> usize {
    key as usize
}

pub struct BinanceGeneral {
    pub(crate) usdm: bool,
    pub(crate) reader: Reader,
    pub(crate) fields: FieldTable,
    /// the brace of the object that `fields` was read from
    object: usize,
}

/// The part of a stream's name before its "@".
type Prefix<'a> = Option<&'a [u8]>;

impl BinanceGeneral {
    /// `usdm`: USD-M futures, where depth updates name their predecessor.
    pub fn new(usdm: bool, base_ms: f64) -> Self {
        Self { usdm, reader: Reader { quoted: true, base_ms }, fields: FieldTable::new(KEYS), object: 0 }
    }

    /// Decodes one frame whose text has been judged good; `out` has at least one slot.
    pub fn frame(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.open(bytes)?;
        if self.has(STREAM) {
            return self.stream(symbols, bytes, recv, out);
        }
        if self.has(letter(b'e')) {
            return match self.event_kind(bytes) {
                StreamKind::Silent => Ok(0),
                StreamKind::Unknown => self.refuse(Code::unknown_event_type, letter(b'e')),
                kind => self.message(symbols, bytes, kind, None, recv, out),
            };
        }
        self.control(symbols, bytes, recv, out)
    }

    pub fn snapshot(
        &mut self,
        symbols: &Symbols,
        bytes: &[u8],
        instrument: usize,
        recv: f64,
        out: &mut [Slot],
    ) -> Result<usize, Refusal> {
        self.open(bytes)?;
        self.require(&[LAST_UPDATE_ID, BIDS_KEY, ASKS_KEY])?;
        let last_id = id(bytes, self.fields.get(LAST_UPDATE_ID))?;
        let emitted = self.fields.letter(b'E');
        let event = if emitted.kind == Kind::Absent { recv } else { self.reader.epoch_time(bytes, emitted)? };
        let bids = self.levels(symbols, bytes, BIDS_KEY, instrument, BIDS, &mut out[1..])?;
        let after_bids = 1 + level_slots(bids);
        let asks = self.levels(symbols, bytes, ASKS_KEY, instrument, ASKS, &mut out[after_bids..])?;
        let values = [event, recv, 0.0, 0.0, bids as f64, asks as f64, last_id];
        out[0] = slot(tick::SNAPSHOT, instrument, values);
        Ok(after_bids + level_slots(asks))
    }

    fn open(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let at = space(bytes, 0);
        match bytes[at] {
            b'{' => self.enter(bytes, at),
            b'[' => Err(Refusal { code: Code::array_frame, at }),
            _ => Err(Refusal { code: Code::garbage_text, at }),
        }
    }

    fn enter(&mut self, bytes: &[u8], open: usize) -> Result<(), Refusal> {
        self.object = open;
        self.fields.read(bytes, open);
        self.fields.duplicate_at.map_or(Ok(()), |at| Err(Refusal { code: Code::duplicate_keys, at }))
    }

    fn stream(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Result<usize, Refusal> {
        let stream = self.fields.get(STREAM);
        if stream.kind != Kind::String {
            return self.refuse(Code::unknown_stream, STREAM);
        }
        let mut resolved = [0; RESOLVED_BYTES_MAX];
        let plain = &bytes[stream.start + 1..stream.end - 1];
        let content = resolve_ascii(plain, &mut resolved).map_or(plain, |length| &resolved[..length]);
        let all_symbols = content.first() == Some(&b'!');
        let prefix = if all_symbols { 0 } else { content.iter().take_while(|c| **c != b'@').count() };
        let kind = stream_kind(content.get(prefix + 1..).unwrap_or_default());
        match kind {
            StreamKind::Silent => return Ok(0),
            StreamKind::Unknown => return self.refuse(Code::unknown_stream, STREAM),
            _ => {}
        }
        let data = self.fields.get(DATA);
        match data.kind {
            Kind::Object => self.enter(bytes, data.start)?,
            Kind::Absent => return self.missing(Code::missing_field),
            Kind::Array => return self.refuse(Code::array_frame, DATA),
            _ => return self.refuse(Code::field_invalid, DATA),
        }
        if !self.has(letter(b'e')) {
            if kind != StreamKind::BookTicker {
                return self.missing(Code::missing_field);
            }
        } else if self.event_kind(bytes) != kind {
            return self.refuse(Code::unknown_event_type, letter(b'e'));
        }
        let prefix = (!all_symbols).then_some(&content[..prefix]);
        self.message(symbols, bytes, kind, prefix, recv, out)
    }

    fn control(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Result<usize, Refusal> {
        if self.has(ERROR) {
            return self.refuse(Code::venue_error, ERROR);
        }
        if self.has(CODE) && self.has(MSG) {
            return self.refuse(Code::venue_error, CODE);
        }
        if self.has(STATUS) {
            let status = id(bytes, self.fields.get(STATUS)).unwrap_or(HTTP_ERROR_FROM);
            return if status >= HTTP_ERROR_FROM { self.refuse(Code::venue_error, STATUS) } else { Ok(0) };
        }
        if self.has(RESULT) {
            return Ok(0);
        }
        if b"usbBaA".iter().all(|key| self.has(letter(*key))) {
            return self.message(symbols, bytes, StreamKind::BookTicker, None, recv, out);
        }
        if self.has(LAST_UPDATE_ID) { Ok(0) } else { self.missing(Code::unknown_event_type) }
    }

    fn message(
        &mut self,
        symbols: &Symbols,
        bytes: &[u8],
        kind: StreamKind,
        prefix: Prefix,
        recv: f64,
        out: &mut [Slot],
    ) -> Result<usize, Refusal> {
        let symbol = self.fields.letter(b's');
        let found = match symbol.kind {
            Kind::Absent => return self.missing(Code::missing_field),
            Kind::String => symbols.find_text(&bytes[symbol.start + 1..symbol.end - 1]),
            _ => None,
        };
        let fits = |index: &usize| prefix.is_none_or(|prefix| *symbols.items[*index].lower == *prefix);
        let Some(instrument) = found.filter(fits) else {
            return self.refuse(Code::unknown_symbol, letter(b's'));
        };
        match kind {
            StreamKind::BookTicker => self.quote(symbols, bytes, instrument, recv, out),
            StreamKind::Depth => self.depth(symbols, bytes, instrument, recv, out),
            _ => self.trade(symbols, bytes, instrument, kind == StreamKind::AggTrade, recv, out),
        }
    }

    pub(crate) fn has(&self, key: usize) -> bool {
        self.fields.get(key).kind != Kind::Absent
    }

    pub(crate) fn require(&self, keys: &[usize]) -> Result<(), Refusal> {
        if keys.iter().all(|key| self.has(*key)) { Ok(()) } else { self.missing(Code::missing_field) }
    }

    fn event_kind(&self, bytes: &[u8]) -> StreamKind {
        let event = self.fields.letter(b'e');
        if event.kind != Kind::String {
            return StreamKind::Unknown;
        }
        event_kind(&bytes[event.start + 1..event.end - 1])
    }

    /// A refusal at the value of `key`.
    pub(crate) fn refuse<T>(&self, code: Code, key: usize) -> Result<T, Refusal> {
        Err(Refusal { code, at: self.fields.get(key).start })
    }

    /// A refusal at the brace of the object that lacks something.
    pub(crate) fn missing<T>(&self, code: Code) -> Result<T, Refusal> {
        Err(Refusal { code, at: self.object })
    }
}
