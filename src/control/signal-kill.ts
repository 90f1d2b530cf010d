import { loadNative, type NativeBinding } from '../core/native.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { signalLatchTarget } from '../shm/signal-latch.ts'

/** How often the latch is looked at: a library may have put its own handler in front of it, ms. */
const CHECK_MS = 1_000

/**
 * SIGUSR2 kills everything (K6, K7). The native handler changes the word whatever any thread is doing, and the control
 * thread completes its record; without the native module a JavaScript handler serves, which waits for the event loop.
 */
export class SignalKill {
  readonly implementation: 'native' | 'javascript'
  readonly #plane: ControlPlane
  readonly #native: NativeBinding | null
  readonly #onSignal: () => void
  readonly #timer: NodeJS.Timeout | undefined

  /**
   * @param onSignal called by the JavaScript handler alone: sets the kill and journals it
   * @param native the module, or null for the JavaScript handler; tests give either
   */
  constructor(plane: ControlPlane, onSignal: () => void, native: NativeBinding | null = loadNative()) {
    this.#plane = plane
    this.#native = native
    this.#onSignal = onSignal
    this.implementation = native === null ? 'javascript' : 'native'
    if (native === null) process.on('SIGUSR2', onSignal)
    else {
      this.#arm()
      this.#timer = setInterval(() => this.check(), CHECK_MS).unref()
    }
  }

  /** Arms the latch again where something has taken the signal from it. */
  check(): void {
    if (this.#native?.signalLatchArmed() === false) this.#arm()
  }

  /** The signal kills nothing any more, and does not end the process either where the native handler is in place. */
  close(): void {
    clearInterval(this.#timer)
    this.#native?.disarmSignalLatch()
    process.off('SIGUSR2', this.#onSignal)
  }

  #arm(): void {
    const { words, index, reasons, record } = signalLatchTarget(this.#plane)
    this.#native?.armSignalLatch(words, index, reasons, record)
  }
}
