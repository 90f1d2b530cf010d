import type { EngineProcess } from './engine-process.ts'
import type { Progress } from './progress-file.ts'

/** What the watch looks at. */
export interface WatchedEngine {
  readonly holder: () => EngineProcess | null
  readonly progress: () => Progress | null
  readonly isGone: (engine: EngineProcess) => boolean
}

/**
 * `waiting`: no engine, or one that has not begun to beat. `running`: it makes progress, or its time is not up yet.
 * `stalled`: it lives and stands still. `gone`: its process ended with the lock in its hand. `released`: an engine that
 * was seen here has given its lock back.
 */
export type EngineState = 'waiting' | 'running' | 'stalled' | 'gone' | 'released'

export interface EngineLook {
  readonly state: EngineState
  readonly engine: EngineProcess | null
  readonly boot: number | null
}

/**
 * Judges an engine by its progress, in checks and not by the clock: a check that comes late, because this process or
 * the whole machine was held up, counts as one and never makes a stall of the engine.
 */
export class EngineWatch {
  readonly #target: WatchedEngine
  readonly #checksMax: number
  #seen: EngineProcess | null = null
  #last: Progress | null = null
  #still = 0

  /** @param checksMax checks without progress that make a stall */
  constructor(target: WatchedEngine, checksMax: number) {
    this.#target = target
    this.#checksMax = checksMax
  }

  check(): EngineLook {
    const engine = this.#target.holder()
    if (engine === null) {
      const released = this.#seen
      this.#seen = null
      return { state: released === null ? 'waiting' : 'released', engine: released, boot: this.#boot() }
    }
    this.#seen = engine
    if (this.#target.isGone(engine)) return { state: 'gone', engine, boot: this.#boot() }
    const progress = this.#target.progress()
    // Before its first beat an engine is halted by BOOT: a long start is no stall.
    if (progress === null || progress.pid !== engine.pid) {
      this.#still = 0
      return { state: 'waiting', engine, boot: null }
    }
    const moved = this.#last?.pid !== progress.pid || this.#last.beats !== progress.beats
    this.#still = moved ? 0 : this.#still + 1
    this.#last = progress
    return { state: this.#still >= this.#checksMax ? 'stalled' : 'running', engine, boot: progress.boot }
  }

  #boot(): number | null {
    return this.#last?.boot ?? null
  }
}
