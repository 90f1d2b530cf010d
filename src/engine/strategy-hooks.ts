import type { HookContext, HookName, StrategyErrorCode, StrategyHooks } from '../domain/strategy.ts'
import { isPromise } from '../model/model.ts'

/** Hook calls that may wait to be run, and async ones that may be under way; beyond, calls are dropped and counted. */
export const HOOKS_QUEUED_MAX = 4_096
export const HOOKS_PENDING_MAX = 1_024
export const HOOK_LIMIT_MS_DEFAULT = 1_000

type AnyHook = (event: unknown, context: HookContext) => unknown

export interface HookRunnerOptions {
  readonly hooks: StrategyHooks
  readonly strategy: string
  readonly limitMs: number
  /** queue the run behind the present turn of the event loop instead of leaving it to the caller */
  readonly schedule: boolean
  readonly monoNs: () => number
  readonly onFault: (code: StrategyErrorCode, hook: HookName, message: string) => void
}

export interface HookCount {
  calls: number
  threw: number
  timedOut: number
  dropped: number
}

/**
 * Runs a strategy's hooks apart from its decisions (P6): a call is queued by `fire` and runs in `run`, after the intents
 * of the tick have left. One that throws, rejects or outlives `limitMs` is counted under its name and disturbs nothing else.
 *
 * In a worker, `run` is called at the end of each tick. Inline, hooks share the main thread: they run in a turn of the event
 * loop of their own (or when the engine calls `run` between two ticks), never inside the path; a hook that blocks there
 * blocks the engine, so strategies with hooks of any cost belong into a worker.
 */
export class HookRunner {
  readonly counts: Map<HookName, HookCount> = new Map()
  readonly #options: HookRunnerOptions
  readonly #queue: { hook: HookName; event: unknown; symbol: string }[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  #scheduled = false

  constructor(options: HookRunnerOptions) {
    this.#options = options
  }

  /** True where the strategy has this hook: lets the caller skip making the event. */
  has(hook: HookName): boolean {
    return this.#options.hooks[hook] !== undefined
  }

  /** Queues a call. `event` must be the hook's own object: it is kept until the hook has run. */
  fire(hook: HookName, event: unknown, symbol: string): void {
    if (!this.has(hook)) return
    if (this.#queue.length >= HOOKS_QUEUED_MAX || this.#timers.size >= HOOKS_PENDING_MAX) {
      this.#count(hook).dropped += 1
      this.#options.onFault('HOOK_BACKLOG', hook, 'too many calls wait; this one was dropped')
      return
    }
    this.#queue.push({ hook, event, symbol })
    if (this.#options.schedule && !this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.run()
      })
    }
  }

  /** Runs the queued calls in order; calls that they queue run next time. Gives the number run. */
  run(): number {
    if (this.#queue.length === 0) return 0
    const calls = this.#queue.splice(0)
    for (const call of calls) this.#call(call.hook, call.event, call.symbol)
    return calls.length
  }

  /** Async calls under way. */
  get pending(): number {
    return this.#timers.size
  }

  /** Forgets queued calls and no longer times those under way. */
  close(): void {
    this.#queue.length = 0
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #call(hook: HookName, event: unknown, symbol: string): void {
    const { hooks, strategy, limitMs, monoNs } = this.#options
    const count = this.#count(hook)
    count.calls += 1
    const startedNs = monoNs()
    try {
      const result = (hooks[hook] as AnyHook).call(hooks, event, { strategy, symbol })
      if (isPromise(result)) this.#watch(hook, result)
      else if (monoNs() - startedNs > limitMs * 1e6) this.#timedOut(hook)
    } catch (error) {
      this.#threw(hook, error)
    }
  }

  #watch(hook: HookName, result: Promise<unknown>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#timedOut(hook)
    }, this.#options.limitMs)
    this.#timers.add(timer)
    const settle = (): boolean => {
      clearTimeout(timer)
      return this.#timers.delete(timer)
    }
    // A rejection after the limit was counted as a timeout already; it must still be handled.
    result.then(settle, (error: unknown) => {
      if (settle()) this.#threw(hook, error)
    })
  }

  #threw(hook: HookName, error: unknown): void {
    this.#count(hook).threw += 1
    this.#options.onFault('HOOK_THREW', hook, error instanceof Error ? error.message : String(error))
  }

  #timedOut(hook: HookName): void {
    this.#count(hook).timedOut += 1
    this.#options.onFault('HOOK_TIMEOUT', hook, `took longer than ${this.#options.limitMs} ms`)
  }

  #count(hook: HookName): HookCount {
    let count = this.counts.get(hook)
    if (count === undefined) {
      count = { calls: 0, threw: 0, timedOut: 0, dropped: 0 }
      this.counts.set(hook, count)
    }
    return count
  }
}
