import { TRADING_STATUS } from '../../domain/tick.ts'
import { asciiBytes } from './fast.ts'
import { keyEquals } from './json.ts'

/** What a message's T says. */
export const ALPACA_KIND = {
  UNKNOWN: 0,
  TRADE: 1,
  QUOTE: 2,
  BAR: 3,
  STATUS: 4,
  LULD: 5,
  CORRECTION: 6,
  CANCEL: 7,
  /** known, and without ticks: acknowledgements, news, order books, imbalances */
  SILENT: 8,
  ERROR: 9,
} as const

const KINDS: readonly (readonly [Uint8Array, number])[] = [
  [asciiBytes('t'), ALPACA_KIND.TRADE],
  [asciiBytes('q'), ALPACA_KIND.QUOTE],
  [asciiBytes('b'), ALPACA_KIND.BAR],
  [asciiBytes('u'), ALPACA_KIND.BAR],
  [asciiBytes('d'), ALPACA_KIND.BAR],
  [asciiBytes('s'), ALPACA_KIND.STATUS],
  [asciiBytes('l'), ALPACA_KIND.LULD],
  [asciiBytes('c'), ALPACA_KIND.CORRECTION],
  [asciiBytes('x'), ALPACA_KIND.CANCEL],
  [asciiBytes('n'), ALPACA_KIND.SILENT],
  [asciiBytes('o'), ALPACA_KIND.SILENT],
  [asciiBytes('i'), ALPACA_KIND.SILENT],
  [asciiBytes('success'), ALPACA_KIND.SILENT],
  [asciiBytes('subscription'), ALPACA_KIND.SILENT],
  [asciiBytes('error'), ALPACA_KIND.ERROR],
]

/** Kind of a message by its T, `bytes[start..end)` (without quotes). */
export function alpacaKind(bytes: Uint8Array, start: number, end: number): number {
  for (const [name, kind] of KINDS) if (keyEquals(bytes, start, end, name)) return kind
  return ALPACA_KIND.UNKNOWN
}

/**
 * Trading status of a status code: CTA (tapes A and B) 2 halt, 3 resume, F limit up/limit down pause; UTP (tapes C and O)
 * H halt, T resume, Q quotation only, P volatility pause. Any other leaves the status unknown.
 * Source: docs.alpaca.markets, "Real-time stock data", statuses.
 */
export function tradingStatus(code: number): number {
  switch (code) {
    case 0x32:
    case 0x48:
      return TRADING_STATUS.HALTED
    case 0x33:
    case 0x54:
      return TRADING_STATUS.TRADING
    case 0x51:
      return TRADING_STATUS.QUOTE_ONLY
    case 0x50:
    case 0x46:
      return TRADING_STATUS.PAUSED
    default:
      return TRADING_STATUS.UNKNOWN
  }
}

/** Letter of a bar's T, escapes resolved: b, u or d; 0 for anything else. */
export function barLetter(bytes: Uint8Array, start: number, end: number): number {
  for (const [name, kind] of KINDS) {
    if (kind === ALPACA_KIND.BAR && keyEquals(bytes, start, end, name)) return name[0] as number
  }
  return 0
}

/** Seconds of a bar: "b" and "u" are minutes, "d" days. */
export function barSeconds(letter: number): number {
  return letter === 0x64 ? 86_400 : 60
}
