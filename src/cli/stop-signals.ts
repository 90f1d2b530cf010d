import { readFileSync } from 'node:fs'
import { EXIT } from '../core/errors.ts'
import { leaveNow } from '../ops/last-resort.ts'

/** Signals closer than this are one: npm and a terminal both send (DESIGN 10). */
const SAME_SIGNAL_MS = 200
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * The process' stop requests in one place: the first asks for shutdown, the second hurries it, the third ends the
 * process at once (S1). A request from inside counts as the first.
 */
export class StopSignals {
  /** called by the third signal before the process ends; must return at once */
  onForced: () => void = () => {}
  /** somebody asked because something went wrong: the exit code is not 0 then */
  failed = false
  readonly #asked = Promise.withResolvers<string>()
  readonly #hurry = new AbortController()
  readonly #stop = new AbortController()
  readonly #onSignal: (signal: NodeJS.Signals) => void
  readonly #signals: readonly NodeJS.Signals[]
  #onRequest: ((reason: string) => void) | null = null
  #reason: string | null = null
  #count = 0
  #lastMs = Number.NEGATIVE_INFINITY

  /**
   * @param leave ends the process; must not return
   * @param nowMs the clock that tells signals apart
   */
  constructor(leave: (code: number) => void = leaveNow, nowMs: () => number = () => performance.now()) {
    this.#onSignal = (signal) => {
      const now = nowMs()
      if (now - this.#lastMs < SAME_SIGNAL_MS) return
      this.#lastMs = now
      if (this.#count++ === 0) return this.request(signal)
      if (this.#count === 2) return this.#hurry.abort()
      try {
        this.onForced()
      } finally {
        leave(EXIT.FORCED)
      }
    }
    this.#signals = SIGNALS.filter((signal) => signal !== 'SIGHUP' || !ignoresHangUp())
    for (const signal of this.#signals) process.on(signal, this.#onSignal)
  }

  /** Resolves with the reason of the first request. */
  get asked(): Promise<string> {
    return this.#asked.promise
  }

  /** Aborts with the first request. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Aborts with the second signal. */
  get hurry(): AbortSignal {
    return this.#hurry.signal
  }

  /** Called inside of the first request, before anybody else hears of it; at once where there was one already. */
  set onRequest(listener: (reason: string) => void) {
    this.#onRequest = listener
    if (this.#reason !== null) listener(this.#reason)
  }

  /** A request from inside: operator, end of input, a failure. Only the first reason counts. */
  request(reason: string): void {
    if (this.#reason !== null) return
    this.#reason = reason
    this.#count = Math.max(1, this.#count)
    try {
      this.#onRequest?.(reason)
    } finally {
      this.#asked.resolve(reason)
      this.#stop.abort()
    }
  }

  /** The same after a failure, also where a shutdown is under way already. */
  fail(reason: string): void {
    this.failed = true
    this.request(reason)
  }

  /**
   * Nobody listens any more. Once a signal was taken it stays taken until the process ends: npm passes on what the
   * terminal has sent already, and a copy that comes late must not end by its default what ended cleanly.
   */
  close(): void {
    this.onForced = () => {}
    if (this.#lastMs !== Number.NEGATIVE_INFINITY) return
    for (const signal of this.#signals) process.off(signal, this.#onSignal)
  }
}

/** True where whoever started us said that a terminal's end is not ours (`nohup`): Linux tells by the mask of ignored signals. */
function ignoresHangUp(): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return (BigInt(`0x${mask}`) & 1n) === 1n
  } catch {
    return false
  }
}
