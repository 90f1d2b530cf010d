import { REASON } from '../domain/reasons.ts'
import type { ScopeNames } from '../engine/halts.ts'
import { boundaryRefusal } from '../gate/boundary.ts'
import { GateRoute, gate1, NO_STRATEGY } from '../gate/gate.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { type Answer, refusal } from './http.ts'
import type { MainLink } from './main-link.ts'
import type { OrderRouting } from './messages.ts'
import type { Fields } from './routes.ts'

/**
 * `POST /execute` as the control thread takes it: the permit is taken here, at the receipt, so an order that waited for a
 * busy main thread while anything happened to its words is dropped at gate 2.
 */
export class OutsideOrders {
  readonly #plane: ControlPlane
  readonly #names: ScopeNames
  readonly #routing: OrderRouting
  readonly #link: MainLink

  constructor(plane: ControlPlane, names: ScopeNames, routing: OrderRouting, link: MainLink) {
    this.#plane = plane
    this.#names = names
    this.#routing = routing
    this.#link = link
  }

  async execute(fields: Fields, actor: string): Promise<Answer> {
    const route = this.#route(fields)
    if ('status' in route) return route
    const words = new Int32Array(5)
    gate1(route, words)
    if ((route.reasons & REASON.SHUTDOWN) !== 0) return shuttingDown(route.reasons)
    const permit = [words[0], words[1], words[2], words[3], words[4]] as [
      number,
      number,
      number,
      number,
      number,
    ]
    const { outcomeMs } = this.#link
    const result = await this.#link.ask({ action: 'execute', fields, actor, permit, outcomeMs })
    if (result.kind === 'reply') return result.reply
    if (result.kind === 'expired') {
      return refusal(
        503,
        'MAIN_NOT_RESPONDING',
        'the main thread did not answer in time; no order left, and none will',
      )
    }
    return outcomeUnknown(result.clientOrderId)
  }

  #route(fields: Fields): GateRoute | Answer {
    const { symbol, strategy = null } = fields
    const instrument = typeof symbol === 'string' ? this.#names.symbol.indexOf(symbol) : -1
    if (instrument < 0) {
      return refusal(400, 'SYMBOL_UNKNOWN', `symbol must be one of ${this.#names.symbol.join(', ')}`)
    }
    const index = strategy === null ? NO_STRATEGY : this.#names.strategy.indexOf(strategy as string)
    if (strategy !== null && index < 0) {
      return refusal(400, 'STRATEGY_UNKNOWN', `strategy must be one of ${this.#names.strategy.join(', ')}`)
    }
    const venue = this.#routing.venueOfSymbol[instrument] ?? 0
    const account = this.#routing.accountOfVenue[venue] ?? 0
    return new GateRoute(this.#plane, venue, account, index, instrument)
  }
}

function shuttingDown(reasons: number): Answer {
  return refusal(503, 'shutting_down', 'the engine is shutting down', boundaryRefusal(reasons))
}

/** The order has left, and nobody has told what became of it. */
function outcomeUnknown(clientOrderId: string | null): Answer {
  return refusal(504, 'OUTCOME_UNKNOWN', 'what became of the order is not known yet', {
    client_order_id: clientOrderId,
  })
}
