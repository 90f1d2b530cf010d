import type { Config } from '../config/types.ts'
import { VirtualClock } from '../core/clock.ts'
import type { CalendarPort } from '../domain/calendar.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import type { JournalPort } from '../domain/journal.ts'
import { ALL_SCOPE, type ControlPlane } from '../shm/control-plane.ts'
import { Replay } from './replay.ts'
import { loadStrategies, type ScopeTable, scopeTable } from './strategies.ts'
import type { StrategyError } from './strategy-ports.ts'
import { StrategyLanes } from './worker-lanes.ts'

/** What a replay session is opened with; the caller owns the journal and closes it after the session. */
export interface ReplaySessionOptions {
  readonly config: Config
  readonly table: InstrumentTable
  readonly plane: ControlPlane
  readonly journal: JournalPort
  readonly clock: VirtualClock
  readonly calendar: CalendarPort
  readonly eventBaseUtcNs: bigint
  readonly baseHrNs: bigint
  readonly version: string
  readonly onStrategyError: (error: StrategyError) => void
  /** its worker ended or hung, or its model gave no answer: it is halted, the others go on */
  readonly onStrategyHalted?: (strategy: string, text: string) => void
}

/** A replay with its strategy workers: opened, driven frame by frame, closed. */
export class ReplaySession {
  readonly replay: Replay
  readonly lanes: StrategyLanes
  readonly scopes: ScopeTable
  readonly table: InstrumentTable

  private constructor(replay: Replay, lanes: StrategyLanes, scopes: ScopeTable, table: InstrumentTable) {
    this.table = table
    this.replay = replay
    this.lanes = lanes
    this.scopes = scopes
  }

  /** @throws configuration errors of strategies and limits, WORKER_START; nothing is left running then */
  static async open(options: ReplaySessionOptions): Promise<ReplaySession> {
    const { config, table, plane } = options
    const scopes = scopeTable(config)
    const strategies = await loadStrategies(config, table)
    let replay: Replay | null = null
    const halt = (strategy: number, text: string): void => {
      const cause = { code: 'STALLED', text, source: 'engine' } as const
      replay?.assembly.halts.halt({ kind: 'strategy', index: strategy }, 'KILL', 'engine', cause)
      options.onStrategyHalted?.(config.strategies[strategy]?.id ?? String(strategy), text)
    }
    const onStrategyError = (error: StrategyError): void => {
      options.onStrategyError(error)
      const index = config.strategies.findIndex(({ id }) => id === error.strategy)
      if (error.code === 'DECISION_DEADLINE') halt(index, `its model ${error.message}`)
    }
    const lanes = await StrategyLanes.start(
      { config, plane, scopes, strategies, baseHrNs: options.baseHrNs, lockStep: true },
      {
        onWork: () => {},
        onPost: (strategy, post) => {
          if (post.kind === 'error') onStrategyError(post.error)
          else if (post.kind === 'killed') noteKill(replay, strategy, post)
        },
        onEnded: (strategy, end) => halt(strategy, `its worker ended: ${end.message}`),
        onStalled: (strategy, ms) => halt(strategy, `its worker made no progress for ${ms} ms`),
        onDropped: () => {},
      },
    )
    try {
      replay = await Replay.create({ ...options, scopes, strategies, lanes, onStrategyError }, options.clock)
      return new ReplaySession(replay, lanes, scopes, table)
    } catch (error) {
      await lanes.close()
      throw error
    }
  }

  /** Ticks that found gate 1 shut, in both placements. */
  blockedGate1(): number {
    const inline = this.replay.assembly.inline.reduce(
      (sum, runner) => sum + (runner?.counters.blocked ?? 0),
      0,
    )
    return inline + this.lanes.blocked()
  }

  /** Ends workers, runners and the simulated venue. */
  async close(): Promise<void> {
    await this.lanes.close()
    await this.replay.close()
  }
}

function noteKill(replay: Replay | null, strategy: number, post: { text: string; word: number }): void {
  const halts = replay?.assembly.halts
  const cause = { code: 'STRATEGY', text: post.text, source: 'strategy code' } as const
  halts?.noteSet(
    { kind: 'strategy', index: strategy },
    'KILL',
    'strategy',
    post.word,
    cause,
    'KILL set by strategy',
  )
}

/** True when the whole run is open for trading. */
export function isArmed(plane: ControlPlane): boolean {
  const word = plane.scope(ALL_SCOPE).load()
  return word !== 0 && (word & 0xfff) === 0
}
