import { Worker } from 'node:worker_threads'
import { loadNative, type NativeBinding } from '../core/native.ts'

/** What the fallback thread runs: the native module's part where there is none. It knows no exit code. */
const FALLBACK = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), require('node:worker_threads').workerData)`

/**
 * The end of the process that nothing in it can hold up (S8): not a blocked main thread, not a worker that sits in native
 * code. Armed when the shutdown begins, it keeps the total; without the native module it is SIGKILL of self.
 */
export class LastResort {
  readonly #native: Pick<NativeBinding, 'exitAfter'> | null
  #fallback: Worker | null = null
  #deadlineMs = 0

  constructor(native: Pick<NativeBinding, 'exitAfter'> | null = loadNative()) {
    this.#native = native
  }

  /** Ends the process with `code` in `ms`, in place of an earlier deadline. */
  arm(ms: number, code: number): void {
    this.#deadlineMs = performance.now() + ms
    if (this.#native !== null) return this.#native.exitAfter(Math.ceil(ms), code)
    this.disarm()
    this.#fallback = new Worker(FALLBACK, { eval: true, workerData: ms, env: {}, execArgv: [] })
    this.#fallback.on('error', () => {
      // Without threads there is no last resort; the procedure's own deadlines remain.
    })
    this.#fallback.unref()
  }

  /** Another code at the same deadline. */
  code(code: number): void {
    if (this.#native === null) return
    this.#native.exitAfter(Math.max(1, Math.ceil(this.#deadlineMs - performance.now())), code)
  }

  disarm(): void {
    if (this.#native !== null) this.#native.exitAfter(-1, 0)
    void this.#fallback?.terminate()
    this.#fallback = null
  }
}

/** Leaves at once: no exit handler runs and no thread is waited for. Without the native module the code is SIGKILL's. */
export function leaveNow(code: number): never {
  loadNative()?.exitNow(code)
  process.kill(process.pid, 'SIGKILL')
  throw new Error('SIGKILL of self came back')
}
