import type { Instrument } from '../domain/instrument.ts'
import type { StrategyNotification, StrategyParams } from '../domain/strategy.ts'
import type { TickSlots } from '../domain/tick.ts'
import { setReason } from '../gate/arm.ts'
import { GateRoute, gate1Reducing } from '../gate/gate.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { COUNTER, type ThreadCounters } from '../shm/counters.ts'
import { createStrategyRunner } from './strategy-create.ts'
import { loadStrategy } from './strategy-loader.ts'
import type { StrategyError, StrategyRunnerOptions } from './strategy-ports.ts'
import type { StrategyRunner } from './strategy-runner.ts'
import type { SymbolStatus } from './strategy-status.ts'
import type { HandlerContext, TickHandler } from './worker-task.ts'

/** What a worker needs to run its strategy; plain data, so that it crosses threads. */
export interface StrategyHandlerData {
  readonly index: number
  readonly id: string
  readonly file: string
  readonly params: StrategyParams
  readonly instruments: readonly Instrument[]
  /** by place in `instruments` */
  readonly venues: readonly number[]
  readonly accounts: readonly number[]
  /** halt reasons under which it goes on deciding, for its exits: the mask that gate 2 has for reducing orders */
  readonly reducible: number
  readonly options: Pick<
    StrategyRunnerOptions,
    'barPeriodNs' | 'warmupBars' | 'modelDeadlineMs' | 'acts' | 'barSource'
  >
}

/** From main to the worker. */
export type StrategyMail =
  | { readonly kind: 'notify'; readonly notification: StrategyNotification }
  | { readonly kind: 'status' }

/** From the worker to main. */
export type StrategyPost =
  | { readonly kind: 'error'; readonly error: StrategyError }
  | { readonly kind: 'killed'; readonly text: string; readonly word: number }
  | { readonly kind: 'status'; readonly symbols: readonly SymbolStatus[] }

/** The strategy runner behind a worker's tick ring: the same code as inline, fed by the ring. */
export async function createTickHandler(context: HandlerContext): Promise<TickHandler> {
  const data = context.data as StrategyHandlerData
  const { plane } = context
  const routes: (GateRoute | undefined)[] = []
  data.instruments.forEach((instrument, i) => {
    const venue = data.venues[i] as number
    routes[instrument.index] = new GateRoute(
      plane,
      venue,
      data.accounts[i] as number,
      data.index,
      instrument.index,
    )
  })
  const post = (message: StrategyPost): void => {
    context.post(message)
  }
  const runner = await createStrategyRunner({
    ...data.options,
    strategyIndex: data.index,
    strategyId: data.id,
    definition: await loadStrategy(data.file),
    params: data.params,
    instruments: data.instruments,
    placement: 'worker',
    gate1: (instrument, permit) => gate1Reducing(routes[instrument] as GateRoute, permit, data.reducible),
    intents: context.intents,
    clock: context.clock,
    onError: (error) => post({ kind: 'error', error }),
    onKill: (text) => post({ kind: 'killed', text, word: killStrategy(plane, data.index) }),
  })
  return new StrategyHandler(runner, data, context.counters, post)
}

function killStrategy(plane: ControlPlane, index: number): number {
  return setReason(plane, { kind: 'strategy', index }, 'KILL', 'strategy').word
}

class StrategyHandler implements TickHandler {
  readonly #runner: StrategyRunner
  readonly #data: StrategyHandlerData
  readonly #counters: ThreadCounters
  readonly #post: (message: StrategyPost) => void
  #blocked = 0

  constructor(
    runner: StrategyRunner,
    data: StrategyHandlerData,
    counters: ThreadCounters,
    post: (message: StrategyPost) => void,
  ) {
    this.#runner = runner
    this.#data = data
    this.#counters = counters
    this.#post = post
  }

  onTick(slots: TickSlots, slot: number, tickSeq: number): number {
    const written = this.#runner.onTick(slots, slot, tickSeq)
    const { blocked } = this.#runner.counters
    if (blocked !== this.#blocked) {
      this.#counters.add(COUNTER.ticks_blocked, blocked - this.#blocked)
      this.#blocked = blocked
    }
    return written
  }

  pending(): number {
    return this.#runner.hooks.pending + this.#runner.pendingDecisions
  }

  undecided(): number {
    return this.#runner.pendingDecisions
  }

  settle(): Promise<void> {
    return this.#runner.settle()
  }

  onMessage(message: unknown): void {
    const mail = message as StrategyMail
    if (mail.kind === 'notify') this.#runner.notify(mail.notification)
    else {
      const symbols = this.#data.instruments
        .map(({ index }) => this.#runner.status(index))
        .filter((status) => status !== undefined)
      this.#post({ kind: 'status', symbols })
    }
  }

  close(): void {
    this.#runner.close()
  }
}
