import type { ControlPlane } from '../shm/control-plane.ts'
import { readHeartbeat, StallWatch, threadIndex } from '../shm/heartbeat.ts'
import type { KillPlane } from './kill-plane.ts'

/** Checks in the time that makes a stall: so many, so that a late check of ours is a small part of it. */
const CHECKS = 20
const MAIN = threadIndex('main')

/** Sets STALLED when the main thread, while it is running, makes no progress (K6). Runs in the control thread. */
export class Watchdog {
  readonly #plane: ControlPlane
  readonly #kills: Pick<KillPlane, 'stalled'>
  readonly #stallMs: number
  readonly #watch: StallWatch
  readonly #timer: NodeJS.Timeout
  #stalled = false

  constructor(plane: ControlPlane, stallMs: number, kills: Pick<KillPlane, 'stalled'>) {
    this.#plane = plane
    this.#kills = kills
    this.#stallMs = stallMs
    this.#watch = new StallWatch(plane, MAIN, CHECKS)
    this.#timer = setInterval(() => this.check(), Math.max(1, Math.ceil(stallMs / CHECKS)))
  }

  /** One look; a stall is told once, and again only after there was progress in between. */
  check(): void {
    // A thread that starts or stops does long work on purpose; the state is its own word for that.
    const stalled = this.#watch.check() && readHeartbeat(this.#plane, MAIN, 0).state === 'running'
    if (stalled && !this.#stalled) {
      this.#kills.stalled(`the main thread made no progress for ${this.#stallMs} ms`)
    }
    this.#stalled = stalled
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
