import type { Clock } from '../../core/clock.ts'

/** Many frames in one piece of memory; valid until the next batch is asked for. */
export interface PlayBatch {
  readonly bytes: Uint8Array
  readonly count: number
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** receive time of each frame, ns from the event base */
  readonly recvNs: Float64Array
  /** kind of each frame, and symbols of the frames that name one: the market's to read */
  readonly types: Uint8Array
  readonly symbols: ReadonlyMap<number, string>
}

export interface PlayerConfig {
  /** the recording, from its start */
  readonly batches: () => AsyncIterable<PlayBatch>
  /** shows one frame to the venue's market and sends it; `index` is its place in the batch */
  readonly play: (batch: PlayBatch, index: number) => void
  /** bytes that the slowest subscriber has not been sent yet */
  readonly unsentBytes: () => number
  /** ends connections with more unsent bytes than that */
  readonly dropSlow: (bytes: number) => void
  readonly unsentBytesHigh: number
  /** times real time, or as fast as the subscribers take it */
  readonly speed: number | 'max'
  /** `spin` polls between frames, for a venue with a core of its own; `sleep` sets timers */
  readonly pace: 'sleep' | 'spin'
  /** a subscriber that takes nothing for so long is dropped, ms */
  readonly slowMsMax: number
  readonly clock: Clock
}

export type PlayerState = 'idle' | 'playing' | 'done' | 'stopped' | 'failed'

/** Frames between two looks at the sockets at full speed. */
const BURST_FRAMES = 64

/** Plays a recording once, at its pace. */
export class Player {
  readonly #config: PlayerConfig
  #state: PlayerState = 'idle'
  readonly #failed = Promise.withResolvers<Error>()
  #paused = false
  #frames = 0
  #firstRecvNs = Number.NaN
  #startNs = 0
  #wake: () => void = () => {}
  #finished: Promise<void> = Promise.resolve()

  constructor(config: PlayerConfig) {
    this.#config = config
  }

  get state(): PlayerState {
    return this.#state
  }

  /** Frames played so far. */
  get frames(): number {
    return this.#frames
  }

  /** Resolves with what reading the recording threw; stays open else. */
  get failed(): Promise<Error> {
    return this.#failed.promise
  }

  /** Settles when the recording has ended, was stopped or has failed. */
  get finished(): Promise<void> {
    return this.#finished
  }

  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'playing'
    this.#finished = this.#run().catch((error: unknown) => {
      this.#state = 'failed'
      this.#failed.resolve(error instanceof Error ? error : new Error(String(error)))
    })
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#wake()
  }

  stop(): void {
    if (this.#state === 'playing' || this.#state === 'idle') this.#state = 'stopped'
    this.#wake()
  }

  async #run(): Promise<void> {
    for await (const batch of this.#config.batches()) {
      if (!(await this.#playBatch(batch))) return
    }
    if (this.#state === 'playing') this.#state = 'done'
  }

  async #playBatch(batch: PlayBatch): Promise<boolean> {
    let index = 0
    while (index < batch.count) {
      const heldNs = await this.#hold()
      if (this.#state !== 'playing') return false
      this.#startNs += heldNs
      index = this.#burst(batch, index)
      if (index < batch.count) await this.#untilDue(batch.recvNs[index] as number)
      else await this.#sleep(0)
    }
    return true
  }

  /** Plays frames that are due, a burst at most. */
  #burst(batch: PlayBatch, from: number): number {
    const nowNs = this.#config.clock.monoNs()
    const to = Math.min(batch.count, from + BURST_FRAMES)
    let index = from
    while (index < to && this.#dueNs(batch.recvNs[index] as number, nowNs) <= nowNs) {
      this.#frames++
      this.#config.play(batch, index++)
    }
    return index
  }

  #dueNs(recvNs: number, nowNs: number): number {
    const { speed } = this.#config
    if (speed === 'max') return nowNs
    if (Number.isNaN(this.#firstRecvNs)) {
      this.#firstRecvNs = recvNs
      this.#startNs = nowNs
    }
    return this.#startNs + (recvNs - this.#firstRecvNs) / speed
  }

  async #untilDue(recvNs: number): Promise<void> {
    const nowNs = this.#config.clock.monoNs()
    const waitMs = (this.#dueNs(recvNs, nowNs) - nowNs) / 1e6
    await this.#sleep(waitMs <= 0 || this.#config.pace === 'spin' ? 0 : Math.max(1, waitMs))
  }

  /** Waits while paused, or while a subscriber is behind; how long that was, ns, so that pauses shift the schedule. */
  async #hold(): Promise<number> {
    const { clock, unsentBytesHigh, slowMsMax } = this.#config
    if (!this.#paused && this.#config.unsentBytes() <= unsentBytesHigh) return 0
    const fromNs = clock.monoNs()
    while (this.#paused && this.#state === 'playing') await this.#sleep(1_000)
    const behindNs = clock.monoNs()
    while (this.#config.unsentBytes() > unsentBytesHigh / 4 && this.#state === 'playing') {
      await this.#sleep(1)
      if (clock.monoNs() - behindNs > slowMsMax * 1e6) this.#config.dropSlow(unsentBytesHigh / 4)
    }
    return clock.monoNs() - fromNs
  }

  /** Sleeps, or ends early when woken; at 0 it lets the event loop turn once. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (ms === 0) {
        setImmediate(resolve)
        return
      }
      const timer = setTimeout(resolve, ms)
      this.#wake = (): void => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
