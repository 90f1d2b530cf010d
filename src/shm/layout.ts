import { assert } from '../core/assert.ts'
import { PERMIT_WORDS } from '../domain/intent.ts'
import { TICK_SLOT_BYTES } from '../domain/tick.ts'

/**
 * Every word that threads share, named once: where it lies, who may write it, what it means. Offsets count 32-bit
 * words from the start of their memory. Words of different writers never share a 64-byte line; the builder below
 * starts a new line where the writer changes, so the rule holds by construction.
 *
 * There is one control plane per run (`PLANE`), and one block of rings per strategy worker (`WORKER`).
 */
export const CACHE_LINE_BYTES = 64
export const LINE_WORDS = 16

export const VENUES_MAX = 16
export const ACCOUNTS_MAX = 16
export const STRATEGIES_MAX = 64
export const SYMBOLS_MAX = 1024
export const WORKERS_MAX = 16
/** Threads with a heartbeat and counters: the fixed roles, then the workers. */
export const ROLE_THREADS = ['main', 'control', 'log', 'feed'] as const
export type RoleThread = (typeof ROLE_THREADS)[number]
export const THREADS_MAX: number = ROLE_THREADS.length + WORKERS_MAX
/** float64 counters of one thread. */
export const THREAD_COUNTERS_MAX = 64
/** Sources of halts that keep a record of their own (`halt-records.ts`). */
export const HALT_SOURCES_MAX = 48
export const HALT_RECORD_BYTES = 1024

/**
 * Who writes a word. `any` is every thread, but only by compareExchange, add, or, exchange. `creator` writes before
 * another thread sees the memory. `owner` is the one thread that the block belongs to.
 */
export type Writer = 'creator' | 'any' | 'main' | 'control' | 'worker' | 'signal' | 'owner'

export interface WordInfo {
  readonly name: string
  /** first 32-bit word */
  readonly at: number
  readonly count: number
  /** distance between two of `count`, in 32-bit words */
  readonly stride: number
  readonly writer: Writer
  readonly meaning: string
}

class LayoutBuilder {
  readonly words: WordInfo[] = []
  #next = 0
  #line: Writer | null = null

  /** One word, on the present line where that belongs to the same single writer. */
  word(name: string, writer: Writer, meaning: string): number {
    if (this.#line !== writer || writer === 'any') this.#startLine()
    this.#line = writer
    const at = this.#next++
    this.words.push({ name, at, count: 1, stride: LINE_WORDS, writer, meaning })
    return at
  }

  /** `count` blocks of whole lines, one `stride` apart. */
  block(name: string, count: number, stride: number, writer: Writer, meaning: string): number {
    assert(stride % LINE_WORDS === 0, `layout: ${name} must span whole cache lines`)
    this.#startLine()
    const at = this.#next
    this.#next += count * stride
    this.#line = null
    this.words.push({ name, at, count, stride, writer, meaning })
    return at
  }

  end(): number {
    this.#startLine()
    return this.#next
  }

  #startLine(): void {
    this.#next = Math.ceil(this.#next / LINE_WORDS) * LINE_WORDS
    this.#line = null
  }
}

const plane = new LayoutBuilder()
const COUNTER_STRIDE_WORDS = THREAD_COUNTERS_MAX * 2
const HALT_RECORD_WORDS = HALT_RECORD_BYTES / 4

type PlaneWord =
  | 'magic'
  | 'all'
  | 'epoch'
  | 'levels'
  | 'venue'
  | 'account'
  | 'strategy'
  | 'symbol'
  | 'submitting'
  | 'inFlight'
  | 'mainParked'
  | 'signalRecord'
  | 'heartbeat'
  | 'counters'
  | 'haltRecords'

/** The control plane. A scope's word lies at `venue + index * LINE_WORDS`, and so on. */
export const PLANE: Readonly<Record<PlaneWord, number>> = {
  magic: plane.word('magic', 'creator', 'LAYOUT_MAGIC: the memory is a control plane of this layout'),
  all: plane.word('all', 'any', 'control word of everything'),
  epoch: plane.word(
    'epoch',
    'any',
    'raised after every change of a scope word; the gates read it and `all`, and the other words where it moved',
  ),
  levels: plane.word('levels', 'any', 'one bit per level source (file, lock file, environment) that asserts'),
  venue: plane.block('venue', VENUES_MAX, LINE_WORDS, 'any', 'control word of a venue'),
  account: plane.block('account', ACCOUNTS_MAX, LINE_WORDS, 'any', 'control word of an account'),
  strategy: plane.block('strategy', STRATEGIES_MAX, LINE_WORDS, 'any', 'control word of a strategy'),
  symbol: plane.block('symbol', SYMBOLS_MAX, LINE_WORDS, 'any', 'control word of a symbol'),
  submitting: plane.word('submitting', 'any', 'submissions between guard enter and exit (main; tests: many)'),
  inFlight: plane.word('inFlight', 'any', 'submissions whose outcome is not known yet'),
  mainParked: plane.word(
    'mainParked',
    'any',
    '1: main sleeps in its event loop; who takes it to 0 pings main',
  ),
  signalRecord: plane.block(
    'signalRecord',
    1,
    LINE_WORDS,
    'signal',
    'two int64 of the native signal latch: signals that set KILL, monotonic ns of the last',
  ),
  heartbeat: plane.block('heartbeat', THREADS_MAX, LINE_WORDS, 'owner', 'one line a thread: HEARTBEAT words'),
  counters: plane.block(
    'counters',
    THREADS_MAX,
    COUNTER_STRIDE_WORDS,
    'owner',
    'float64 counters of a thread, by id (`counters.ts`)',
  ),
  haltRecords: plane.block(
    'haltRecords',
    HALT_SOURCES_MAX,
    HALT_RECORD_WORDS,
    'owner',
    'last halt of each source as JSON: HALT_RECORD words, then bytes',
  ),
}
export const PLANE_TABLE: readonly WordInfo[] = plane.words
export const PLANE_BYTES: number = plane.end() * 4
/** Changes with every change of this file's offsets. */
export const LAYOUT_MAGIC = 0x7d6a7e03

/** Words of a thread's heartbeat line, relative to its start. */
export const HEARTBEAT = { state: 0, progress: 1, beatMs: 2 } as const
/** Words of a halt record, relative to its start; JSON bytes follow at `bytes`. */
export const HALT_RECORD = { owner: 0, version: 1, length: 2, bytes: 4 } as const

/** Words of a ring's cursors, relative to their start: one line for each side. */
export const RING = { producerOwner: 0, tail: 1, consumerOwner: 16, head: 17 } as const
export const RING_WORDS = 32

const worker = new LayoutBuilder()
type WorkerWord =
  | 'doorbell'
  | 'stop'
  | 'mailSent'
  | 'mailTaken'
  | 'parked'
  | 'mailPosted'
  | 'mailRead'
  | 'tickRing'
  | 'intentRing'

/** The block of one strategy worker; its rings' slots follow (`worker-memory.ts`). */
export const WORKER: Readonly<Record<WorkerWord, number>> = {
  doorbell: worker.word('doorbell', 'any', 'raised to wake the worker: a tick, mail or stop is there'),
  stop: worker.word('stop', 'main', 'STOP value that the host asks for'),
  mailSent: worker.word('mailSent', 'main', 'messages that main posted to the worker'),
  mailTaken: worker.word('mailTaken', 'main', 'messages of the worker that main has received'),
  parked: worker.word('parked', 'worker', '1: the worker blocks, or is about to, on the doorbell'),
  mailPosted: worker.word('mailPosted', 'worker', 'messages that the worker posted to main'),
  mailRead: worker.word('mailRead', 'worker', 'messages of main that the worker has received'),
  tickRing: worker.block('tickRing', 1, RING_WORDS, 'owner', 'cursors; main produces, the worker consumes'),
  intentRing: worker.block(
    'intentRing',
    1,
    RING_WORDS,
    'owner',
    'cursors; the worker produces, main consumes',
  ),
}
export const WORKER_TABLE: readonly WordInfo[] = worker.words
export const WORKER_HEADER_BYTES: number = worker.end() * 4

/** What `WORKER.stop` asks for; it only ever grows. */
export const STOP = { NONE: 0, WHEN_DRAINED: 1, NOW: 2 } as const

/** Intent slot: 64 bytes. Words of `i32`, then words of `f64`; both from the slot's start. */
export const INTENT_I32 = { strategyAction: 0, instrument: 1, permit: 2, featureCount: 7 } as const
export const INTENT_F64 = { tickSeq: 4, tickRecvNs: 5, decidedNs: 6, referencePrice: 7 } as const
/** Words of an intent's companion row (float64) before its features. */
export const INTENT_ROW = { tickEventNs: 0, limitPrice: 1, qty: 2, features: 3 } as const
export const INTENT_SLOT_BYTES = 64

assert(TICK_SLOT_BYTES === CACHE_LINE_BYTES, 'layout: a tick slot is one cache line')
assert(INTENT_SLOT_BYTES === CACHE_LINE_BYTES, 'layout: an intent slot is one cache line')
assert(CACHE_LINE_BYTES === LINE_WORDS * 4, 'layout: line words and line bytes agree')
assert(
  INTENT_I32.permit + PERMIT_WORDS === INTENT_I32.featureCount &&
    (INTENT_I32.featureCount + 1) * 4 === INTENT_F64.tickSeq * 8,
  'layout: the permit and the floats of an intent slot do not overlap',
)
assert(THREADS_MAX <= 32 && HALT_SOURCES_MAX >= ROLE_THREADS.length, 'layout: threads and sources fit')
assert(RING.consumerOwner === LINE_WORDS && RING_WORDS === 2 * LINE_WORDS, 'layout: a line for each side')
assert((PLANE.counters * 4) % 8 === 0, 'layout: counters are aligned for float64')
