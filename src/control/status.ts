import type { StrategySymbolStatus } from '../engine/status.ts'
import type { TradingMode } from '../gate/trading-mode.ts'

/**
 * `GET /ops/status`. The main thread gives it whole; the control thread adds `control`, which it reads itself, so it is
 * true also while the main thread is blocked.
 */
export interface StatusDocument {
  readonly node: string
  readonly boot: number
  readonly version: string
  readonly mode: string
  readonly mode_reason: string
  /** UTC ns since 1970 */
  readonly started_utc_ns: string
  readonly uptime_s: number
  /** recovered, connected and able to be armed; `not_ready` says why not */
  readonly ready: boolean
  readonly not_ready: string | null
  readonly strategies: readonly StrategySymbolStatus[]
  readonly orders: {
    readonly open: number
    readonly unknown: number
    readonly submitted: number
    readonly filled: number
    readonly denied: Readonly<Record<string, number>>
    readonly blocked_gate1: number
    readonly blocked_gate2: number
  }
  readonly pnl: readonly SymbolPnl[]
  readonly journal: { readonly events: number; readonly head: string; readonly failure: string | null }
  readonly threads: readonly ThreadStatus[]
  /** anything that a later version adds */
  readonly [more: string]: unknown
}

export interface SymbolPnl {
  readonly symbol: string
  readonly position: string
  readonly realized: string
  readonly unrealized: string
  readonly fees: string
}

export interface ThreadStatus {
  readonly thread: string
  readonly state: string
  readonly age_ms: number
}

/** One control word, as read at the moment of the answer. */
export interface WordStatus {
  /** "all", "venue:ID", … */
  readonly scope: string
  readonly open: boolean
  /** what it lets pass: ACTIVE, REDUCE_ONLY, CANCEL_ONLY, HALTED */
  readonly mode: TradingMode
  readonly generation: number
  readonly reasons: readonly string[]
}

/** What the control thread knows by itself. */
export interface ControlStatus {
  /** SAFE: no kill is set in any scope (K1) */
  readonly kill: 'SAFE' | 'ENGAGED'
  /** mode of the scope of everything */
  readonly mode: TradingMode
  /** level sources that assert: a re-arm of a kill is refused as long as one does */
  readonly levels: readonly string[]
  /** trading is allowed in the scope of everything */
  readonly armed: boolean
  readonly words: readonly WordStatus[]
  /** kills that only a re-arm ends */
  readonly latched: readonly object[]
  /** last halt of each source */
  readonly halts: readonly object[]
  /** what takes SIGUSR2: `native` also while the main thread is blocked */
  readonly signal: 'native' | 'javascript'
  /** the HTTP server behind the doors */
  readonly server: string
  /** why it is that one */
  readonly server_why: string
  /** heartbeats of the run's threads, as the control thread reads them */
  readonly threads: readonly (ThreadStatus & { readonly progress: number })[]
  readonly submitting: number
  readonly in_flight: number
  /** false: the main thread did not answer in time, and the rest is what it said `main_age_ms` ago */
  readonly main_responsive: boolean
  readonly main_age_ms: number | null
}
