import { toIncrements } from '../../core/decimal.ts'
import { TidegateError } from '../../core/errors.ts'
import type { Instrument, InstrumentTable } from '../../domain/instrument.ts'
import type { ExecutionReport, Fill } from '../../domain/report.ts'
import type { OrderTracker } from './order-tracker.ts'

/** Members of `executionReport` that are read (user-data-stream.md). */
interface ExecutionEvent {
  readonly E: number
  readonly s: string
  readonly c: string
  readonly C: string
  readonly S: string
  readonly o: string
  readonly q: string
  readonly p: string
  readonly x: string
  readonly X: string
  readonly r: string
  readonly i: number
  readonly l: string
  readonly L: string
  readonly n: string
  readonly N: string | null
  readonly T: number
  readonly t: number
  readonly w: boolean
  readonly m: boolean
  readonly eR?: string
}

/**
 * Reports of one `executionReport`, in order; what was said before (by the answer to the request, or by a repeated
 * event) is left out, fills excepted: those the ledger tells apart by their id. None for symbols that are not traded.
 *
 * @throws OFF_INCREMENT, INCREMENTS_OVERFLOW, DECIMAL_INVALID, EVENT_MALFORMED where the event cannot be read
 */
export function reportsOf(
  value: unknown,
  instruments: InstrumentTable,
  tracker: OrderTracker,
): readonly ExecutionReport[] {
  const event = value as ExecutionEvent
  if (typeof event.x !== 'string' || typeof event.c !== 'string' || typeof event.i !== 'number') {
    throw new TidegateError('EVENT_MALFORMED', 'an executionReport lacks x, c or i')
  }
  const instrument = instruments.bySymbol(event.s)
  // The account may trade symbols that are none of ours.
  if (instrument === undefined) return []
  const clientOrderId = originalId(event)
  const ts = `${event.E}000000`
  const head = { clientOrderId, ts }
  const reason = event.eR ?? (event.r === 'NONE' ? event.X : event.r)
  if (event.x === 'REJECTED') {
    return tracker.reject(clientOrderId) ? [{ kind: 'rejected', ...head, reason }] : []
  }
  const accepted = tracker.accept(clientOrderId, String(event.i))
    ? ([{ kind: 'accepted', ...head, venueOrderId: String(event.i) }] as const)
    : []
  switch (event.x) {
    case 'NEW':
      return [...accepted, ...triggered(event, head, tracker)]
    case 'TRADE': {
      const fill = fillOf(event, instrument)
      if (event.X === 'FILLED') tracker.end(clientOrderId)
      return [...accepted, { kind: 'fill', ...head, fill }]
    }
    case 'CANCELED':
      return tracker.end(clientOrderId) ? [...accepted, { kind: 'canceled', ...head, reason }] : []
    case 'EXPIRED':
    case 'TRADE_PREVENTION':
      if (event.X !== 'EXPIRED' && event.X !== 'EXPIRED_IN_MATCH') return accepted
      return tracker.end(clientOrderId) ? [...accepted, { kind: 'expired', ...head, reason }] : []
    default:
      return accepted
  }
}

/** A cancel's event carries the cancel's own id in `c` and the order's in `C`. */
function originalId(event: ExecutionEvent): string {
  return typeof event.C === 'string' && event.C !== '' ? event.C : event.c
}

function triggered(
  event: ExecutionEvent,
  head: { readonly clientOrderId: string; readonly ts: string },
  tracker: OrderTracker,
): readonly ExecutionReport[] {
  const stop = event.o.startsWith('STOP_LOSS') || event.o.startsWith('TAKE_PROFIT')
  if (!stop || !event.w) return []
  return tracker.trigger(head.clientOrderId) ? [{ kind: 'triggered', ...head }] : []
}

function fillOf(event: ExecutionEvent, instrument: Instrument): Fill {
  return {
    tradeId: String(event.t),
    instrument: instrument.index,
    side: event.S === 'BUY' ? 'buy' : 'sell',
    qty: toIncrements(event.l, instrument.qtyIncrement),
    price: toIncrements(event.L, instrument.priceIncrement),
    tMs: event.T,
    feeText: event.n,
    feeAsset: event.N ?? instrument.quoteAsset,
    liquidity: event.m ? 'maker' : 'taker',
  }
}
