import { InstrumentTable } from '../../../src/domain/instrument.ts'
import type { OrderRequest } from '../../../src/domain/order.ts'
import type { ExecutionReport } from '../../../src/domain/report.ts'
import {
  createTickSlots,
  TICK,
  TICK_SLOT_F64,
  TICK_SLOT_I32,
  type TickSlots,
} from '../../../src/domain/tick.ts'
import type { ApprovedOrder } from '../../../src/domain/venue.ts'
import { SimVenue, type SimVenueConfig } from '../../../src/venue/sim/sim-venue.ts'

export const BASE_UTC_NS = 1_723_075_200_000_000_000n
export const BASE_MS = 1_723_075_200_000

export function btcTable(): InstrumentTable {
  const table = new InstrumentTable()
  table.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  table.add({ symbol: 'ETHUSDT', priceIncrement: '0.01', qtyIncrement: '0.0001' })
  return table
}

/** A venue with its reports collected, and ticks by hand. */
export class VenueRig {
  readonly venue: SimVenue
  readonly reports: ExecutionReport[] = []
  readonly slots: TickSlots = createTickSlots(1)
  #tradeId = 100

  constructor(config: Partial<SimVenueConfig> = {}) {
    this.venue = new SimVenue({
      id: 'sim',
      instruments: btcTable(),
      fillModel: 'next-trade',
      fees: { bps: '7.5', asset: 'quote' },
      eventBaseUtcNs: BASE_UTC_NS,
      ...config,
    })
    this.venue.onReport = (report) => this.reports.push(report)
    void this.venue.connect()
  }

  trade(recvNs: number, price: number, qty = 1_000, instrument = 0, flags = 0): number {
    const { i32, f64 } = this.slots
    i32.fill(0, 0, TICK_SLOT_I32)
    i32[0] = TICK.TRADE | (flags << 8)
    i32[1] = instrument
    f64[1] = recvNs
    f64[2] = recvNs
    f64[3] = price
    f64[4] = qty
    f64[7] = ++this.#tradeId
    this.venue.onTick(this.slots, 0)
    return this.#tradeId
  }

  quote(recvNs: number, bid: number, bidQty: number, ask: number, askQty: number): void {
    const { i32, f64 } = this.slots
    f64.fill(0, 0, TICK_SLOT_F64)
    i32[0] = TICK.QUOTE
    i32[1] = 0
    f64[2] = recvNs
    f64[3] = bid
    f64[4] = bidQty
    f64[5] = ask
    f64[6] = askQty
    this.venue.onTick(this.slots, 0)
  }

  submit(clientOrderId: string, order: Partial<OrderRequest> = {}): void {
    this.venue.submit({
      clientOrderId,
      instrument: 0,
      strategy: 0,
      side: 'buy',
      type: 'market',
      timeInForce: 'GTC',
      qty: 1_000,
      price: null,
      stopPrice: null,
      reducing: false,
      ...order,
    } as OrderRequest as ApprovedOrder)
  }

  /** Reports as short text: `kind:id` with quantity and price of fills, reason of ends. */
  said(): string[] {
    return this.reports.splice(0).map((report) => {
      const rest =
        report.kind === 'fill'
          ? `:${report.fill.qty}@${report.fill.price}:${report.fill.liquidity}`
          : 'reason' in report
            ? `:${report.reason}`
            : ''
      return `${report.kind}:${report.clientOrderId}${rest}`
    })
  }
}
