import type { Clock } from '../core/clock.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { Heartbeat } from '../shm/heartbeat.ts'

const BEAT_MS = 50

/**
 * The main thread's heartbeat: every beat is a turn of its event loop, so it stops where the thread is blocked. The
 * watchdog of the control thread watches it from `start` to `stop` (K6).
 */
export class MainBeat {
  readonly #heartbeat: Heartbeat
  readonly #clock: Clock
  #timer: NodeJS.Timeout | undefined

  constructor(plane: ControlPlane, clock: Clock) {
    this.#heartbeat = new Heartbeat(plane, 'main')
    this.#clock = clock
    this.#heartbeat.state('starting')
  }

  start(): void {
    this.#beat()
    this.#heartbeat.state('running')
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
  }

  /** The run ends: a shutdown may do long work, and its own limits bound it. */
  stop(): void {
    clearInterval(this.#timer)
    this.#heartbeat.state('stopping')
  }

  #beat(): void {
    this.#heartbeat.beat(this.#clock.monoNs() / 1e6)
  }
}
