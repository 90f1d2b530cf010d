import type { Permit } from '../domain/intent.ts'
import type { HaltRecord, KillCode, ReasonName } from '../domain/reasons.ts'
import type { ScopeNames } from '../engine/halts.ts'
import type { LatchedKill } from './latch.ts'
import type { LevelSourceOptions } from './level-sources.ts'
import type { ServerPreference } from './server-choice.ts'
import type { StatusDocument } from './status.ts'
import type { HashedToken } from './tokens.ts'

/** What the control thread is started with. */
export interface ControlWorkerData {
  readonly plane: SharedArrayBuffer
  readonly stateDir: string
  readonly socket: string
  readonly names: ScopeNames
  /** base of the run's monotonic clock, shared by its threads */
  readonly baseHrNs: bigint
  /** the latch is synced to disk before a kill is acknowledged */
  readonly latchSync: boolean
  /** period of the look at the control words, for kills that others set */
  readonly pollMs: number
  /** how long a request waits for the main thread */
  readonly mainTimeoutMs: number
  /** how long a kill waits for submissions that are under way */
  readonly effectiveTimeoutMs: number
  /** environment, halt file and lock file (K6) */
  readonly levels: LevelSourceOptions
  readonly door: DoorSettings
  readonly routing: OrderRouting
  /** mask of halt reasons under which a reducing order may pass (`kill.reducible`) */
  readonly reducible: number
  /** what SIGUSR2 is taken by, for the status */
  readonly signal: 'native' | 'javascript'
  /** the main thread without progress for so long is STALLED, ms; 0: it is not watched */
  readonly stallMs: number
  /** which HTTP server is behind the doors (`control.server`) */
  readonly server: ServerPreference
}

/** The operator's door, as the control thread opens it. */
export interface DoorSettings {
  /** null: no TCP */
  readonly listen: { readonly host: string; readonly port: number } | null
  /** PEM text; null: plain HTTP */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly tokens: readonly HashedToken[]
  /** a re-arm needs two persons */
  readonly twoPerson: boolean
}

/** Scopes that an order of a symbol passes; indices of the run. */
export interface OrderRouting {
  /** by symbol */
  readonly venueOfSymbol: readonly number[]
  /** by venue */
  readonly accountOfVenue: readonly number[]
}

/** A request that only the main thread can serve. */
export type MainRequest =
  | { readonly action: 'status' }
  | { readonly action: 'orders' }
  | { readonly action: 'positions' }
  | ExecuteRequest
  | {
      readonly action: 'rearm'
      readonly scope: string
      readonly text: string
      readonly generation: number
      readonly actor: string
    }
  | { readonly action: 'resume'; readonly scope: string; readonly text: string; readonly actor: string }
  | { readonly action: 'cancel-all'; readonly scope: string; readonly text: string; readonly actor: string }

/** A request that is not answered by the status alone. */
export type EngineRequest = Exclude<MainRequest, { action: 'status' }>

/** An order from outside (`POST /execute`). */
export interface ExecuteRequest {
  readonly action: 'execute'
  /** the body as it came; symbol and strategy are known to be of the run */
  readonly fields: Readonly<Record<string, unknown>>
  readonly actor: string
  /** the five control words at its receipt: what changes after that drops the order */
  readonly permit: Permit
  /** how long the main thread may wait for the venue's word, ms */
  readonly outcomeMs: number
}

/** The main thread's answer: an HTTP status and a JSON body. */
export interface MainReply {
  readonly status: number
  readonly body: object
}

/**
 * Something that the control thread did to a control word, for the journal and for what follows from it. `latched`: a
 * kill that the main thread has set and journaled is effective and on disk now; no word has changed.
 */
export interface ControlEvent {
  readonly kind: 'kill' | 'latched' | 'pause' | 'shutdown' | 'stalled'
  readonly reason: ReasonName
  readonly scope: string
  readonly generation: number
  readonly code: KillCode | null
  readonly text: string
  readonly actor: string
  readonly source: string
  readonly utc_ns: string
  /** the latch entry of a kill */
  readonly kill: LatchedKill | null
}

export type ToMain =
  /** `port` is the TCP port, null where there is none; `why` tells why it is that server */
  | {
      readonly kind: 'listening'
      readonly server: string
      readonly why: string
      readonly port: number | null
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'request'
      readonly id: number
      readonly request: MainRequest
      /** `Claim`: taken before anything is done, so that a request that was given up is never done late */
      readonly claim: SharedArrayBuffer
    }
  | { readonly kind: 'event'; readonly event: ControlEvent }
  /** worth a line in the log */
  | { readonly kind: 'note'; readonly text: string }
  /** something went wrong and was survived, to be logged and counted */
  | { readonly kind: 'problem'; readonly code: string; readonly message: string }

export type ToControl =
  | { readonly kind: 'reply'; readonly id: number; readonly reply: MainReply }
  /** the order of an execute request has this id and may have left; its outcome comes with the reply */
  | { readonly kind: 'sending'; readonly id: number; readonly clientOrderId: string }
  | { readonly kind: 'status'; readonly document: StatusDocument }
  | { readonly kind: 'ready'; readonly ready: boolean; readonly why: string | null }
  /** look at the control words now: another thread has set a kill */
  | { readonly kind: 'look' }
  /** the main thread has set a kill and journaled it: latch it with what it says */
  | { readonly kind: 'killed'; readonly record: HaltRecord }
  /** kills of a scope up to this generation were re-armed by the main thread */
  | { readonly kind: 'rearmed'; readonly scope: string; readonly generation: number }
  | { readonly kind: 'close' }
