import type { Clock } from '../../core/clock.ts'
import { sleep } from '../../engine/steps.ts'
import { isOurs } from '../../order/client-order-id.ts'

/** An open order as the guardian needs it. */
export interface OpenOrder {
  readonly symbol: string
  readonly clientOrderId: string
  readonly venueOrderId: string
}

/**
 * A venue with the least that a guardian needs: its own connection and key, which need not be able to send orders.
 * Every method may throw; the guardian asks again.
 */
export interface GuardianVenue {
  readonly id: string
  /** A request that left before the fence is refused by the venue when it arrives later than this, ms. */
  readonly arrivalMsMax: number
  /** Learns the venue's clock. */
  connect(): Promise<void>
  /** Every open order of the account, in all symbols. */
  openOrders(): Promise<readonly OpenOrder[]>
  /** True where the venue cancelled it, false where it was not open any more; a refusal throws. */
  cancel(order: OpenOrder): Promise<boolean>
  /** Renews the venue's dead-man timer, which cancels by itself when nobody does; null: the venue has none. */
  readonly refreshDeadMan: ((timeoutMs: number) => Promise<void>) | null
  close(): Promise<void>
}

export interface SweepOptions {
  readonly node: string
  readonly clock: Clock
  /** ends the sweep before it is proved: an operator's stop, or a new engine that has taken over */
  readonly isOver: () => boolean
  readonly onLine: (text: string, details: object) => void
}

/** Ids are client order ids, times ms from the sweep's start. */
export interface SweepResult {
  readonly venue: string
  readonly canceled: readonly string[]
  readonly errors: readonly string[]
  /** open at the last look; null: the venue has never answered */
  readonly left: readonly string[] | null
  readonly first_cancel_ms: number | null
  /** first look that found none of ours */
  readonly none_open_ms: number | null
  /** the look that proves it: later than any order that was on its way can arrive */
  readonly verified_ms: number | null
}

const IN_PARALLEL = 10
const PAUSE_MIN_MS = 50
const PAUSE_MAX_MS = 1_000
const ERRORS_MAX = 50

/**
 * Cancels every open order of a node at one venue and goes on until a query proves that none is open. One empty answer
 * is no proof: what the engine had written before its end may still be on its way, so the proof is an empty answer
 * after the time in which the venue accepts such a request. It never gives up; `isOver` ends it.
 */
export async function sweep(venue: GuardianVenue, options: SweepOptions): Promise<SweepResult> {
  const { clock, node } = options
  const startNs = clock.monoNs()
  const sinceMs = (): number => Math.round((clock.monoNs() - startNs) / 1e3) / 1e3
  const canceled = new Set<string>()
  const errors: string[] = []
  const failed = (what: string, error: unknown): void => {
    const text = `${what}: ${error instanceof Error ? error.message : String(error)}`
    if (errors.length < ERRORS_MAX) errors.push(text)
    options.onLine('venue failed, asked again', { venue: venue.id, error: text })
  }
  let left: readonly string[] | null = null
  let first_cancel_ms: number | null = null
  let none_open_ms: number | null = null
  let pauseMs = PAUSE_MIN_MS
  while (!options.isOver()) {
    const askedMs = sinceMs()
    try {
      const open = (await venue.openOrders()).filter(({ clientOrderId }) => isOurs(clientOrderId, node))
      left = open.map(({ clientOrderId }) => clientOrderId)
      if (open.length === 0) {
        none_open_ms ??= sinceMs()
        if (askedMs >= venue.arrivalMsMax) {
          return {
            venue: venue.id,
            canceled: [...canceled],
            errors,
            left,
            first_cancel_ms,
            none_open_ms,
            verified_ms: sinceMs(),
          }
        }
      } else {
        none_open_ms = null
        first_cancel_ms ??= sinceMs()
        pauseMs = PAUSE_MIN_MS
        await cancelAll(venue, open, canceled, failed, options)
      }
    } catch (error) {
      failed('open orders', error)
    }
    await sleep(pauseMs)
    pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2)
  }
  return {
    venue: venue.id,
    canceled: [...canceled],
    errors,
    left,
    first_cancel_ms,
    none_open_ms,
    verified_ms: null,
  }
}

async function cancelAll(
  venue: GuardianVenue,
  open: readonly OpenOrder[],
  canceled: Set<string>,
  failed: (what: string, error: unknown) => void,
  options: SweepOptions,
): Promise<void> {
  const queue = [...open]
  const lane = async (): Promise<void> => {
    for (let order = queue.shift(); order !== undefined && !options.isOver(); order = queue.shift()) {
      options.onLine('cancelling', { venue: venue.id, ...order })
      try {
        if (await venue.cancel(order)) canceled.add(order.clientOrderId)
      } catch (error) {
        failed(order.clientOrderId, error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(IN_PARALLEL, open.length) }, lane))
}
