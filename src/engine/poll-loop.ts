import type { Clock } from '../core/clock.ts'
import type { PathTwin } from './path-twin.ts'

/** Idle for so long, the loop rehearses an order, ns: rarely enough that a frame seldom meets it. */
const REHEARSE_NS = 200_000

export interface PollLoopOptions {
  /** hands on what the workers decided; returns the number of intents */
  readonly drain: () => number
  /** moves with every tick: the loop is idle while it stands still */
  readonly tickSeq: () => number
  readonly twin: Pick<PathTwin, 'rehearse'> | null
  readonly clock: Clock
}

/**
 * The main thread's loop where it polls and has a core of its own: intents of workers without a wake-up, and in idle time a
 * rehearsal of the order path, so that the next tick meets it in the caches.
 */
export class PollLoop {
  readonly #options: PollLoopOptions
  #running = false
  #tickSeq = 0
  #busyNs = 0

  constructor(options: PollLoopOptions) {
    this.#options = options
  }

  get running(): boolean {
    return this.#running
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    const turn = (): void => {
      if (!this.#running) return
      this.turn()
      setImmediate(turn)
    }
    turn()
  }

  stop(): void {
    this.#running = false
  }

  /** One look. */
  turn(): void {
    const { drain, tickSeq, twin, clock } = this.#options
    const intents = drain()
    if (twin === null) return
    const nowNs = clock.monoNs()
    const seq = tickSeq()
    if (intents > 0 || seq !== this.#tickSeq) {
      this.#tickSeq = seq
      this.#busyNs = nowNs
    } else if (nowNs - this.#busyNs >= REHEARSE_NS) {
      twin.rehearse()
      this.#busyNs = clock.monoNs()
    }
  }
}
