use crate::decimal::Increment;
use crate::layout::Slot;

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
        [Self::BinanceSpot, Self::BinanceUsdm, Self::Alpaca, Self::Mt5, Self::Mt5Csv].get(number as usize).copied()
    }
}
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
pub struct Step {
    pub frames: usize,
    pub slots: usize,
}
pub struct Decoder {}
impl Decoder {
    pub fn new(_feed: Feed, _base_ms: f64) -> Self {
        Self {}
    }
    pub fn add_instrument(&mut self, _s: &[u8], _i: u32, _p: Increment, _q: Increment, _n: bool) {}
    pub fn decode(&mut self, _f: &[u8], _r: f64, _o: &mut [Slot]) -> usize {
        0
    }
    pub fn decode_snapshot(&mut self, _f: &[u8], _i: u32, _r: f64, _o: &mut [Slot]) -> usize {
        0
    }
    pub fn decode_batch(&mut self, _b: &Batch, _o: &mut [Slot], _c: &mut [u32]) -> Option<Step> {
        None
    }
}
