import type { OrderRequest } from '../../src/domain/order.ts'
import type { ExecutionReport, Fill } from '../../src/domain/report.ts'
import { OrderStore } from '../../src/order/order-store.ts'

export const ID = 'tg-a1-1-1'

export function request(over: Partial<OrderRequest> = {}): OrderRequest {
  return {
    clientOrderId: ID,
    instrument: 0,
    strategy: 0,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    qty: 100,
    price: 5_000,
    stopPrice: null,
    reducing: false,
    ...over,
  }
}

export function fill(tradeId: string, qty: number, over: Partial<Fill> = {}): Fill {
  return {
    tradeId,
    instrument: 0,
    side: 'buy',
    qty,
    price: 5_000,
    tMs: 1_723_161_278_092,
    feeText: '0.001',
    feeAsset: 'USDT',
    liquidity: 'taker',
    ...over,
  }
}

type Simple = Exclude<
  ExecutionReport['kind'],
  'accepted' | 'fill' | 'replaced' | 'trade_bust' | 'trade_correct'
>

/** A report that carries nothing but its kind (and a reason where it has one). */
export function says(kind: Simple | 'accepted', clientOrderId: string = ID): ExecutionReport {
  const head = { clientOrderId, ts: '1723161278092000000' }
  if (kind === 'accepted') return { kind, ...head, venueOrderId: '77' }
  if (kind === 'triggered' || kind === 'pending_cancel' || kind === 'pending_replace')
    return { kind, ...head }
  return { kind, ...head, reason: kind.toUpperCase() }
}

export function fills(
  tradeId: string,
  qty: number,
  over: Partial<Fill> = {},
  id: string = ID,
): ExecutionReport {
  return { kind: 'fill', clientOrderId: id, fill: fill(tradeId, qty, over), ts: '1' }
}

export function replaced(qty: number, price: number | null = 5_000): ExecutionReport {
  return { kind: 'replaced', clientOrderId: ID, qty, price, ts: '1' }
}

export function bust(tradeId: string): ExecutionReport {
  return { kind: 'trade_bust', clientOrderId: ID, tradeId, ts: '1' }
}

export function correct(tradeId: string, qty: number, price: number): ExecutionReport {
  return { kind: 'trade_correct', clientOrderId: ID, tradeId, qty, price, ts: '1' }
}

/** A store with one submitted order, after the reports. */
export function storeAfter(...reports: readonly ExecutionReport[]): OrderStore {
  const store = new OrderStore()
  store.create(request(), 7, '1')
  store.submitted(ID)
  for (const report of reports) store.apply(report)
  return store
}
