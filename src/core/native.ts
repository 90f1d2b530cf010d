import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The functions over one native decoder's state (`native/binding/src/decoder.rs`). Only `feed/decode/native.ts` calls them. */
export interface NativeDecoderHandle {
  /** Adds the next instrument of the table; its index is its place. */
  addInstrument(
    symbol: string,
    lowerCaseSymbol: string,
    priceScale: number,
    priceUnits: number,
    qtyScale: number,
    qtyUnits: number,
    allowsNegativePrice: boolean,
  ): void
  /** `call`: 8 doubles that carry arguments and results; `out`: the f64 view of the slots. Both stay the caller's. */
  attach(call: Float64Array, out: Float64Array): void
  decode(bytes: Uint8Array): void
  decodeBatch(
    bytes: Uint8Array,
    starts: Uint32Array,
    ends: Uint32Array,
    recvNs: Float64Array,
    types: Uint8Array,
    instruments: Int32Array,
    counts: Uint32Array,
  ): void
}

/** Every number that Rust and TypeScript must agree on. */
export interface NativeConstants {
  readonly slotBytes: number
  readonly reasonBits: number
  readonly signal: number
  readonly kinds: Readonly<Record<string, number>>
  readonly codes: Readonly<Record<string, number>>
  readonly limits: Readonly<Record<string, number>>
}

/** `native/tidegate.node` as it exports itself. */
export interface NativeBinding {
  constants(): NativeConstants
  createDecoder(feed: number, eventBaseMs: number): NativeDecoderHandle
  /** Sets `reasons` in `words[index]` and raises its generation, as the signal handler does; gives the new word. */
  raise(words: Int32Array, index: number, reasons: number): number
  /**
   * From now on SIGUSR2 raises `reasons` in `words[index]`, also while every JavaScript thread is blocked. `record[0]`
   * counts the signals, `record[1]` is the monotonic ns of the last. The caller keeps both arrays alive. A handler that
   * was there before is still called; one installed later (`process.on('SIGUSR2')`) takes the signal away: see `signalLatchArmed`.
   *
   * @throws NATIVE_ARGUMENT, NATIVE_SIGNAL
   */
  armSignalLatch(words: Int32Array, index: number, reasons: number, record: BigInt64Array): void
  disarmSignalLatch(): void
  /** False when something has replaced the process' SIGUSR2 handler since; arming again puts it right. */
  signalLatchArmed(): boolean
  /** Ends the process at once: no exit handler runs, no thread is waited for, nothing is flushed. */
  exitNow(code: number): never
  /**
   * The same after `ms`, by a native thread that nothing in the process can hold up; replaces an earlier call, and a
   * negative `ms` takes it back.
   */
  exitAfter(ms: number, code: number): void
  /**
   * From now on this thread's end closes the poll handles of its event loop, which a foreign module (uWebSockets.js) leaves
   * open: Node would abort the process on them. To be called after that module was loaded.
   *
   * @throws NATIVE_LOOP
   */
  closePollsAtEnd(): void
}

export interface NativeStatus {
  readonly live: boolean
  /** one phrase for the start-up line and `doctor` */
  readonly why: string
}

const MODULE_PATH = fileURLToPath(new URL('../../native/tidegate.node', import.meta.url))
const FUNCTIONS = [
  'constants',
  'createDecoder',
  'raise',
  'armSignalLatch',
  'disarmSignalLatch',
  'signalLatchArmed',
  'exitNow',
  'exitAfter',
  'closePollsAtEnd',
]

/** Writes through the module into shared memory, since Node-API took SharedArrayBuffer officially only lately. */
function sharedMemoryFault(binding: NativeBinding): string | null {
  const words = new Int32Array(new SharedArrayBuffer(256), 64, 4)
  const given = binding.raise(words, 2, 5)
  const seen = Atomics.load(words, 2)
  return given === 0x1005 && seen === 0x1005 && binding.raise(words, 2, 2) === 0x2007
    ? null
    : 'self-test: a write to shared memory was not seen'
}

/**
 * Loads the module at `path` and tests that it has its functions and reaches shared memory. Never throws.
 * Whoever uses a part compares that part's constants.
 */
export function openNative(path: string): { binding: NativeBinding | null; why: string } {
  try {
    const binding = createRequire(import.meta.url)(path) as NativeBinding
    const missing = FUNCTIONS.find(
      (name) => typeof (binding as unknown as Record<string, unknown>)[name] !== 'function',
    )
    const fault = missing === undefined ? sharedMemoryFault(binding) : `the module has no ${missing}`
    return fault === null ? { binding, why: 'loaded' } : { binding: null, why: fault }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const absent = code === 'MODULE_NOT_FOUND'
    return { binding: null, why: absent ? 'not built' : (message.split('\n')[0] as string) }
  }
}

let opened: { binding: NativeBinding | null; why: string } | undefined

/**
 * The native module, or null where it is switched off (`TIDEGATE_NATIVE=0`), not built or not fit; `nativeStatus` says
 * which. Loaded once a thread.
 */
export function loadNative(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NativeBinding | null {
  if (environment['TIDEGATE_NATIVE'] === '0') return null
  opened ??= openNative(MODULE_PATH)
  return opened.binding
}

export function nativeStatus(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NativeStatus {
  if (environment['TIDEGATE_NATIVE'] === '0') return { live: false, why: 'off by TIDEGATE_NATIVE=0' }
  const live = loadNative(environment) !== null
  return { live, why: opened?.why ?? 'not built' }
}
