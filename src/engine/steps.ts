import type { Clock } from '../core/clock.ts'

/** One step of an ordered procedure. It may fail or hang: the next one runs all the same. */
export interface Step {
  readonly name: string
  /** longest time of this step, ms; the total cuts it further */
  readonly deadlineMs: number
  /** `signal` aborts at the step's deadline; the step should end then, but nothing waits for it */
  run(signal: AbortSignal): Promise<void> | void
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
  /** asked before each step and while one runs: true skips to the steps that are `always` */
  readonly onStart: (number: number, name: string) => void
  readonly onEnd: (number: number, result: StepResult) => void
}

/** A timer that fires late leaves the rest of the time to the steps that follow; none gets less than this, ms. */
const STEP_MIN_MS = 20

/**
 * Runs the steps in order, each within its own deadline and all within the total (DESIGN 6). A step that throws or does
 * not end in time is a result like any other; the total is kept by shortening what is left.
 */
export async function runSteps(steps: readonly Step[], options: StepsOptions): Promise<StepResult[]> {
  const { clock, totalMs } = options
  const startNs = clock.monoNs()
  const results: StepResult[] = []
  for (const [index, step] of steps.entries()) {
    options.onStart(index + 1, step.name)
    const leftMs = totalMs - (clock.monoNs() - startNs) / 1e6
    const result = await runStep(step, Math.max(STEP_MIN_MS, Math.min(step.deadlineMs, leftMs)), clock)
    results.push(result)
    options.onEnd(index + 1, result)
  }
  return results
}

async function runStep(step: Step, limitMs: number, clock: Clock): Promise<StepResult> {
  const startNs = clock.monoNs()
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => {
      abort.abort()
      resolve('timeout')
    }, limitMs)
  })
  const work = (async (): Promise<{ error: string | null }> => {
    try {
      await step.run(abort.signal)
      return { error: null }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  })()
  const ended = await Promise.race([work, deadline])
  clearTimeout(timer)
  const duration_ms = Math.round((clock.monoNs() - startNs) / 1e3) / 1e3
  if (ended === 'timeout') {
    return {
      name: step.name,
      outcome: 'timeout',
      error: `not done within ${Math.round(limitMs)} ms`,
      duration_ms,
    }
  }
  return {
    name: step.name,
    outcome: ended.error === null ? 'done' : 'failed',
    error: ended.error,
    duration_ms,
  }
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
