import { REASON } from '../domain/reasons.ts'
import { isOpen, reasonsOf } from '../shm/control-word.ts'

/**
 * What a control word lets pass, as operators name it. A policy over the one word and nothing beside it: set by setting
 * reasons, left by clearing them.
 */
export const TRADING_MODES = ['ACTIVE', 'REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED'] as const
export type TradingMode = (typeof TRADING_MODES)[number]

/** What passes in each mode. Cancels pass always. */
export const MODE_PASSES: Readonly<
  Record<TradingMode, { readonly entries: boolean; readonly reducing: boolean; readonly cancels: boolean }>
> = {
  ACTIVE: { entries: true, reducing: true, cancels: true },
  REDUCE_ONLY: { entries: false, reducing: true, cancels: true },
  CANCEL_ONLY: { entries: false, reducing: false, cancels: true },
  HALTED: { entries: false, reducing: false, cancels: true },
}

/** Halts that only an operator or a new start ends; the others end by themselves or are an operator's pause. */
const LASTING: number =
  REASON.BOOT | REASON.KILL | REASON.SHUTDOWN | REASON.UNAUTHORISED | REASON.JOURNAL | REASON.STALLED

/**
 * The mode of a word. REDUCE_ONLY: every reason lies in `reducible` (`kill.reducible`); else CANCEL_ONLY for a halt that
 * passes, HALTED for one that lasts, and for zeroed memory.
 */
export function tradingMode(word: number, reducible: number): TradingMode {
  if (isOpen(word)) return 'ACTIVE'
  const reasons = reasonsOf(word)
  if (reasons === 0) return 'HALTED'
  if ((reasons & ~reducible) === 0) return 'REDUCE_ONLY'
  return (reasons & ~reducible & LASTING) === 0 ? 'CANCEL_ONLY' : 'HALTED'
}
