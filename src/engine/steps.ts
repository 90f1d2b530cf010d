import type { Clock } from '../core/clock.ts'

/** One step of an ordered procedure. It may fail or hang: the next one runs all the same. */
export interface Step {
  readonly name: string
  /** longest time of this step, ms; what later steps have reserved of the total cuts it further */
  readonly deadlineMs: number
  /** time that is kept for this step whatever the steps before it need, ms */
  readonly reserveMs: number
  /**
   * @param signal aborts at the step's deadline; the step should end then, but nothing waits for it
   * @param limitMs how long the step has
   */
  run(signal: AbortSignal, limitMs: number): Promise<void> | void
}

export interface StepResult {
  readonly name: string
  readonly outcome: 'done' | 'failed' | 'timeout'
  readonly error: string | null
  readonly duration_ms: number
}

export interface StepsOptions {
  readonly clock: Clock
  /** longest time of all steps together, ms */
  readonly totalMs: number
  readonly onStart: (number: number, name: string) => void
  readonly onEnd: (number: number, result: StepResult) => void
}

/** When a blocked thread has used up the total, a step still gets so much: enough for what it does at once, ms. */
const STEP_MIN_MS = 5

/**
 * Runs the steps in order, each within its own deadline and all within the total (DESIGN 6). A step that throws or does
 * not end in time is a result like any other. What the reserves of later steps add up to is never used before them;
 * where the total is smaller than all reserves, each is cut in proportion.
 */
export async function runSteps(steps: readonly Step[], options: StepsOptions): Promise<StepResult[]> {
  const { clock, totalMs } = options
  const startNs = clock.monoNs()
  let reservedMs = steps.reduce((sum, { reserveMs }) => sum + reserveMs, 0)
  const scale = Math.min(1, totalMs / Math.max(1, reservedMs))
  reservedMs *= scale
  const results: StepResult[] = []
  for (const [index, step] of steps.entries()) {
    tell(() => options.onStart(index + 1, step.name))
    reservedMs -= step.reserveMs * scale
    const leftMs = totalMs - (clock.monoNs() - startNs) / 1e6 - reservedMs
    const result = await runStep(step, Math.max(STEP_MIN_MS, Math.min(step.deadlineMs, leftMs)), clock)
    results.push(result)
    tell(() => options.onEnd(index + 1, result))
  }
  return results
}

/** A listener that fails must not stop the procedure; there is nobody left to tell. */
function tell(listener: () => void): void {
  try {
    listener()
  } catch {
    // The step's own result is in the summary.
  }
}

async function runStep(step: Step, limitMs: number, clock: Clock): Promise<StepResult> {
  const startNs = clock.monoNs()
  const abort = new AbortController()
  const work = (async (): Promise<string | null> => {
    try {
      await step.run(abort.signal, limitMs)
      return null
    } catch (error) {
      return messageOf(error)
    }
  })()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => {
      abort.abort()
      resolve('late')
    }, limitMs)
  })
  const ended = await Promise.race([work.then((error) => ({ error })), late])
  clearTimeout(timer)
  const duration_ms = Math.round((clock.monoNs() - startNs) / 1e3) / 1e3
  const { name } = step
  if (ended === 'late') {
    return { name, outcome: 'timeout', error: `not done within ${Math.round(limitMs)} ms`, duration_ms }
  }
  return { name, outcome: ended.error === null ? 'done' : 'failed', error: ended.error, duration_ms }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects, leaves no timer. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/**
 * The value of `work`, for as long as somebody may wait for it. What comes later is dropped.
 *
 * @throws what `work` throws, and an error at the limit or when the signal aborts; leaves no timer
 */
export async function bounded<T>(
  work: Promise<T>,
  what: string,
  ms: number,
  signal: AbortSignal,
): Promise<T> {
  const over = new AbortController()
  const limit = sleep(ms, AbortSignal.any([signal, over.signal])).then(() => null)
  try {
    const ended = await Promise.race([work.then((value) => ({ value })), limit])
    if (ended !== null) return ended.value
  } finally {
    over.abort()
  }
  throw new Error(signal.aborted ? `${what}: no time left` : `${what}: no answer within ${ms} ms`)
}

/** Runs `work` over the items, so many at once. `work` must not throw. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
}
