//! Fields of Binance messages, in the order in which codes win (`src/feed/decode/binance-messages.ts`).

use crate::binance::{BinanceGeneral, PU, letter};
use crate::fields::{Field, Kind};
use crate::json::Refusal;
use crate::layout::{Code, Slot, TRADE_AGGREGATE, tick};
use crate::levels::read_levels;
use crate::reader::{QtyRole, id};
use crate::slots::{ASKS, BIDS, level_slots, slot};
use crate::symbols::Symbols;

impl BinanceGeneral {
    pub(crate) fn trade(
        &self,
        symbols: &Symbols,
        bytes: &[u8],
        instrument: usize,
        aggregate: bool,
        recv: f64,
        out: &mut [Slot],
    ) -> Result<usize, Refusal> {
        let id_key = if aggregate { b'a' } else { b't' };
        self.require(&[b'p', b'q', id_key, b'm'].map(letter))?;
        if !self.has(letter(b'E')) || !self.has(letter(b'T')) {
            return self.missing(Code::time_missing);
        }
        let of = &symbols.items[instrument];
        let price = self.reader.price(bytes, self.fields.letter(b'p'), of, false)?;
        let qty = self.reader.qty(bytes, self.fields.letter(b'q'), of, QtyRole::Traded)?;
        let emitted = self.reader.epoch_time(bytes, self.fields.letter(b'E'))?;
        let traded = self.reader.epoch_time(bytes, self.fields.letter(b'T'))?;
        let trade_id = id(bytes, self.fields.letter(id_key))?;
        let aggressor = match self.fields.letter(b'm').kind {
            Kind::True => -1.0,
            Kind::False => 1.0,
            _ => return self.refuse(Code::field_invalid, letter(b'm')),
        };
        let head = if aggregate { TRADE_AGGREGATE } else { tick::TRADE };
        out[0] = slot(head, instrument, [traded, recv, price, qty, aggressor, emitted - traded, trade_id]);
        Ok(1)
    }

    pub(crate) fn quote(
        &self,
        symbols: &Symbols,
        bytes: &[u8],
        instrument: usize,
        recv: f64,
        out: &mut [Slot],
    ) -> Result<usize, Refusal> {
        self.require(&[b'u', b'b', b'B', b'a', b'A'].map(letter))?;
        let update_id = id(bytes, self.fields.letter(b'u'))?;
        let (bid, bid_qty) = self.side(symbols, bytes, b'b', b'B', instrument)?;
        let (ask, ask_qty) = self.side(symbols, bytes, b'a', b'A', instrument)?;
        let emitted = self.fields.letter(b'E');
        let time = if emitted.kind == Kind::Absent { self.fields.letter(b'T') } else { emitted };
        let event = if time.kind == Kind::Absent { recv } else { self.reader.epoch_time(bytes, time)? };
        out[0] = slot(tick::QUOTE, instrument, [event, recv, bid, bid_qty, ask, ask_qty, update_id]);
        Ok(1)
    }

    fn side(
        &self,
        symbols: &Symbols,
        bytes: &[u8],
        price_key: u8,
        qty_key: u8,
        instrument: usize,
    ) -> Result<(f64, f64), Refusal> {
        let of = &symbols.items[instrument];
        let price = self.reader.price(bytes, self.fields.letter(price_key), of, true)?;
        let qty = self.reader.qty(bytes, self.fields.letter(qty_key), of, QtyRole::Displayed)?;
        if price == 0.0 && qty != 0.0 {
            return self.refuse(Code::price_zero, letter(price_key));
        }
        Ok((price, qty))
    }

    pub(crate) fn depth(
        &self,
        symbols: &Symbols,
        bytes: &[u8],
        instrument: usize,
        recv: f64,
        out: &mut [Slot],
    ) -> Result<usize, Refusal> {
        self.require(&[b'U', b'u', b'b', b'a'].map(letter))?;
        if self.usdm {
            self.require(&[PU])?;
        }
        let emitted = self.fields.letter(b'E');
        if emitted.kind == Kind::Absent {
            return self.missing(Code::time_missing);
        }
        let event = self.reader.epoch_time(bytes, emitted)?;
        let first = id(bytes, self.fields.letter(b'U'))?;
        let last = id(bytes, self.fields.letter(b'u'))?;
        if last < first {
            return self.refuse(Code::id_invalid, letter(b'u'));
        }
        let previous = if self.has(PU) { id(bytes, self.fields.get(PU))? } else { -1.0 };
        let bids = self.levels(symbols, bytes, letter(b'b'), instrument, BIDS, &mut out[1..])?;
        let after_bids = 1 + level_slots(bids);
        let asks = self.levels(symbols, bytes, letter(b'a'), instrument, ASKS, &mut out[after_bids..])?;
        let values = [event, recv, first, previous, bids as f64, asks as f64, last];
        out[0] = slot(tick::DEPTH, instrument, values);
        Ok(after_bids + level_slots(asks))
    }

    pub(crate) fn levels(
        &self,
        symbols: &Symbols,
        bytes: &[u8],
        key: usize,
        instrument: usize,
        side: f64,
        out: &mut [Slot],
    ) -> Result<usize, Refusal> {
        let Field { kind, start, .. } = self.fields.get(key);
        if kind != Kind::Array {
            return self.refuse(Code::field_invalid, key);
        }
        read_levels(&self.reader, bytes, start, &symbols.items[instrument], side, out)
    }
}
