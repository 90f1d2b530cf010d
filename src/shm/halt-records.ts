import { assert } from '../core/assert.ts'
import type { HaltRecord } from '../domain/reasons.ts'
import type { ControlPlane } from './control-plane.ts'
import { HALT_RECORD, HALT_RECORD_BYTES, HALT_SOURCES_MAX, PLANE, WORKERS_MAX } from './layout.ts'

/**
 * Sources of halts, each with a record of its own in shared memory, and the thread that alone writes it. A signal
 * stores only its bit; the control thread completes the record of `signal`.
 */
export const HALT_SOURCE_WRITERS = {
  start: 'main',
  shutdown: 'main',
  reconciliation: 'main',
  feed: 'main',
  breaker: 'main',
  risk: 'main',
  journal: 'main',
  clock: 'main',
  engine: 'main',
  operator: 'control',
  http: 'control',
  cli: 'control',
  file: 'control',
  lock_file: 'control',
  environment: 'control',
  signal: 'control',
  bus: 'control',
  lease: 'control',
  watchdog: 'control',
  guardian: 'control',
  drill: 'control',
} as const
export type HaltSource = keyof typeof HALT_SOURCE_WRITERS | `worker-${number}`

const FIXED_SOURCES = Object.keys(HALT_SOURCE_WRITERS) as HaltSource[]
const SOURCES: readonly HaltSource[] = [
  ...FIXED_SOURCES,
  ...Array.from({ length: WORKERS_MAX }, (_, index): HaltSource => `worker-${index}`),
]
assert(SOURCES.length <= HALT_SOURCES_MAX, 'halt records: more sources than room in the plane')

const RECORD_WORDS = HALT_RECORD_BYTES / 4
const JSON_BYTES_MAX = HALT_RECORD_BYTES - HALT_RECORD.bytes * 4
const READ_TRIES_MAX = 1_000

function recordAt(source: HaltSource): number {
  const index = SOURCES.indexOf(source)
  assert(index >= 0, `no halt source ${source}`)
  return PLANE.haltRecords + index * RECORD_WORDS
}

/** Encodes a record, its text cut so that it fits. */
function encode(record: HaltRecord): Uint8Array {
  const encoder = new TextEncoder()
  let { text } = record
  for (;;) {
    const bytes = encoder.encode(JSON.stringify({ ...record, text }))
    if (bytes.length <= JSON_BYTES_MAX) return bytes
    assert(text.length > 0, 'a halt record is too long without its text')
    text = text.slice(0, Math.floor(text.length / 2))
  }
}

/** The one writer of a source's record. */
export class HaltRecordWriter {
  readonly #words: Int32Array
  readonly #at: number

  /** @throws ASSERTION when the source has a writer already */
  constructor(plane: ControlPlane, source: HaltSource) {
    this.#words = plane.words
    this.#at = recordAt(source)
    // Sequentially consistent exchange: of two claimants one reads 0.
    const before = Atomics.compareExchange(this.#words, this.#at + HALT_RECORD.owner, 0, 1)
    assert(before === 0, `the halt source ${source} has a writer already`)
  }

  /** Replaces the record. A text that does not fit is cut. */
  write(record: HaltRecord): void {
    const bytes = encode(record)
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
    padded.set(bytes)
    const words = new Int32Array(padded.buffer)
    const body = this.#at + HALT_RECORD.bytes
    // A sequence lock whose every access is sequentially consistent: odd version, body, even version, in that order
    // for every thread. Halts are rare, so 250 atomic stores are no cost.
    Atomics.add(this.#words, this.#at + HALT_RECORD.version, 1)
    Atomics.store(this.#words, this.#at + HALT_RECORD.length, bytes.length)
    for (let i = 0; i < words.length; i++) Atomics.store(this.#words, body + i, words[i] as number)
    Atomics.add(this.#words, this.#at + HALT_RECORD.version, 1)
  }
}

/** The last halt of a source, from any thread; null where it never halted or its writer never gets done. */
export function readHaltRecord(plane: ControlPlane, source: HaltSource): HaltRecord | null {
  const { words } = plane
  const at = recordAt(source)
  for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
    // Sequentially consistent: equal even versions before and after mean that no write lay in between.
    const version = Atomics.load(words, at + HALT_RECORD.version)
    if (version === 0) return null
    if ((version & 1) !== 0) continue
    const length = Atomics.load(words, at + HALT_RECORD.length)
    const copy = new Int32Array(Math.ceil(Math.min(length, JSON_BYTES_MAX) / 4))
    for (let i = 0; i < copy.length; i++) copy[i] = Atomics.load(words, at + HALT_RECORD.bytes + i)
    if (Atomics.load(words, at + HALT_RECORD.version) !== version) continue
    return JSON.parse(new TextDecoder().decode(new Uint8Array(copy.buffer, 0, length))) as HaltRecord
  }
  return null
}

/** The last halts of all sources that have one. */
export function readHaltRecords(plane: ControlPlane): HaltRecord[] {
  return SOURCES.map((source) => readHaltRecord(plane, source)).filter((record) => record !== null)
}
