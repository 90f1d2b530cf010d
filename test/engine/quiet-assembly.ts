import type { AssemblyInput } from '../../src/engine/assemble.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { ClientOrderIds } from '../../src/order/client-order-id.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'

/** What an assembly of a test begins with: empty books of its own, no workers, and nobody who listens. */
export type QuietAssembly = Pick<
  AssemblyInput,
  | 'calendar'
  | 'orders'
  | 'ledger'
  | 'ids'
  | 'restDurability'
  | 'measured'
  | 'ordersReal'
  | 'onRiskNote'
  | 'tickSeq'
  | 'notifyWorker'
  | 'onStrategyError'
>

export function quietAssembly(): QuietAssembly {
  return {
    calendar: new ExchangeCalendars(),
    orders: new OrderStore(),
    ledger: new Ledger(),
    ids: new ClientOrderIds('t', 1),
    restDurability: 'process',
    measured: false,
    ordersReal: true,
    onRiskNote: () => {},
    tickSeq: () => 0,
    notifyWorker: () => {},
    onStrategyError: () => {},
  }
}
