import { Pool } from 'undici'
import { Backoff } from '../../core/backoff.ts'
import type { Random } from '../../core/random.ts'
import type { Timers } from '../../core/timers.ts'
import { type RequestLimits, SHARE } from './request-limits.ts'
import type { SnapshotDepth } from './request-weight.ts'

export interface SnapshotFetcherConfig {
  readonly restUrl: string
  readonly requestTimeoutMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
  readonly random: Random
  /** of the host, shared by everything that asks it */
  readonly limits: RequestLimits
  /** deepest first; one that the weight of the minute does not suffice for gives way to the next */
  readonly depths: readonly SnapshotDepth[]
  readonly timers: Timers
  /** false while snapshots are of no use: they are asked for again after the next connect */
  readonly wanted: () => boolean
  /** false: too old, fetch another. The bytes are valid only inside the call. */
  readonly onBytes: (symbol: string, bytes: Buffer) => boolean | undefined
}

/** One request on each. */
const CONNECTIONS = 2
/** Room for a body at first; a snapshot of 1,000 levels a side is about 60 kB. */
const BODY_BYTES = 65_536

/** The body of an answer as it comes in, in memory that serves many answers: garbage of this size lies around for long. */
class Body {
  #buffer = Buffer.allocUnsafeSlow(BODY_BYTES)
  #length = 0

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  add(chunk: Buffer): void {
    const needed = this.#length + chunk.length
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    chunk.copy(this.#buffer, this.#length)
    this.#length = needed
  }

  clear(): void {
    this.#length = 0
  }
}

/** Fetches order book snapshots by REST, one at a time for each symbol, again until it has one. */
export class SnapshotFetcher {
  readonly #config: SnapshotFetcherConfig
  readonly #pool: Pool
  readonly #path: string
  /** symbol → asked for again while a request was under way */
  readonly #running = new Map<string, { again: boolean }>()
  readonly #abort = new AbortController()
  /** bodies that no answer is read into */
  readonly #bodies: Body[] = []
  #underWay = 0
  /** symbols whose turn has not come, by what begins it: at most one a symbol */
  readonly #waiting: (() => void)[] = []

  constructor(config: SnapshotFetcherConfig) {
    this.#config = config
    const url = new URL(config.restUrl)
    this.#path = `${url.pathname.replace(/\/$/, '')}/api/v3/depth`
    this.#pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      connect: { timeout: config.requestTimeoutMs },
    })
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
      const body = wanted() ? await this.#fetchInTurn(symbol) : null
      const stopped = timers.closed || !wanted()
      const used = !stopped && body !== null && this.#config.onBytes(symbol, body.bytes) !== false
      if (body !== null) this.#bodies.push(body)
      if (stopped) break
      if (used && !job.again) break
      await timers.sleep(backoff.nextMs())
      if (timers.closed) break
    }
    this.#running.delete(symbol)
    if (job.again && wanted() && !timers.closed) this.request(symbol)
  }

  /** The same in its turn: a request counts, and its time runs, from when it leaves. */
  async #fetchInTurn(symbol: string): Promise<Body | null> {
    if (this.#underWay < CONNECTIONS) this.#underWay++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      const { wanted, timers } = this.#config
      return wanted() && !timers.closed ? await this.#fetch(symbol) : null
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#underWay--
      else next()
    }
  }

  /** Null where the venue does not answer 200, or is not to be asked now. */
  async #fetch(symbol: string): Promise<Body | null> {
    const { limits, depths } = this.#config
    const depth = depths.find(({ weight }) => limits.claim(weight, SHARE.SNAPSHOT))
    if (depth === undefined) return null
    const minute = limits.minute()
    let body: Body | null = null
    try {
      const answer = await this.#pool.request({
        method: 'GET',
        path: `${this.#path}?symbol=${encodeURIComponent(symbol)}&limit=${depth.levels}`,
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(this.#config.requestTimeoutMs)]),
      })
      limits.onRest(answer.statusCode, answer.headers, minute)
      body = this.#bodies.pop() ?? new Body()
      body.clear()
      for await (const chunk of answer.body) body.add(chunk as Buffer)
      if (answer.statusCode === 200) return body
    } catch {
      // Asked for again.
    }
    if (body !== null) this.#bodies.push(body)
    return null
  }
}
