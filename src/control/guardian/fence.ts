import type { Clock } from '../../core/clock.ts'
import { sleep } from '../../engine/steps.ts'
import { type EngineProcess, isGone, signalEngine } from './engine-process.ts'

const POLL_MS = 5
/** SIGKILL needs no cooperation; a process that outlives it this long sits in the kernel. */
const KILL_WAIT_MS = 10_000

/** How an engine was kept from sending. Times are ms from the first signal. */
export interface FenceResult {
  /** `none`: there was nothing to end; `signal`: it ended by SIGUSR2; `kill`: by SIGKILL */
  readonly how: 'none' | 'signal' | 'kill'
  /** verified by /proc: no thread of it can run */
  readonly gone: boolean
  readonly killed_ms: number | null
  readonly gone_ms: number | null
  /** why a signal could not be sent; EPERM: it belongs to another user */
  readonly error: string | null
}

/** What the fence does to a process; tests give another. */
export interface FencePort {
  readonly isGone: typeof isGone
  readonly signal: typeof signalEngine
}

/**
 * Makes sure that an engine can send no more: SIGUSR2, which sets the kill word even where the main thread is busy and
 * latches it for the next start, then SIGKILL after `fenceMs`, which also ends a stopped process, then the look into
 * /proc. An engine that wakes up in between is ended all the same: what it holds in its sockets is unknown.
 */
export async function fence(
  engine: EngineProcess,
  fenceMs: number,
  clock: Clock,
  port: FencePort = { isGone, signal: signalEngine },
): Promise<FenceResult> {
  const startNs = clock.monoNs()
  const sinceMs = (): number => Math.round((clock.monoNs() - startNs) / 1e3) / 1e3
  if (port.isGone(engine)) return { how: 'none', gone: true, killed_ms: null, gone_ms: 0, error: null }
  const goneWithin = async (limitMs: number): Promise<boolean> => {
    const untilNs = clock.monoNs() + limitMs * 1e6
    while (!port.isGone(engine)) {
      if (clock.monoNs() >= untilNs) return false
      await sleep(POLL_MS)
    }
    return true
  }
  port.signal(engine, 'SIGUSR2')
  if (await goneWithin(fenceMs)) {
    return { how: 'signal', gone: true, killed_ms: null, gone_ms: sinceMs(), error: null }
  }
  const killed_ms = sinceMs()
  const error = port.signal(engine, 'SIGKILL')
  const gone = await goneWithin(error === 'EPERM' ? 0 : KILL_WAIT_MS)
  return { how: 'kill', gone, killed_ms, gone_ms: gone ? sinceMs() : null, error: gone ? null : error }
}
