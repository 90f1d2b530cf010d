//! Names of Binance streams and events: the twin of `src/feed/decode/binance-names.ts`.

use crate::json::key_equals;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    Unknown,
    Trade,
    AggTrade,
    BookTicker,
    Depth,
    /// known, and without ticks for us
    Silent,
}
use StreamKind::{AggTrade, BookTicker, Depth, Silent, Trade, Unknown};

const EVENTS: [(&[u8], StreamKind); 4] =
    [(b"trade", Trade), (b"aggTrade", AggTrade), (b"bookTicker", BookTicker), (b"depthUpdate", Depth)];
const STREAMS: [(&[u8], StreamKind); 4] =
    [(b"trade", Trade), (b"aggTrade", AggTrade), (b"bookTicker", BookTicker), (b"depth", Depth)];

/// Events of the market and user data streams that carry no tick of ours.
const SILENT_EVENTS: &[&str] = &[
    "kline",
    "continuous_kline",
    "24hrTicker",
    "24hrMiniTicker",
    "1hTicker",
    "4hTicker",
    "1dTicker",
    "avgPrice",
    "referencePrice",
    "markPriceUpdate",
    "indexPriceUpdate",
    "indexPrice_kline",
    "markPrice_kline",
    "forceOrder",
    "compositeIndex",
    "contractInfo",
    "assetIndexUpdate",
    "tradingSession",
    "blockTrade",
    "executionReport",
    "outboundAccountPosition",
    "balanceUpdate",
    "listStatus",
    "listenKeyExpired",
    "eventStreamTerminated",
    "externalLockUpdate",
    "serverShutdown",
    "ORDER_TRADE_UPDATE",
    "TRADE_LITE",
    "ALGO_UPDATE",
    "ACCOUNT_UPDATE",
    "ACCOUNT_CONFIG_UPDATE",
    "MARGIN_CALL",
    "STRATEGY_UPDATE",
    "GRID_UPDATE",
    "CONDITIONAL_ORDER_TRIGGER_REJECT",
];

/// Stream types without ticks of ours; whatever follows them after "@", "_" or as digits is part of the type.
const SILENT_STREAMS: &[&str] = &[
    "kline",
    "ticker",
    "miniTicker",
    "avgPrice",
    "referencePrice",
    "markPrice",
    "indexPrice",
    "forceOrder",
    "compositeIndex",
    "continuousKline",
    "contractInfo",
    "assetIndex",
    "tradingSession",
    "blockTrade",
    "rpiDepth",
];

pub fn event_kind(content: &[u8]) -> StreamKind {
    if let Some((_, kind)) = EVENTS.iter().find(|(name, _)| key_equals(content, name)) {
        return *kind;
    }
    let silent = SILENT_EVENTS.iter().any(|name| key_equals(content, name.as_bytes()));
    if silent { Silent } else { Unknown }
}

/// Kind of a stream by its type, the part after the first "@" (after "!" for streams of all symbols). "depth" and
/// "depth@100ms" are updates; "depth20" and "depth20@100ms" are partial books and silent.
pub fn stream_kind(content: &[u8]) -> StreamKind {
    let letters = content.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let (name, rest) = content.split_at(letters);
    if let Some((_, kind)) = STREAMS.iter().find(|(stream, _)| *stream == name) {
        return match rest {
            [] => *kind,
            _ if *kind != Depth => Unknown,
            [b'@', speed @ ..] => {
                if is_speed(speed) {
                    Depth
                } else {
                    Unknown
                }
            }
            _ => Silent,
        };
    }
    if SILENT_STREAMS.iter().any(|stream| stream.as_bytes() == name) { Silent } else { Unknown }
}

/// "100ms": digits and the unit.
fn is_speed(text: &[u8]) -> bool {
    text.strip_suffix(b"ms").is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}
