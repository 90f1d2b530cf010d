//! Names of Alpaca messages: the twin of `src/feed/decode/alpaca-names.ts`.

use crate::json::key_equals;

/// What a message's T says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Trade,
    Quote,
    Bar,
    Status,
    Luld,
    Correction,
    Cancel,
    /// known, and without ticks: acknowledgements, news, order books, imbalances
    Silent,
    Error,
}

const MESSAGES: [(&[u8], Message); 15] = [
    (b"t", Message::Trade),
    (b"q", Message::Quote),
    (b"b", Message::Bar),
    (b"u", Message::Bar),
    (b"d", Message::Bar),
    (b"s", Message::Status),
    (b"l", Message::Luld),
    (b"c", Message::Correction),
    (b"x", Message::Cancel),
    (b"n", Message::Silent),
    (b"o", Message::Silent),
    (b"i", Message::Silent),
    (b"success", Message::Silent),
    (b"subscription", Message::Silent),
    (b"error", Message::Error),
];

/// Trading status of a status code (`TRADING_STATUS`): halted 2, trading 1, quote only 3, paused 4, else unknown.
pub const fn trading_status(code: u8) -> f64 {
    match code {
        b'2' | b'H' => 2.0,
        b'3' | b'T' => 1.0,
        b'Q' => 3.0,
        b'P' | b'F' => 4.0,
        _ => 0.0,
    }
}

/// Name and meaning of a message's T, escapes resolved.
pub fn named(content: &[u8]) -> Option<(&'static [u8], Message)> {
    MESSAGES.iter().find(|(name, _)| key_equals(content, name)).copied()
}
