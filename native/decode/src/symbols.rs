//! Instruments by the bytes of their symbol: the twin of `src/feed/decode/symbols.ts`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::decimal::Increment;
use crate::json::resolve_ascii;
use crate::limits::RESOLVED_BYTES_MAX;

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

    /// As `find`, for the content of a JSON string: escapes are resolved where it is ASCII of at most
    /// `RESOLVED_BYTES_MAX`.
    pub fn find_text(&self, content: &[u8]) -> Option<usize> {
        self.find(content).or_else(|| {
            let mut resolved = [0; RESOLVED_BYTES_MAX];
            let length = resolve_ascii(content, &mut resolved)?;
            self.find(&resolved[..length])
        })
    }

    pub fn find_lower(&self, symbol: &[u8]) -> Option<usize> {
        self.lower.get(symbol).map(|index| *index as usize)
    }
}

/// Eight bytes a multiplication: symbols are short and come from the configuration, not from an attacker.
#[derive(Default)]
pub struct ByteHasher(u64);

impl ByteHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for ByteHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    fn write(&mut self, bytes: &[u8]) {
        let (chunks, rest) = bytes.as_chunks::<8>();
        for chunk in chunks {
            self.mix(u64::from_le_bytes(*chunk));
        }
        self.mix(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
}
