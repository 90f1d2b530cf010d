import type { ShutdownSummary } from './shutdown-summary.ts'
import type { StepResult } from './steps.ts'

/**
 * What metrics, alerts and the bus are told of the engine's life. Times and orders are in the journal; these say that
 * something happened that somebody may have to act upon.
 */
export type EngineEvent =
  | { readonly kind: 'shutdown_requested'; readonly reason: string }
  | { readonly kind: 'shutdown_step'; readonly number: number; readonly result: StepResult }
  | { readonly kind: 'shutdown_summary'; readonly summary: ShutdownSummary }
  | { readonly kind: 'cancel_all'; readonly reason: string; readonly left: readonly string[] }

export type EngineListener = (event: EngineEvent) => void

/** Tells listeners, in the order of their subscription. One that throws is counted and holds up nobody. */
export class EngineEvents {
  readonly #listeners = new Set<EngineListener>()
  /** times that a listener threw */
  failures = 0

  /** @param listener must return at once; @returns takes it back */
  subscribe(listener: EngineListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch {
        this.failures++
      }
    }
  }
}
