import type { Instrument } from '../../../src/domain/instrument.ts'
import type { ExecutionReport, Fill } from '../../../src/domain/report.ts'
import type {
  ApprovedOrder,
  CancelRequest,
  SendResult,
  VenueBalance,
  VenueCapabilities,
  VenueFill,
  VenueOrder,
  VenuePort,
} from '../../../src/domain/venue.ts'

/** How the venue behaves; a test changes it at any time. */
export interface VenueFaults {
  /** of every request, before the venue acts on it, ms */
  latencyMs: number
  /** requests that are served at once; the rest wait for their turn */
  connections: number
  /** what a submission gets: its acceptance, nothing (though it is there), or nothing (and it never came) */
  submit: 'accept' | 'silent' | 'lost' | 'unknown'
  /** what a single cancel gets; `rate-limited` refuses so many, then works */
  cancel: 'works' | 'hangs' | 'throws' | 'refused' | 'outcome-unknown' | { rateLimited: number }
  batch: 'none' | 'works' | 'fails' | 'part' | 'hangs'
  query: 'works' | 'hangs' | 'throws'
  /** execution reports arrive */
  stream: boolean
  /** a cancel is overtaken by the fill of the whole order: before it, or told after its confirmation */
  race: 'none' | 'fill-first' | 'fill-told-late'
}

interface Resting {
  readonly request: ApprovedOrder
  readonly venueOrderId: string
  state: VenueOrder['state']
  cumQty: number
}

const NEVER = new Promise<never>(() => {})

/** A venue inside the test, on the test's own clock, that breaks as it is told to. It keeps what it was asked for. */
export class FaultyVenue implements VenuePort {
  readonly id: string
  onReport: (report: ExecutionReport) => void = () => {}
  onConnection: (up: boolean, reason: string) => void = () => {}
  readonly faults: VenueFaults = {
    latencyMs: 0,
    connections: 8,
    submit: 'accept',
    cancel: 'works',
    batch: 'none',
    query: 'works',
    stream: true,
    race: 'none',
  }
  readonly submits: string[] = []
  readonly cancels: CancelRequest[] = []
  readonly batches: number[] = []
  readonly #instruments: readonly Instrument[]
  /** there after `withBatch` */
  cancelBatch?: (orders: readonly CancelRequest[]) => Promise<readonly (string | null)[]>
  readonly #orders = new Map<string, Resting>()
  readonly #fills: VenueFill[] = []
  #busy = 0
  readonly #queue: (() => void)[] = []
  closed = false

  constructor(id: string, instruments: readonly Instrument[]) {
    this.id = id
    this.#instruments = instruments
  }

  get capabilities(): VenueCapabilities {
    return {
      clientOrderId: true,
      queryByClientOrderId: true,
      replace: false,
      batchCancel: this.faults.batch !== 'none',
      batchCancelMax: 20,
      deadManTimer: false,
      cancelOnlyKey: false,
      shorting: true,
      fractional: true,
      orderTypes: ['market', 'limit', 'stop', 'stop_limit'],
      timesInForce: ['GTC', 'DAY', 'IOC', 'FOK'],
    }
  }

  connect(): Promise<void> {
    return Promise.resolve()
  }

  /** Client order ids that rest here. */
  open(): string[] {
    return [...this.#orders.values()].filter(isOpen).map(({ request }) => request.clientOrderId)
  }

  /** An order that our books do not hold. */
  addForeign(request: ApprovedOrder): void {
    this.#orders.set(request.clientOrderId, this.#rest(request))
  }

  /** Fills an order whole, and tells it unless told not to. */
  fill(clientOrderId: string, told = true): void {
    const order = this.#orders.get(clientOrderId) as Resting
    order.state = 'filled'
    order.cumQty = order.request.qty
    const fill = this.#fillOf(order)
    this.#fills.push({ clientOrderId, venueOrderId: order.venueOrderId, fill })
    if (told) this.#tell({ kind: 'fill', clientOrderId, fill, ts: '0' })
  }

  submit(request: ApprovedOrder): SendResult {
    const { clientOrderId } = request
    this.submits.push(clientOrderId)
    if (this.faults.submit === 'lost') return 'sent'
    const order = this.#rest(request)
    const { venueOrderId } = order
    this.#orders.set(clientOrderId, order)
    if (this.faults.submit === 'accept')
      this.#later(() => this.#tell({ kind: 'accepted', clientOrderId, venueOrderId, ts: '0' }))
    else if (this.faults.submit === 'unknown')
      this.#later(() => this.#tell({ kind: 'unknown', clientOrderId, reason: 'TIMEOUT', ts: '0' }))
    return 'sent'
  }

  cancel(request: CancelRequest): void {
    this.cancels.push(request)
    const { cancel } = this.faults
    if (cancel === 'throws') throw new Error('the venue adapter threw')
    if (cancel === 'hangs') return
    this.#later(() => this.#answerCancel(request))
  }

  /** The venue has batches from now on, and they go like that. */
  withBatch(batch: VenueFaults['batch']): void {
    this.faults.batch = batch
    this.cancelBatch = (orders) => this.#cancelBatch(orders)
  }

  async queryOrder(_symbol: string, clientOrderId: string): Promise<VenueOrder | null> {
    await this.#query()
    const order = this.#orders.get(clientOrderId)
    return order === undefined ? null : this.#told(order)
  }

  async queryOpenOrders(): Promise<readonly VenueOrder[]> {
    await this.#query()
    return [...this.#orders.values()].filter(isOpen).map((order) => this.#told(order))
  }

  async queryFills(symbol: string): Promise<readonly VenueFill[]> {
    await this.#query()
    return this.#fills.filter(({ fill }) => this.#instruments[fill.instrument]?.symbol === symbol)
  }

  async queryOrderFills(symbol: string, venueOrderId: string): Promise<readonly VenueFill[]> {
    return (await this.queryFills(symbol)).filter((fill) => fill.venueOrderId === venueOrderId)
  }

  async queryNewestFill(symbol: string): Promise<VenueFill | null> {
    return (await this.queryFills(symbol)).at(-1) ?? null
  }

  async queryBalances(): Promise<readonly VenueBalance[]> {
    await this.#query()
    return []
  }

  async close(): Promise<void> {
    this.closed = true
  }

  async #cancelBatch(orders: readonly CancelRequest[]): Promise<readonly (string | null)[]> {
    this.batches.push(orders.length)
    const { batch } = this.faults
    if (batch === 'hangs') return NEVER
    await this.#turn()
    if (batch === 'fails') throw new Error('the batch failed')
    return orders.map((order, index) => {
      if (batch === 'part' && index % 2 === 1) return 'NOT_NOW'
      this.#end(order)
      return null
    })
  }

  #answerCancel(request: CancelRequest): void {
    const { clientOrderId } = request
    const { cancel } = this.faults
    const refuse = (reason: string): void =>
      this.onReport({ kind: 'cancel_rejected', clientOrderId, reason, ts: '0' })
    if (typeof cancel === 'object' && cancel.rateLimited-- > 0) return refuse('TOO_MANY_REQUESTS -1003')
    if (cancel === 'refused') return refuse('CANCEL_REJECTED -2011: not now')
    if (cancel === 'outcome-unknown') {
      this.#end(request)
      return refuse('UNKNOWN_OUTCOME VENUE_UNREACHABLE')
    }
    const order = this.#orders.get(clientOrderId)
    if (order === undefined || !isOpen(order)) return refuse('UNKNOWN_ORDER')
    // An adapter answers as Binance's does: the request was taken; the stream tells the end.
    this.onReport({ kind: 'pending_cancel', clientOrderId, ts: '0' })
    this.#end(request)
  }

  #end({ clientOrderId }: CancelRequest): void {
    const order = this.#orders.get(clientOrderId)
    if (order === undefined || !isOpen(order)) return
    if (this.faults.race === 'fill-first') return this.fill(clientOrderId)
    if (this.faults.race === 'fill-told-late') {
      order.cumQty = order.request.qty
      const fill = this.#fillOf(order)
      this.#fills.push({ clientOrderId, venueOrderId: order.venueOrderId, fill })
    }
    order.state = 'canceled'
    this.#tell({ kind: 'canceled', clientOrderId, reason: 'CANCELED', ts: '0' })
  }

  #rest(request: ApprovedOrder): Resting {
    return { request, venueOrderId: `v-${request.clientOrderId}`, state: 'open', cumQty: 0 }
  }

  #fillOf({ request, venueOrderId }: Resting): Fill {
    return {
      tradeId: `t-${venueOrderId}`,
      instrument: request.instrument,
      side: request.side,
      qty: request.qty,
      price: request.price ?? 1,
      tMs: 0,
      feeText: '0',
      feeAsset: 'USDT',
      liquidity: 'maker',
    }
  }

  #told({ request, venueOrderId, state, cumQty }: Resting): VenueOrder {
    const { clientOrderId, side, qty, price } = request
    const { symbol } = this.#instruments[request.instrument] as Instrument
    return { clientOrderId, venueOrderId, symbol, state, side, qty, cumQty, price }
  }

  async #query(): Promise<void> {
    if (this.faults.query === 'hangs') await NEVER
    await this.#turn()
    if (this.faults.query === 'throws') throw new Error('503')
  }

  #tell(report: ExecutionReport): void {
    if (this.faults.stream) this.onReport(report)
  }

  #later(act: () => void): void {
    void this.#turn().then(act)
  }

  /** Resolves when a connection is free and its latency has passed. */
  async #turn(): Promise<void> {
    if (this.#busy >= this.faults.connections) await new Promise<void>((free) => this.#queue.push(free))
    this.#busy++
    await new Promise((resolve) => setTimeout(resolve, this.faults.latencyMs))
    this.#busy--
    this.#queue.shift()?.()
  }
}

function isOpen({ state }: Resting): boolean {
  return state === 'open' || state === 'partially_filled'
}
