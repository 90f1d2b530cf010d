import type { Clock } from '../../core/clock.ts'
import type { TidegateError } from '../../core/errors.ts'
import type { ExecutionReport } from '../../domain/report.ts'
import type { OrderTracker } from './order-tracker.ts'
import { REJECTION_PROOFS } from './outcome.ts'
import { cancelId } from './queries.ts'
import type { RestClient } from './rest-client.ts'

/** An order to cancel; by the venue's id where it is known, else by ours. */
export interface CancelRequest {
  readonly clientOrderId: string
  readonly venueOrderId: string | null
  readonly symbol: string
}

/**
 * Cancels by REST, one try each: retries are the engine's. A cancel that worked is `pending_cancel`; `canceled` comes
 * by the stream, after every fill before it, which the answer alone could overtake.
 */
export class Canceller {
  readonly #rest: RestClient
  readonly #tracker: OrderTracker
  readonly #report: (report: ExecutionReport) => void
  readonly #clock: Clock

  constructor(
    rest: RestClient,
    tracker: OrderTracker,
    report: (report: ExecutionReport) => void,
    clock: Clock,
  ) {
    this.#rest = rest
    this.#tracker = tracker
    this.#report = report
    this.#clock = clock
  }

  /** Never throws; the outcome is a report, none where the order has ended meanwhile. */
  async cancel(request: CancelRequest): Promise<void> {
    const { clientOrderId } = request
    const refusal = await this.#send(request)
    if (this.#tracker.isClosed(clientOrderId)) return
    const ts = String(this.#clock.utcNs())
    this.#report(
      refusal === null
        ? { kind: 'pending_cancel', clientOrderId, ts }
        : { kind: 'cancel_rejected', clientOrderId, reason: refusal, ts },
    )
  }

  /** Null where the venue took the cancel, else why it did not. */
  async #send(request: CancelRequest): Promise<string | null> {
    const { clientOrderId, symbol } = request
    const venueOrderId = request.venueOrderId ?? this.#tracker.venueOrderId(clientOrderId)
    const newId = cancelId(clientOrderId)
    try {
      const { status, body } = await this.#rest.signed('DELETE', '/api/v3/order', {
        symbol,
        ...(venueOrderId === null ? { origClientOrderId: clientOrderId } : { orderId: venueOrderId }),
        ...(newId === null ? {} : { newClientOrderId: newId }),
      })
      if (status === 200) return null
      const { code, msg } = (body ?? {}) as { code?: number; msg?: string }
      return refusalText(status, code, msg ?? '')
    } catch (error) {
      return `UNKNOWN_OUTCOME ${(error as TidegateError).code}`
    }
  }
}

/** `UNKNOWN_ORDER`: no such open order. `UNKNOWN_OUTCOME …`: the cancel may have worked. Else the refusal. */
function refusalText(status: number, code: number | undefined, msg: string): string {
  if (code === -2011 && msg === 'Unknown order sent.') return 'UNKNOWN_ORDER'
  if (status >= 400 && status < 500 && code !== undefined) {
    return `${REJECTION_PROOFS.get(code) ?? 'CANCEL_REJECTED'} ${code}: ${msg}`
  }
  return `UNKNOWN_OUTCOME ${status}`
}
