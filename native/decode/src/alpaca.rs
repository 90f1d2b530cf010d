//! Alpaca market data v2 messages of any spacing and key order: the twin of `src/feed/decode/alpaca-general.ts`, which
//! documents the order in which codes win.

use crate::alpaca_names::{Message, named, trading_status};
use crate::fields::{Field, FieldTable, Keys, Kind, name, skip_value};
use crate::json::{Refusal, space};
use crate::layout::{Code, Slot, tick};
use crate::reader::{QtyRole, Reader, wide_id};
use crate::slots::{slot, write_error};
use crate::symbols::{Instrument, Symbols};

const BP: usize = name(0);
const BS: usize = name(1);
const AP: usize = name(2);
const AS: usize = name(3);
const TKS: usize = name(4);
const VW: usize = name(5);
const SC: usize = name(6);
const OI: usize = name(7);
const OP: usize = name(8);
const OS: usize = name(9);
const CI: usize = name(10);
const CP: usize = name(11);
const CS: usize = name(12);
const KEYS: Keys = Keys {
    letters: "TStixpsudaohlcvn",
    names: &["bp", "bs", "ap", "as", "tks", "vw", "sc", "oi", "op", "os", "ci", "cp", "cs"],
};

const fn letter(key: u8) -> usize {
    key as usize
}

/// What every message's tick needs.
struct Context<'a> {
    bytes: &'a [u8],
    of: &'a Instrument,
    instrument: usize,
    recv: f64,
}

pub struct AlpacaGeneral {
    reader: Reader,
    fields: FieldTable,
    object: usize,
}

impl AlpacaGeneral {
    pub fn new(base_ms: f64) -> Self {
        Self { reader: Reader { quoted: false, base_ms }, fields: FieldTable::new(KEYS), object: 0 }
    }

    /// Decodes one frame whose text has been judged good; `out` has at least one slot.
    pub fn frame(&mut self, symbols: &Symbols, bytes: &[u8], recv: f64, out: &mut [Slot]) -> Result<usize, Refusal> {
        let mut p = space(bytes, 0);
        match bytes[p] {
            b'[' => {}
            b'{' => return Err(Refusal { code: Code::unknown_event_type, at: p }),
            _ => return Err(Refusal { code: Code::garbage_text, at: p }),
        }
        p = space(bytes, p + 1);
        let mut count = 0;
        while bytes[p] != b']' {
            // A message fills at most two slots.
            if count + 2 > out.len() {
                return Err(Refusal { code: Code::slots_full, at: p });
            }
            let free = &mut out[count..];
            let written = self.message(symbols, bytes, p, recv, free);
            count += written.unwrap_or_else(|refusal| write_error(free, refusal));
            p = space(bytes, skip_value(bytes, p));
            if bytes[p] == b',' {
                p = space(bytes, p + 1);
            }
        }
        Ok(count)
    }

    fn message(
        &mut self,
        symbols: &Symbols,
        bytes: &[u8],
        open: usize,
        recv: f64,
        out: &mut [Slot],
    ) -> Result<usize, Refusal> {
        self.object = open;
        match bytes[open] {
            b'{' => {}
            b'[' => return Err(Refusal { code: Code::array_frame, at: open }),
            _ => return Err(Refusal { code: Code::garbage_text, at: open }),
        }
        self.fields.read(bytes, open);
        if let Some(at) = self.fields.duplicate_at {
            return Err(Refusal { code: Code::duplicate_keys, at });
        }
        let kind = self.fields.letter(b'T');
        let message = match kind.kind {
            Kind::Absent => return self.missing(Code::missing_field),
            Kind::String => named(&bytes[kind.start + 1..kind.end - 1]).map(|(_, message)| message),
            _ => None,
        };
        match message {
            None => return self.refuse(Code::unknown_T, letter(b'T')),
            Some(Message::Error) => return self.refuse(Code::venue_error, letter(b'T')),
            Some(Message::Silent) => return Ok(0),
            Some(_) => {}
        }
        let symbol = self.fields.letter(b'S');
        let found = match symbol.kind {
            Kind::Absent => return self.missing(Code::missing_field),
            Kind::String => symbols.find_text(&bytes[symbol.start + 1..symbol.end - 1]),
            _ => None,
        };
        let Some(instrument) = found else {
            return self.refuse(Code::unknown_symbol, letter(b'S'));
        };
        let context = Context { bytes, of: &symbols.items[instrument], instrument, recv };
        match message {
            Some(Message::Trade) => self.trade(&context, out),
            Some(Message::Quote) => self.quote(&context, out),
            Some(Message::Bar) => self.bar(&context, out),
            Some(Message::Status) => self.status(&context, out),
            Some(Message::Luld) => self.luld(&context, out),
            Some(Message::Correction) => self.correction(&context, out),
            _ => self.cancel(&context, out),
        }
    }

    fn trade(&self, context: &Context, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.need(&[b'p', b's', b'i'].map(letter))?;
        let price = self.price(context, letter(b'p'))?;
        let qty = self.qty(context, letter(b's'), QtyRole::Traded)?;
        let event = self.time(context)?;
        let id = wide_id(context.bytes, self.fields.letter(b'i'))?;
        let aggressor = match self.char_of(context, TKS) {
            b'B' => 1.0,
            b'S' => -1.0,
            _ => 0.0,
        };
        let exchange = f64::from(self.char_of(context, letter(b'x')));
        let values = [event, context.recv, price, qty, aggressor, exchange, id];
        out[0] = slot(tick::TRADE, context.instrument, values);
        Ok(1)
    }

    fn quote(&self, context: &Context, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.need(&[BP, BS, AP, AS])?;
        let (bid, bid_qty) = self.side(context, BP, BS)?;
        let (ask, ask_qty) = self.side(context, AP, AS)?;
        let event = self.time(context)?;
        out[0] = slot(tick::QUOTE, context.instrument, [event, context.recv, bid, bid_qty, ask, ask_qty, 0.0]);
        Ok(1)
    }

    fn bar(&self, context: &Context, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.need(&[b'o', b'h', b'l', b'c', b'v'].map(letter))?;
        let open = self.price(context, letter(b'o'))?;
        let high = self.price(context, letter(b'h'))?;
        let low = self.price(context, letter(b'l'))?;
        let close = self.price(context, letter(b'c'))?;
        let volume = self.qty(context, letter(b'v'), QtyRole::Displayed)?;
        let event = self.time(context)?;
        let trades = self.fields.letter(b'n');
        let count = if trades.kind == Kind::Absent { 0.0 } else { wide_id(context.bytes, trades)? };
        let kind = self.fields.letter(b'T');
        let source = named(&context.bytes[kind.start + 1..kind.end - 1]).map_or(0, |(name, _)| name[0]);
        let period = if source == b'd' { 86_400.0 } else { 60.0 };
        let more = [event, context.recv, count, self.vwap(context), period, f64::from(source), 0.0];
        out[0] = slot(tick::BAR, context.instrument, [event, context.recv, open, high, low, close, volume]);
        out[1] = slot(tick::BAR_MORE, context.instrument, more);
        Ok(2)
    }

    /// Average price as a double: the nearest one of the text, times 10^scale, divided by the increment's units.
    fn vwap(&self, context: &Context) -> f64 {
        let Field { kind, start, end } = self.fields.get(VW);
        if kind != Kind::Number {
            return 0.0;
        }
        let text = std::str::from_utf8(&context.bytes[start..end]).unwrap_or_default();
        let step = context.of.price;
        text.parse::<f64>().unwrap_or(f64::NAN) * crate::decimal::POW10[step.scale as usize] / step.units as f64
    }

    fn status(&self, context: &Context, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.need(&[SC])?;
        if self.fields.get(SC).kind != Kind::String {
            return self.refuse(Code::field_invalid, SC);
        }
        let event = self.time(context)?;
        let status = trading_status(self.char_of(context, SC));
        out[0] = slot(tick::STATUS, context.instrument, [event, context.recv, status, 0.0, 0.0, 0.0, 0.0]);
        Ok(1)
    }

    fn luld(&self, context: &Context, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.need(&[b'u', b'd'].map(letter))?;
        let up = self.reader.band_price(context.bytes, self.fields.letter(b'u'), context.of)?;
        let down = self.reader.band_price(context.bytes, self.fields.letter(b'd'), context.of)?;
        let event = self.time(context)?;
        let indicator = f64::from(self.char_of(context, letter(b'i')));
        out[0] = slot(tick::LULD, context.instrument, [event, context.recv, up, down, indicator, 0.0, 0.0]);
        Ok(1)
    }

    fn correction(&self, context: &Context, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.need(&[OI, OP, OS, CI, CP, CS])?;
        let price = self.price(context, OP)?;
        let qty = self.qty(context, OS, QtyRole::Traded)?;
        let new_price = self.price(context, CP)?;
        let new_qty = self.qty(context, CS, QtyRole::Traded)?;
        let event = self.time(context)?;
        let id = wide_id(context.bytes, self.fields.get(OI))?;
        let new_id = wide_id(context.bytes, self.fields.get(CI))?;
        let values = [event, context.recv, new_price, new_qty, price, qty, id];
        out[0] = slot(tick::CORRECTION, context.instrument, values);
        out[1] = slot(tick::TRADE_REF, context.instrument, [event, context.recv, new_id, 0.0, 0.0, 0.0, 0.0]);
        Ok(2)
    }

    fn cancel(&self, context: &Context, out: &mut [Slot]) -> Result<usize, Refusal> {
        self.need(&[b'i', b'p', b's'].map(letter))?;
        let price = self.price(context, letter(b'p'))?;
        let qty = self.qty(context, letter(b's'), QtyRole::Traded)?;
        let event = self.time(context)?;
        let id = wide_id(context.bytes, self.fields.letter(b'i'))?;
        let action = f64::from(self.char_of(context, letter(b'a')));
        out[0] = slot(tick::TRADE_CANCEL, context.instrument, [event, context.recv, price, qty, action, 0.0, id]);
        Ok(1)
    }

    fn price(&self, context: &Context, key: usize) -> Result<f64, Refusal> {
        self.reader.price(context.bytes, self.fields.get(key), context.of, false)
    }

    fn qty(&self, context: &Context, key: usize, role: QtyRole) -> Result<f64, Refusal> {
        self.reader.qty(context.bytes, self.fields.get(key), context.of, role)
    }

    /// A zero price is an empty side and needs a zero size.
    fn side(&self, context: &Context, price_key: usize, qty_key: usize) -> Result<(f64, f64), Refusal> {
        let price = self.reader.price(context.bytes, self.fields.get(price_key), context.of, true)?;
        let qty = self.qty(context, qty_key, QtyRole::Displayed)?;
        if price == 0.0 && qty != 0.0 {
            return self.refuse(Code::price_zero, price_key);
        }
        Ok((price, qty))
    }

    fn time(&self, context: &Context) -> Result<f64, Refusal> {
        self.reader.text_time(context.bytes, self.fields.letter(b't'))
    }

    /// The character of a string of one plain ASCII character, else 0.
    fn char_of(&self, context: &Context, key: usize) -> u8 {
        let Field { kind, start, end } = self.fields.get(key);
        if kind != Kind::String || end - start != 3 {
            return 0;
        }
        Some(context.bytes[start + 1]).filter(u8::is_ascii).unwrap_or(0)
    }

    fn need(&self, keys: &[usize]) -> Result<(), Refusal> {
        let has = |key: usize| self.fields.get(key).kind != Kind::Absent;
        if !keys.iter().all(|key| has(*key)) {
            return self.missing(Code::missing_field);
        }
        if has(letter(b't')) { Ok(()) } else { self.missing(Code::time_missing) }
    }

    fn refuse<T>(&self, code: Code, key: usize) -> Result<T, Refusal> {
        Err(Refusal { code, at: self.fields.get(key).start })
    }

    fn missing<T>(&self, code: Code) -> Result<T, Refusal> {
        Err(Refusal { code, at: self.object })
    }
}
