//! Instruments by the bytes of their symbol: the twin of `src/feed/decode/symbols.ts`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::decimal::Increment;

#[derive(Clone, Debug)]
pub struct Instrument {
    /// symbol as given and in lower case (the prefix of Binance stream names)
    pub symbol: Box<[u8]>,
    pub lower: Box<[u8]>,
    pub price: Increment,
    pub qty: Increment,
    pub allows_negative_price: bool,
}

#[derive(Default)]
pub struct Symbols {
    pub items: Vec<Instrument>,
    exact: HashMap<Box<[u8]>, u32, BuildHasherDefault<ByteHasher>>,
    lower: HashMap<Box<[u8]>, u32, BuildHasherDefault<ByteHasher>>,
}

impl Symbols {
    /// Adds the next instrument; its index is its place. Of equal names the first wins.
    pub fn add(&mut self, instrument: Instrument) {
        let index = self.items.len() as u32;
        self.exact.entry(instrument.symbol.clone()).or_insert(index);
        self.lower.entry(instrument.lower.clone()).or_insert(index);
        self.items.push(instrument);
    }

    pub fn find(&self, symbol: &[u8]) -> Option<usize> {
        self.exact.get(symbol).map(|index| *index as usize)
    }

    pub fn find_lower(&self, symbol: &[u8]) -> Option<usize> {
        self.lower.get(symbol).map(|index| *index as usize)
    }
}

/// FNV-1a: symbols are short and come from the configuration, not from an attacker.
pub struct ByteHasher(u64);

impl Default for ByteHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for ByteHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
