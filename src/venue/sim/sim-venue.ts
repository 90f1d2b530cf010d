import { type Random, SeededRandom } from '../../core/random.ts'
import type { InstrumentTable } from '../../domain/instrument.ts'
import type { ExecutionReport } from '../../domain/report.ts'
import { TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../domain/tick.ts'
import type {
  ApprovedOrder,
  SendResult,
  VenueBalance,
  VenueCapabilities,
  VenueFill,
  VenueOrder,
  VenuePort,
} from '../../domain/venue.ts'
import { DueQueue } from './due-queue.ts'
import { Matching } from './matching.ts'
import { reportSink, venueFillOf, venueOrderOf } from './reports.ts'
import { feedTick } from './tick-input.ts'
import type { FeeSchedule, FillModel, SimOrderInput } from './types.ts'

/** Inside the engine's process the engine's own books are the memory: these are for queries of what is recent. */
const HISTORY_MAX = 20_000

export interface SimVenueConfig {
  readonly id: string
  readonly instruments: InstrumentTable
  readonly fillModel: FillModel
  readonly fees: FeeSchedule
  /** UTC ns of the event base that tick times count from */
  readonly eventBaseUtcNs: bigint
  /** UTC ns that receive times count from; default the event base */
  readonly recvBaseUtcNs?: bigint
  /** virtual ns from submit or cancel to the venue; default 0 */
  readonly latencyNs?: number
  /** virtual ns from the venue to the report; default 0 */
  readonly reportLatencyNs?: number
  /** share of submissions that the venue rejects, 0 to 1; default 0 */
  readonly rejectRatio?: number
  /** seed of the rejections; default 1 */
  readonly seed?: number
  /** start balances by asset; null (default): unchecked, positions may go short */
  readonly balances?: Readonly<Record<string, string>> | null
}

type Request =
  | { readonly kind: 'place'; readonly input: SimOrderInput; readonly rejected: boolean }
  | { readonly kind: 'cancel'; readonly clientOrderId: string }

export const SIM_CAPABILITIES: VenueCapabilities = {
  clientOrderId: true,
  queryByClientOrderId: true,
  replace: false,
  batchCancel: false,
  deadManTimer: false,
  cancelOnlyKey: false,
  shorting: true,
  fractional: true,
  orderTypes: ['market', 'limit', 'stop', 'stop_limit'],
  timesInForce: ['GTC', 'DAY', 'IOC', 'FOK'],
}

/**
 * The simulated venue inside the process, for replay and dry runs. Time is the receive time of the ticks that it is
 * shown (`onTick`) or told (`drain`); reports come only from inside those two, in a fixed order, never from `submit`.
 * An order sent while tick i is handled meets tick i+1 at the earliest.
 */
export class SimVenue implements VenuePort {
  readonly id: string
  readonly capabilities: VenueCapabilities = SIM_CAPABILITIES
  readonly matching: Matching
  onReport: (report: ExecutionReport) => void = () => {}
  onConnection: (up: boolean, reason: string) => void = () => {}
  readonly #instruments: InstrumentTable
  readonly #baseUtcNs: bigint
  readonly #baseMs: number
  readonly #latencyNs: number
  readonly #reportLatencyNs: number
  readonly #rejectRatio: number
  readonly #random: Random
  readonly #requests: DueQueue<Request> = new DueQueue()
  readonly #reports: DueQueue<ExecutionReport> = new DueQueue()
  #nowNs = 0
  #eventNs = 0
  #up = false

  /** @throws DECIMAL_INVALID, FEES_INVALID */
  constructor(config: SimVenueConfig) {
    this.id = config.id
    this.#instruments = config.instruments
    this.#baseUtcNs = config.recvBaseUtcNs ?? config.eventBaseUtcNs
    this.#baseMs = Number(config.eventBaseUtcNs / 1_000_000n)
    this.#latencyNs = config.latencyNs ?? 0
    this.#reportLatencyNs = config.reportLatencyNs ?? 0
    this.#rejectRatio = config.rejectRatio ?? 0
    this.#random = new SeededRandom(config.seed ?? 1)
    const { instruments, fillModel, fees } = config
    const ts = (): string => String(this.#baseUtcNs + BigInt(Math.round(this.#eventNs)))
    this.matching = new Matching(
      { instruments, fillModel, fees, balances: config.balances ?? null, historyMax: HISTORY_MAX },
      reportSink(ts, (report) => this.#reports.push(this.#eventNs + this.#reportLatencyNs, report)),
    )
  }

  /** Moves the venue to the tick's receive time, then shows it the tick. Slots that are no trade or quote only move time. */
  onTick(slots: TickSlots, slot: number): void {
    const f64 = slot * TICK_SLOT_F64
    const recvNs = slots.f64[f64 + 2] as number
    const kind = (slots.i32[slot * TICK_SLOT_I32] as number) & 0xff
    if (kind === TICK.LEVELS || kind === TICK.BAR_MORE || kind === TICK.TRADE_REF || kind === TICK.ERROR)
      return
    if (recvNs > this.#nowNs) this.#nowNs = recvNs
    this.#arrive()
    this.#eventNs = this.#nowNs
    feedTick(this.matching, slots, slot, this.#baseMs, this.#baseMs + Math.floor(this.#nowNs / 1e6))
    this.#deliver()
  }

  /** Lets what is due by `nowNs` (ns from the event base; default: the time already reached) arrive and be reported. */
  drain(nowNs: number = this.#nowNs): void {
    if (nowNs > this.#nowNs) this.#nowNs = nowNs
    this.#arrive()
    this.#deliver()
  }

  /** True while an order, a cancel or a report is still under way. */
  get busy(): boolean {
    return this.#requests.size > 0 || this.#reports.size > 0
  }

  connect(): Promise<void> {
    this.#up = true
    this.onConnection(true, 'connected')
    return Promise.resolve()
  }

  submit(order: ApprovedOrder): SendResult {
    if (!this.#up) return 'NOT_CONNECTED'
    const rejected = this.#rejectRatio > 0 && this.#random.next() < this.#rejectRatio
    this.#requests.push(this.#nowNs + this.#latencyNs, { kind: 'place', input: order, rejected })
    return 'sent'
  }

  cancel(order: {
    readonly clientOrderId: string
    readonly venueOrderId: string | null
    readonly symbol: string
  }): void {
    this.#requests.push(this.#nowNs + this.#latencyNs, {
      kind: 'cancel',
      clientOrderId: order.clientOrderId,
    })
  }

  queryOrder(_symbol: string, clientOrderId: string): Promise<VenueOrder | null> {
    const order = this.matching.history.byClientId(clientOrderId)
    return Promise.resolve(order === undefined ? null : venueOrderOf(order, this.#instruments))
  }

  queryOpenOrders(symbol: string | null): Promise<readonly VenueOrder[]> {
    const index = symbol === null ? null : (this.#instruments.bySymbol(symbol)?.index ?? -1)
    return Promise.resolve(
      this.matching.history.open(index).map((order) => venueOrderOf(order, this.#instruments)),
    )
  }

  /** Fills from `fromTradeId` on (all for null), oldest first. */
  queryFills(symbol: string, fromTradeId: string | null): Promise<readonly VenueFill[]> {
    const from = fromTradeId === null ? 0 : Number(fromTradeId)
    const trades = this.matching.history.trades(this.#instruments.bySymbol(symbol)?.index ?? -1)
    return Promise.resolve(trades.filter((trade) => trade.id >= from).map(venueFillOf))
  }

  async queryOrderFills(symbol: string, venueOrderId: string): Promise<readonly VenueFill[]> {
    const fills = await this.queryFills(symbol, null)
    return fills.filter((fill) => fill.venueOrderId === venueOrderId)
  }

  async queryNewestFill(symbol: string): Promise<VenueFill | null> {
    return (await this.queryFills(symbol, null)).at(-1) ?? null
  }

  queryBalances(): Promise<readonly VenueBalance[]> {
    return Promise.resolve(this.matching.account.balances())
  }

  close(): Promise<void> {
    if (this.#up) {
      this.#up = false
      this.onConnection(false, 'closed')
    }
    return Promise.resolve()
  }

  #arrive(): void {
    while (this.#requests.nextNs() <= this.#nowNs) {
      this.#eventNs = this.#requests.nextNs()
      const request = this.#requests.shift()
      const nowMs = this.#baseMs + Math.floor(this.#eventNs / 1e6)
      if (request.kind === 'cancel') this.#arriveCancel(request.clientOrderId, nowMs)
      else if (request.rejected) this.#pushReject(request.input.clientOrderId, 'INJECTED')
      else this.matching.place(request.input, nowMs)
    }
  }

  #arriveCancel(clientOrderId: string, nowMs: number): void {
    const { history } = this.matching
    if (this.matching.cancel(history.byClientId(clientOrderId), nowMs)) return
    this.#reports.push(this.#eventNs + this.#reportLatencyNs, {
      kind: 'cancel_rejected',
      clientOrderId,
      reason: 'UNKNOWN_ORDER',
      ts: String(this.#baseUtcNs + BigInt(Math.round(this.#eventNs))),
    })
  }

  #pushReject(clientOrderId: string, reason: string): void {
    this.#reports.push(this.#eventNs + this.#reportLatencyNs, {
      kind: 'rejected',
      clientOrderId,
      reason,
      ts: String(this.#baseUtcNs + BigInt(Math.round(this.#eventNs))),
    })
  }

  #deliver(): void {
    while (this.#reports.nextNs() <= this.#nowNs) this.onReport(this.#reports.shift())
  }
}
