//! One decoder: the feed's kind, the instruments, and what the feed needs to remember.

use crate::alpaca::AlpacaGeneral;
use crate::alpaca_fast::AlpacaFast;
use crate::binance::BinanceGeneral;
use crate::binance_fast::BinanceFast;
use crate::json::{Refusal, judge, space};
use crate::layout::{Code, Slot};
use crate::limits::{FRAME_BYTES_MAX, SNAPSHOT_BYTES_MAX};
use crate::mt5::{Mt5, Mt5Csv};
use crate::slots::write_error;
use crate::symbols::{Instrument, Symbols};

/// Kinds of feeds, numbered as `FEED_KINDS` of `src/feed/decode/decoder.ts` orders them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    BinanceSpot,
    BinanceUsdm,
    Alpaca,
    Mt5,
    Mt5Csv,
}

impl Feed {
    pub fn from_number(number: u32) -> Option<Self> {
        let feeds = [Self::BinanceSpot, Self::BinanceUsdm, Self::Alpaca, Self::Mt5, Self::Mt5Csv];
        feeds.get(number as usize).copied()
    }
}

pub struct Decoder {
    symbols: Symbols,
    feed: FeedDecoder,
}

#[allow(clippy::large_enum_variant)] // one of them exists a connection
enum FeedDecoder {
    Binance { fast: BinanceFast, general: BinanceGeneral },
    Alpaca { fast: AlpacaFast, general: AlpacaGeneral },
    Mt5(Mt5),
    Mt5Csv(Mt5Csv),
}

/// Frame types of a batch.
pub const STREAM_FRAME: u8 = 0;
pub const SNAPSHOT_FRAME: u8 = 1;

/// Many frames in one piece of memory. `instruments` is read for snapshot frames only; frames that are neither stream
/// frames nor snapshots give no slots.
pub struct Batch<'a> {
    pub bytes: &'a [u8],
    pub starts: &'a [u32],
    pub ends: &'a [u32],
    pub recv_ns: &'a [f64],
    pub types: &'a [u8],
    pub instruments: &'a [i32],
    pub first: usize,
    pub last: usize,
}

/// How far a batch came: frames consumed and slots written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub frames: usize,
    pub slots: usize,
}

impl Decoder {
    /// `base_ms`: UTC ms that event times are counted from.
    pub fn new(feed: Feed, base_ms: f64) -> Self {
        let feed = match feed {
            Feed::BinanceSpot | Feed::BinanceUsdm => {
                let usdm = feed == Feed::BinanceUsdm;
                let (fast, general) = (BinanceFast::new(usdm, base_ms), BinanceGeneral::new(usdm, base_ms));
                FeedDecoder::Binance { fast, general }
            }
            Feed::Alpaca => {
                let (fast, general) = (AlpacaFast::new(base_ms), AlpacaGeneral::new(base_ms));
                FeedDecoder::Alpaca { fast, general }
            }
            Feed::Mt5 => FeedDecoder::Mt5(Mt5::new(base_ms)),
            Feed::Mt5Csv => FeedDecoder::Mt5Csv(Mt5Csv::new(base_ms)),
        };
        Self { symbols: Symbols::default(), feed }
    }

    /// Adds the next instrument of the table.
    pub fn add_instrument(&mut self, instrument: Instrument) {
        self.symbols.add(instrument);
    }

    pub fn instruments(&self) -> usize {
        self.symbols.items.len()
    }

    /// Decodes one frame into `out`; gives the slots written, none where `out` is empty. Never panics.
    pub fn decode(&mut self, frame: &[u8], recv_ns: f64, out: &mut [Slot]) -> usize {
        let symbols = &self.symbols;
        let slots = match &mut self.feed {
            FeedDecoder::Binance { fast, .. } => fast.decode(symbols, frame, recv_ns, out),
            FeedDecoder::Alpaca { fast, .. } => fast.decode(symbols, frame, recv_ns, out),
            FeedDecoder::Mt5(both) => both.fast(symbols, frame, recv_ns, out),
            FeedDecoder::Mt5Csv(_) => None,
        };
        if let Some(slots) = slots {
            return slots;
        }
        self.decode_general(frame, recv_ns, out)
    }

    /// `decode` without the fast path, which must give the same.
    #[inline(never)]
    pub fn decode_general(&mut self, frame: &[u8], recv_ns: f64, out: &mut [Slot]) -> usize {
        if out.is_empty() {
            return 0;
        }
        let judged = || judge_frame(frame, FRAME_BYTES_MAX);
        let symbols = &self.symbols;
        let result = match &mut self.feed {
            FeedDecoder::Binance { general, .. } => judged().and_then(|()| general.frame(symbols, frame, recv_ns, out)),
            FeedDecoder::Alpaca { general, .. } => judged().and_then(|()| general.frame(symbols, frame, recv_ns, out)),
            FeedDecoder::Mt5(general) => judged().and_then(|()| general.frame(symbols, frame, recv_ns, out)),
            FeedDecoder::Mt5Csv(rows) => rows.row(symbols, frame, recv_ns, out),
        };
        result.unwrap_or_else(|refusal| write_error(out, refusal))
    }

    /// Decodes a REST depth snapshot of `instrument`; feeds without snapshots give none.
    pub fn decode_snapshot(&mut self, frame: &[u8], instrument: u32, recv_ns: f64, out: &mut [Slot]) -> usize {
        let instrument = instrument as usize;
        let FeedDecoder::Binance { general, .. } = &mut self.feed else { return 0 };
        if out.is_empty() || instrument >= self.symbols.items.len() {
            return 0;
        }
        judge_frame(frame, SNAPSHOT_BYTES_MAX)
            .and_then(|()| general.snapshot(&self.symbols, frame, instrument, recv_ns, out))
            .unwrap_or_else(|refusal| write_error(out, refusal))
    }

    /// Decodes the batch's frames `first` to `last` into `out`, as many as fit whole; `counts[i]` becomes the slots of frame i.
    /// A frame that does not even fit an empty `out` gives its `slots_full` there. None when the arrays do not fit together.
    pub fn decode_batch(&mut self, batch: &Batch, out: &mut [Slot], counts: &mut [u32]) -> Option<Step> {
        let Batch { first, last, .. } = *batch;
        let lengths = [batch.starts.len(), batch.ends.len(), batch.recv_ns.len(), batch.types.len()];
        if out.is_empty() || first > last || lengths.iter().any(|length| *length < last) || counts.len() < last {
            return None;
        }
        let mut slots = 0;
        for (i, count) in counts.iter_mut().enumerate().take(last).skip(first) {
            let frame = batch.bytes.get(batch.starts[i] as usize..batch.ends[i] as usize)?;
            let free = &mut out[slots..];
            if free.is_empty() {
                return Some(Step { frames: i - first, slots });
            }
            let written = match batch.types[i] {
                STREAM_FRAME => self.decode(frame, batch.recv_ns[i], free),
                SNAPSHOT_FRAME => {
                    let instrument = *batch.instruments.get(i)?;
                    self.decode_snapshot(frame, instrument.cast_unsigned(), batch.recv_ns[i], free)
                }
                _ => 0,
            };
            if slots > 0 && written == 1 && is_full(&free[0]) {
                return Some(Step { frames: i - first, slots });
            }
            *count = written as u32;
            slots += written;
        }
        Some(Step { frames: last - first, slots })
    }
}

fn is_full(slot: &Slot) -> bool {
    slot.head == [crate::layout::tick::ERROR, Code::slots_full as i32]
}

/// Judges a frame's text.
fn judge_frame(frame: &[u8], bytes_max: usize) -> Result<(), Refusal> {
    if space(frame, 0) == frame.len() {
        return Err(Refusal { code: Code::empty_frame, at: 0 });
    }
    if frame.len() > bytes_max {
        return Err(Refusal { code: Code::huge_frame, at: bytes_max });
    }
    judge(frame)
}
