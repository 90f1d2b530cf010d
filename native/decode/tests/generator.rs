//! A small deterministic generator of numbers and mutations, so that the crate needs no dependency for its tests.
#![allow(dead_code)]

pub struct Generator(u64);

impl Generator {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// splitmix64
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    /// Changes a text in one to three places: bytes replaced, taken out, doubled, or tokens put in.
    pub fn mutate(&mut self, text: &[u8]) -> Vec<u8> {
        const TOKENS: &[&[u8]] = &[
            b"\"",
            b",",
            b":",
            b"{",
            b"}",
            b"[",
            b"]",
            b"\\",
            b" ",
            b"0",
            b"9",
            b"-",
            b".",
            b"e9",
            b"null",
            b"true",
            b"\"x\":1,",
            b"\"p\":\"1\",",
            b"\\u0070",
            b"00000000",
            b"1234567890",
            b"\x01",
            b"\xff",
            b"\xe2\x82\xac",
            b"\"__proto__\":1,",
            b"[\"1\",\"2\"],",
            b"\"0.00000001\"",
            b"9007199254740991",
            b"\"pu\":1,",
            b"\"T\":\"t\",",
            b"\"c\":[\"a\"],",
            b"2024-02-30",
            b"T24:",
            b"+23:59",
            b".5",
            b"\0\0\0\0\0\0\0\0\0\0",
        ];
        let mut bytes = text.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(12)).min(bytes.len());
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] = self.number() as u8,
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
                3 => bytes.truncate(at),
                _ => {
                    let token = self.pick(TOKENS);
                    bytes.splice(at..at, token.iter().copied());
                }
            }
        }
        bytes
    }
}
