import { Pool } from 'undici'
import { Backoff } from '../../core/backoff.ts'
import type { Random } from '../../core/random.ts'
import type { Timers } from '../../core/timers.ts'

/** Levels of a side, the most that the venue gives. */
export const SNAPSHOT_LEVELS = 5_000

export interface SnapshotFetcherConfig {
  readonly restUrl: string
  readonly requestTimeoutMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
  readonly random: Random
  readonly timers: Timers
  /** false while snapshots are of no use: they are asked for again after the next connect */
  readonly wanted: () => boolean
  /** false: too old, fetch another */
  readonly onBytes: (symbol: string, bytes: Buffer) => boolean | undefined
}

/** Fetches order book snapshots by REST, one at a time for each symbol, again until it has one. */
export class SnapshotFetcher {
  readonly #config: SnapshotFetcherConfig
  readonly #pool: Pool
  readonly #path: string
  /** symbol → asked for again while a request was under way */
  readonly #running = new Map<string, { again: boolean }>()
  readonly #abort = new AbortController()

  constructor(config: SnapshotFetcherConfig) {
    this.#config = config
    const url = new URL(config.restUrl)
    this.#path = `${url.pathname.replace(/\/$/, '')}/api/v3/depth`
    this.#pool = new Pool(url.origin, { connections: 2, connect: { timeout: config.requestTimeoutMs } })
  }

  request(symbol: string): void {
    const running = this.#running.get(symbol)
    if (running !== undefined) {
      running.again = true
      return
    }
    const job = { again: false }
    this.#running.set(symbol, job)
    void this.#run(symbol, job)
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#pool.destroy()
  }

  async #run(symbol: string, job: { again: boolean }): Promise<void> {
    const { timers, retryMinMs, retryMaxMs, random, wanted } = this.#config
    const backoff = new Backoff(retryMinMs, retryMaxMs, random)
    for (;;) {
      job.again = false
      const bytes = wanted() ? await this.#fetch(symbol) : null
      if (timers.closed || !wanted()) break
      const used = bytes !== null && this.#config.onBytes(symbol, bytes) !== false
      if (used && !job.again) break
      await timers.sleep(backoff.nextMs())
      if (timers.closed) break
    }
    this.#running.delete(symbol)
    if (job.again && wanted() && !timers.closed) this.request(symbol)
  }

  /** Null where the venue does not answer 200. */
  async #fetch(symbol: string): Promise<Buffer | null> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'GET',
        path: `${this.#path}?symbol=${encodeURIComponent(symbol)}&limit=${SNAPSHOT_LEVELS}`,
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(this.#config.requestTimeoutMs)]),
      })
      const bytes = Buffer.from(await body.arrayBuffer())
      return statusCode === 200 ? bytes : null
    } catch {
      return null
    }
  }
}
