import type { ReasonName } from '../domain/reasons.ts'
import { isPromise } from '../model/model.ts'
import type { BreakerName } from '../risk/breakers/circuit-breakers.ts'
import type { RiskBreach } from '../risk/monitor/risk-monitor.ts'
import type { HealthChange } from '../risk/self-health.ts'
import type { HaltCause } from './halts.ts'

/** What risk and kill event handlers are told, after it has taken effect. */
export type RiskEvent =
  | {
      readonly event: 'halted'
      readonly scope: string
      readonly reason: ReasonName
      readonly cause: HaltCause
    }
  /** a reason of the scope was cleared; `standing` are the ones that are left */
  | { readonly event: 'cleared'; readonly scope: string; readonly standing: readonly ReasonName[] }
  | {
      readonly event: 'circuit_breaker_triggered'
      readonly breaker: BreakerName
      readonly strategy: string
      /** null: every symbol of the strategy */
      readonly symbol: string | null
      /** age in ns, ratio, losses or executions; null where it could not be told */
      readonly value: number | null
      readonly limit: number
    }
  | RiskBreach
  | HealthChange

export type RiskHandler = (event: RiskEvent) => unknown

/** Events that may wait to be told, over all handlers; beyond, they are dropped and counted, never waited for. */
export const RISK_EVENTS_QUEUED_MAX = 4_096
export const HANDLER_LIMIT_MS_DEFAULT = 1_000

export type HandlerFault = 'threw' | 'timed_out' | 'dropped'

export interface HandlerCounts {
  calls: number
  threw: number
  timed_out: number
  dropped: number
}

export interface RiskEventsOptions {
  /** an async handler that takes longer is counted; nothing waits for it */
  readonly limitMs: number
  /** runs a task in a turn of its own, behind what the event loop has to do; `setImmediate` */
  readonly schedule: (task: () => void) => void
  /** Logs a handler's fault. Must not throw. */
  readonly onFault: (handler: string, fault: HandlerFault, message: string) => void
}

interface Subscriber {
  readonly name: string
  readonly handler: RiskHandler
  readonly counts: HandlerCounts
  active: boolean
}

/**
 * Risk and kill event handlers (P7): as many as one likes, sync or async. `emit` only puts the event into a queue, so no
 * handler can delay the halt that it is told of; each call runs in a turn of its own, and one that throws, rejects, never
 * ends or adds and removes others disturbs no other. A handler hears what is emitted while it is subscribed, in order.
 */
export class RiskEvents {
  readonly #options: RiskEventsOptions
  /** replaced, never changed: whoever walks it walks what it was */
  #subscribers: readonly Subscriber[] = []
  readonly #queue: { readonly subscriber: Subscriber; readonly event: RiskEvent }[] = []
  readonly #pending = new Set<Promise<void>>()
  #scheduled = false

  constructor(options: RiskEventsOptions) {
    this.#options = options
  }

  /** Gives the function that unsubscribes: the handler is not called after it, whatever is queued. */
  subscribe(name: string, handler: RiskHandler): () => void {
    const counts = { calls: 0, threw: 0, timed_out: 0, dropped: 0 }
    const subscriber: Subscriber = { name, handler, counts, active: true }
    this.#subscribers = [...this.#subscribers, subscriber]
    return () => {
      subscriber.active = false
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
    }
  }

  /** Queues an event for everyone who is subscribed now. Runs nothing of theirs and never throws. */
  emit(event: RiskEvent): void {
    Object.freeze(event)
    for (const subscriber of this.#subscribers) {
      if (this.#queue.length < RISK_EVENTS_QUEUED_MAX) this.#queue.push({ subscriber, event })
      else this.#fault(subscriber, 'dropped', `${RISK_EVENTS_QUEUED_MAX} events wait already`)
    }
    this.#scheduleNext()
  }

  /** By handler, subscribed ones only, in the order of subscription. */
  counts(): { readonly name: string; readonly counts: Readonly<HandlerCounts> }[] {
    return this.#subscribers.map(({ name, counts }) => ({ name, counts: { ...counts } }))
  }

  /** Tells what is queued now, and waits for async handlers up to their limit: for shutdown. */
  async drain(): Promise<void> {
    for (let left = this.#queue.length; left > 0; left--) this.#next()
    await Promise.all(this.#pending)
  }

  #scheduleNext(): void {
    if (this.#scheduled || this.#queue.length === 0) return
    this.#scheduled = true
    this.#options.schedule(() => {
      this.#scheduled = false
      this.#next()
      this.#scheduleNext()
    })
  }

  #next(): void {
    const call = this.#queue.shift()
    if (call === undefined || !call.subscriber.active) return
    const { subscriber, event } = call
    subscriber.counts.calls += 1
    try {
      const result: unknown = subscriber.handler(event)
      if (isPromise(result)) this.#watch(subscriber, result)
    } catch (error) {
      this.#fault(subscriber, 'threw', messageOf(error))
    }
  }

  /** Ends with the handler or at its limit, whichever is first; a rejection after that is handled and was counted. */
  #watch(subscriber: Subscriber, result: PromiseLike<unknown>): void {
    const { limitMs } = this.#options
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<'timed_out'>((resolve) => {
      timer = setTimeout(() => resolve('timed_out'), limitMs)
    })
    const work = Promise.resolve(result).then(
      () => null,
      (error: unknown) => ({ message: messageOf(error) }),
    )
    const watched = Promise.race([work, limit]).then((outcome) => {
      clearTimeout(timer)
      this.#pending.delete(watched)
      if (outcome === 'timed_out') this.#fault(subscriber, 'timed_out', `took longer than ${limitMs} ms`)
      else if (outcome !== null) this.#fault(subscriber, 'threw', outcome.message)
    })
    this.#pending.add(watched)
  }

  #fault(subscriber: Subscriber, fault: HandlerFault, message: string): void {
    subscriber.counts[fault] += 1
    this.#options.onFault(subscriber.name, fault, message)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
