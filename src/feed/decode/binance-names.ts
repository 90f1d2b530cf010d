import { keyEquals } from './json.ts'

/** What a stream or event name stands for. */
export const STREAM_KIND = {
  UNKNOWN: 0,
  TRADE: 1,
  AGG_TRADE: 2,
  BOOK_TICKER: 3,
  DEPTH: 4,
  /** known, and without ticks for us */
  SILENT: 5,
} as const

const encode = (names: readonly string[]): readonly Uint8Array[] =>
  names.map((name) => new TextEncoder().encode(name))

const EVENTS: readonly Uint8Array[] = encode(['', 'trade', 'aggTrade', 'bookTicker', 'depthUpdate'])
const STREAMS: readonly Uint8Array[] = encode(['', 'trade', 'aggTrade', 'bookTicker', 'depth'])

/** Events of the market and user data streams that carry no tick of ours. */
const SILENT_EVENTS: readonly Uint8Array[] = encode([
  'kline',
  'continuous_kline',
  '24hrTicker',
  '24hrMiniTicker',
  '1hTicker',
  '4hTicker',
  '1dTicker',
  'avgPrice',
  'referencePrice',
  'markPriceUpdate',
  'indexPriceUpdate',
  'indexPrice_kline',
  'markPrice_kline',
  'forceOrder',
  'compositeIndex',
  'contractInfo',
  'assetIndexUpdate',
  'tradingSession',
  'blockTrade',
  'executionReport',
  'outboundAccountPosition',
  'balanceUpdate',
  'listStatus',
  'listenKeyExpired',
  'eventStreamTerminated',
  'externalLockUpdate',
  'serverShutdown',
  'ORDER_TRADE_UPDATE',
  'TRADE_LITE',
  'ALGO_UPDATE',
  'ACCOUNT_UPDATE',
  'ACCOUNT_CONFIG_UPDATE',
  'MARGIN_CALL',
  'STRATEGY_UPDATE',
  'GRID_UPDATE',
  'CONDITIONAL_ORDER_TRIGGER_REJECT',
])
/** Stream types without ticks of ours; whatever follows them after "@", "_" or as digits is part of the type. */
const SILENT_STREAMS: readonly Uint8Array[] = encode([
  'kline',
  'ticker',
  'miniTicker',
  'avgPrice',
  'referencePrice',
  'markPrice',
  'indexPrice',
  'forceOrder',
  'compositeIndex',
  'continuousKline',
  'contractInfo',
  'assetIndex',
  'tradingSession',
  'blockTrade',
  'rpiDepth',
])

/** Kind of an event by its name, `bytes[start..end)` (without quotes). */
export function eventKind(bytes: Uint8Array, start: number, end: number): number {
  for (let kind = 1; kind < EVENTS.length; kind++) {
    if (keyEquals(bytes, start, end, EVENTS[kind] as Uint8Array)) return kind
  }
  for (const name of SILENT_EVENTS) if (keyEquals(bytes, start, end, name)) return STREAM_KIND.SILENT
  return STREAM_KIND.UNKNOWN
}

/**
 * Kind of a stream by its type, the part after the first "@" (after "!" for streams of all symbols). "depth" and
 * "depth@100ms" are updates; "depth20" and "depth20@100ms" are partial books and silent.
 */
export function streamKind(bytes: Uint8Array, start: number, end: number): number {
  let nameEnd = start
  while (nameEnd < end && isLetter(bytes[nameEnd] as number)) nameEnd++
  const bare = nameEnd === end
  for (let kind = 1; kind < STREAMS.length; kind++) {
    if (!keyEquals(bytes, start, nameEnd, STREAMS[kind] as Uint8Array)) continue
    if (bare) return kind
    if (kind !== STREAM_KIND.DEPTH) return STREAM_KIND.UNKNOWN
    if (bytes[nameEnd] === 0x40) return isSpeed(bytes, nameEnd + 1, end) ? kind : STREAM_KIND.UNKNOWN
    return STREAM_KIND.SILENT
  }
  for (const name of SILENT_STREAMS) {
    if (keyEquals(bytes, start, nameEnd, name)) return STREAM_KIND.SILENT
  }
  return STREAM_KIND.UNKNOWN
}

function isLetter(c: number): boolean {
  const lower = c | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

/** "100ms": digits and the unit. */
function isSpeed(bytes: Uint8Array, start: number, end: number): boolean {
  let p = start
  while (p < end && (bytes[p] as number) >= 0x30 && (bytes[p] as number) <= 0x39) p++
  return p > start && end - p === 2 && bytes[p] === 0x6d && bytes[p + 1] === 0x73
}
