//! Market-data frames to tick slots, in pure Rust: no Node-API, no unsafe code, no I/O. The TypeScript decoder in
//! `src/feed/decode` and this one write the same bytes for the same frame (`test/parity`).
#![forbid(unsafe_code)]

mod alpaca;
mod alpaca_fast;
mod alpaca_names;
mod binance;
mod binance_fast;
mod binance_messages;
mod binance_names;
pub mod control_word;
pub mod decimal;
pub mod decoder;
mod fast;
mod fields;
mod json;
pub mod layout;
mod levels;
pub mod limits;
mod mt5;
mod reader;
mod slots;
pub mod symbols;
mod time;
