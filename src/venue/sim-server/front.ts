import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import { ApiError } from './api-error.ts'
import { type Faults, takeFault } from './faults.ts'
import type { Operation, VenueState } from './operations.ts'
import type { OrderLog } from './order-log.ts'
import type { Params } from './params.ts'

/** What a door sends back; null where nothing is answered. */
export interface Answer {
  readonly status: number
  readonly body: object
  readonly error: boolean
  readonly retryAfterMs: number | null
  /** the request counts as an order, so that its limits are shown */
  readonly order: boolean
}

export interface FrontConfig {
  readonly state: VenueState
  readonly faults: Faults
  readonly log: OrderLog
  readonly clock: Clock
  /** share of orders refused at random, 0 to 1 */
  readonly rejectShare: number
  readonly random: Random
  /** when the last market frame was handed to a socket, ns of the clock */
  readonly lastFrameNs: () => number
}

/** Runs requests of both doors: limits, faults, the operation, and the record of what arrived. */
export class Front {
  readonly #config: FrontConfig

  constructor(config: FrontConfig) {
    this.#config = config
  }

  /**
   * @param authorise checks key, signature and time; throws ApiError
   * @param recvNs when the request arrived
   */
  handle(
    operation: Operation,
    params: Params,
    via: 'ws' | 'rest',
    authorise: () => void,
    recvNs: number,
  ): Answer | null {
    const { faults } = this.#config
    if (faults.hang) return this.#log(operation, params, via, recvNs, 'lost', null)
    if (operation.order && takeFault(faults, 'drop_requests')) {
      return this.#log(operation, params, via, recvNs, 'lost', null)
    }
    try {
      this.#count(operation, params)
      if (operation.signed) authorise()
      this.#injectRefusals(operation, via)
      const unknown = operation.order && takeFault(faults, 'unknown_orders')
      if (unknown && !faults.unknown_executes) throw new ApiError('TIMEOUT')
      const body = operation.run(this.#config.state, params)
      if (unknown)
        return this.#log(operation, params, via, recvNs, 'unanswered', refusal(new ApiError('TIMEOUT')))
      if (operation.order && takeFault(faults, 'drop_answers')) {
        return this.#log(operation, params, via, recvNs, 'unanswered', null)
      }
      const answer = { status: 200, body, error: false, retryAfterMs: null, order: operation.order }
      return this.#log(operation, params, via, recvNs, 'accepted', answer)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return this.#log(operation, params, via, recvNs, String(error.code), refusal(error))
    }
  }

  #count(operation: Operation, params: Params): void {
    const { state, faults, log } = this.#config
    const nowMs = state.wallMs()
    const weight = operation.weight(params)
    log.addRequest(operation.method, weight)
    if (takeFault(faults, 'rate_limited')) {
      throw new ApiError('TOO_MANY_REQUESTS', '', nowMs + faults.retry_after_s * 1_000)
    }
    const weightUntil = state.rateLimits.count('REQUEST_WEIGHT', weight, nowMs)
    if (weightUntil !== null) throw new ApiError('TOO_MANY_REQUESTS', '', weightUntil)
    const ordersUntil = operation.order ? state.rateLimits.count('ORDERS', 1, nowMs) : null
    if (ordersUntil !== null) throw new ApiError('TOO_MANY_ORDERS', 'orders per interval', ordersUntil)
  }

  #injectRefusals(operation: Operation, via: 'ws' | 'rest'): void {
    const { faults, rejectShare, random } = this.#config
    if (via === 'rest' && operation.signed && takeFault(faults, 'rest_unavailable')) {
      throw new ApiError('TIMEOUT')
    }
    if (!operation.order) return
    if (faults.symbol_status !== 'TRADING') throw new ApiError('MARKET_CLOSED')
    const rejected = rejectShare > 0 && random.next() < rejectShare
    if (rejected || takeFault(faults, 'reject_orders')) {
      throw new ApiError('NEW_ORDER_REJECTED', 'This action is disabled on this account.')
    }
  }

  #log(
    operation: Operation,
    params: Params,
    via: 'ws' | 'rest',
    recvNs: number,
    outcome: string,
    answer: Answer | null,
  ): Answer | null {
    if (operation.order || operation.method === 'order.cancel') {
      this.#config.log.add({
        recvNs,
        lastFrameNs: this.#config.lastFrameNs(),
        via,
        method: operation.method,
        clientOrderId: params.get('newClientOrderId') ?? params.get('origClientOrderId') ?? '',
        symbol: params.get('symbol') ?? '',
        outcome,
      })
    }
    return answer
  }
}

/** The answer that an error becomes. */
export function refusal(error: ApiError): Answer {
  return {
    status: error.status,
    body: { code: error.code, msg: error.message },
    error: true,
    retryAfterMs: error.retryAfterMs,
    order: false,
  }
}
