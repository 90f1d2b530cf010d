import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import type { Side } from '../../src/domain/action.ts'
import { type Instrument, InstrumentTable } from '../../src/domain/instrument.ts'
import type { Order } from '../../src/domain/order.ts'
import type { ExecutionReport } from '../../src/domain/report.ts'
import { Portfolio } from '../../src/engine/portfolio.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'
import { RiskGate } from '../../src/risk/gate.ts'
import { DEFAULT_LIMITS, type RiskLimits } from '../../src/risk/limits.ts'
import { CAPABLE, draftOf, FakeMarket, NOW_NS, requestOf, UTC_MS } from '../risk/support.ts'

/*
 * The real gate over the real books (order store, ledger, portfolio), with a venue that answers late, in parts, in any
 * order or not at all. What is held and what may still fill is counted beside them from what the venue took and said.
 */
const SYMBOLS = [0, 1, 2]
const STRATEGIES = [0, 1]
const PRICE = 1_000
const TS = '0'

interface Ask {
  readonly kind: 'order'
  readonly strategy: number
  readonly instrument: number
  readonly side: Side
  readonly qty: number
  /** increments from the market; null is a market order */
  readonly limit: number | null
}
type Answer = 'accepted' | 'unknown' | 'rejected' | 'canceled' | 'expired' | 'pending_cancel'
type Step =
  | Ask
  | { readonly kind: 'answer'; readonly pick: number; readonly what: Answer }
  | { readonly kind: 'fill'; readonly pick: number; readonly share: number }
  | { readonly kind: 'mark'; readonly instrument: number; readonly price: number }

const pick = fc.nat({ max: 1_000 })
const ask: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('order' as const),
  strategy: fc.constantFrom(...STRATEGIES),
  instrument: fc.constantFrom(...SYMBOLS),
  side: fc.constantFrom<Side>('buy', 'sell'),
  qty: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 })),
  limit: fc.option(fc.integer({ min: -40, max: 40 }), { nil: null }),
})
const answer: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('answer' as const),
  pick,
  what: fc.constantFrom<Answer>('accepted', 'unknown', 'rejected', 'canceled', 'expired', 'pending_cancel'),
})
const fill: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('fill' as const),
  pick,
  share: fc.integer({ min: 1, max: 100 }),
})
const mark: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('mark' as const),
  instrument: fc.constantFrom(...SYMBOLS),
  price: fc.integer({ min: 1, max: 5_000 }),
})
const steady = [
  { weight: 4, arbitrary: ask },
  { weight: 3, arbitrary: answer },
  { weight: 3, arbitrary: fill },
]

class World {
  readonly orders: OrderStore = new OrderStore()
  readonly ledger: Ledger = new Ledger()
  readonly gate: RiskGate
  readonly portfolio: Portfolio
  readonly #instruments: readonly Instrument[]
  readonly #market = new FakeMarket()
  /** by our own count: what each strategy holds of each symbol, and what the venue may still fill of an order */
  readonly held: number[][] = STRATEGIES.map(() => SYMBOLS.map(() => 0))
  readonly leaves = new Map<Order, number>()
  passed = 0
  /** the order that the last step placed; null where it placed none */
  last: { readonly reducing: boolean } | null = null
  #sequence = 0

  constructor(limits: Partial<RiskLimits>, equity: string) {
    const table = new InstrumentTable()
    for (const symbol of SYMBOLS) {
      table.add({ symbol: `S${symbol}USDT`, priceIncrement: '0.01', qtyIncrement: '1' })
    }
    this.#instruments = table.all()
    this.portfolio = new Portfolio(this.#instruments, this.orders, this.ledger, moneyFromText(equity))
    for (const symbol of SYMBOLS) this.portfolio.mark(symbol, PRICE)
    this.#market.reference = PRICE
    this.gate = new RiskGate({
      limits: {
        ...DEFAULT_LIMITS,
        ...{ orderValueMin: null, orderValueMax: null, symbolShareMax: null, totalShareMax: null },
        ...{ duplicateWindowMs: 0, ordersPerSecondMax: 10_000, ...limits },
      },
      instruments: this.#instruments,
      portfolio: this.portfolio,
      market: this.#market,
      calendar: new ExchangeCalendars(),
      capabilities: this.#instruments.map(() => CAPABLE),
    })
  }

  apply(step: Step): void {
    this.last = null
    if (step.kind === 'order') this.#order(step)
    else if (step.kind === 'mark') this.portfolio.mark(step.instrument, step.price)
    else {
      const working = [...this.leaves.keys()]
      const order = working[step.pick % Math.max(1, working.length)]
      if (order === undefined) return
      if (step.kind === 'fill') this.#fill(order, step.share)
      else this.#answer(order, step.what)
    }
  }

  assess(step: Omit<Ask, 'kind'>) {
    const { limit, ...fields } = step
    const priced = limit === null ? {} : { type: 'limit' as const, price: PRICE + limit }
    const draft = draftOf({ ...fields, ...priced, workingOrdersPerSide: 99 })
    return { draft, assessment: this.gate.assess(draft, NOW_NS, UTC_MS, 0) }
  }

  #order(step: Ask): void {
    const { draft, assessment } = this.assess(step)
    if (!assessment.passed) return
    const clientOrderId = `o${this.#sequence++}`
    const request = requestOf(draft, { clientOrderId, reducing: assessment.reducing })
    const order = this.orders.create(request, 0, TS)
    this.gate.approve(request)
    this.orders.submitted(clientOrderId)
    this.portfolio.refresh(step.instrument)
    this.leaves.set(order, step.qty)
    this.last = request
    this.passed++
  }

  /** What the order's state does not allow is quarantined by the store and changes nothing. */
  #answer(order: Order, what: Answer): void {
    const { clientOrderId } = order.request
    const reason = 'said'
    const report: ExecutionReport =
      what === 'accepted'
        ? { kind: what, clientOrderId, venueOrderId: `v${clientOrderId}`, ts: TS }
        : what === 'pending_cancel'
          ? { kind: what, clientOrderId, ts: TS }
          : { kind: what, clientOrderId, reason, ts: TS }
    const { outcome, to } = this.#report(report)
    if (outcome === 'applied' && (to === 'REJECTED' || to === 'CANCELED' || to === 'EXPIRED')) {
      this.leaves.delete(order)
    }
  }

  #fill(order: Order, share: number): void {
    const left = this.leaves.get(order) as number
    const { clientOrderId, instrument, side, strategy } = order.request
    const qty = Math.ceil((left * share) / 100)
    const tradeId = `t${this.#sequence++}`
    const price = order.request.price ?? PRICE
    const fee = { feeText: '0', feeAsset: 'USDT', liquidity: 'taker' } as const
    const booked = { tradeId, instrument, side, qty, price, tMs: UTC_MS, ...fee }
    const { fill: applied } = this.#report({ kind: 'fill', clientOrderId, fill: booked, ts: TS })
    expect(applied).not.toBeNull()
    const positions = this.held[strategy] as number[]
    positions[instrument] = (positions[instrument] as number) + (side === 'buy' ? qty : -qty)
    if (qty === left) this.leaves.delete(order)
    else this.leaves.set(order, left - qty)
  }

  #report(report: ExecutionReport) {
    const result = this.orders.apply(report)
    const { request } = result.order as Order
    const instrument = this.#instruments[request.instrument] as Instrument
    if (result.fill !== null) this.ledger.applyFill(instrument, request.strategy, result.fill)
    this.portfolio.refresh(instrument.index)
    return result
  }

  position(instrument: number): number {
    return this.held.reduce((sum, positions) => sum + (positions[instrument] as number), 0)
  }

  /** What may still fill, by our own count. */
  open(instrument: number, side: Side, strategy: number | null = null): number {
    let sum = 0
    for (const [{ request }, left] of this.leaves) {
      const own = strategy === null || request.strategy === strategy
      if (own && request.instrument === instrument && request.side === side) sum += left
    }
    return sum
  }

  long(instrument: number): number {
    return this.position(instrument) + this.open(instrument, 'buy')
  }

  short(instrument: number): number {
    return this.open(instrument, 'sell') - this.position(instrument)
  }
}

describe('limits under concurrency, over the real books', () => {
  it('R4 I8: with fills, partials, orders in flight and of unknown outcome, worst-case exposure never exceeds a limit', () => {
    let passed = 0
    fc.assert(
      fc.property(fc.array(fc.oneof(...steady), { minLength: 20, maxLength: 80 }), (steps) => {
        // Equity 1,000,000: 0.4 % are 4,000 in a symbol, 0.7 % are 7,000 in all.
        const limits = { positionQtyMax: '380', symbolShareMax: '0.004', totalShareMax: '0.007' }
        const values = { grossValueMax: '6500', netValueMax: '4000', openOrdersMax: 6 }
        const world = new World({ longOnly: false, ...limits, ...values }, '1000000')
        let net = { long: 0, short: 0 }
        for (const step of steps) {
          world.apply(step)
          const worst = SYMBOLS.map((symbol) => Math.max(world.long(symbol), world.short(symbol)))
          for (const qty of worst) expect(qty).toBeLessThanOrEqual(380)
          expect(worst.reduce((sum, qty) => sum + qty * 10, 0)).toBeLessThanOrEqual(6_500)
          const long = SYMBOLS.reduce((sum, symbol) => sum + world.long(symbol), 0)
          const short = SYMBOLS.reduce((sum, symbol) => sum + world.short(symbol), 0)
          // Closing a hedge raises the net, and no limit keeps a position from being closed (R12).
          if (world.last?.reducing !== true) {
            expect(long * 10).toBeLessThanOrEqual(Math.max(4_000, net.long * 10))
            expect(short * 10).toBeLessThanOrEqual(Math.max(4_000, net.short * 10))
          }
          net = { long, short }
          for (const symbol of SYMBOLS) expect(world.portfolio.position(symbol)).toBe(world.position(symbol))
        }
        passed += world.passed
      }),
      { numRuns: 300 },
    )
    expect(passed).toBeGreaterThan(1_000)
  })

  it('R2 I8: nothing is ever sold that is not held and free, in the account or in a strategy', () => {
    let sold = 0
    fc.assert(
      fc.property(fc.array(fc.oneof(...steady), { minLength: 20, maxLength: 80 }), (steps) => {
        const world = new World({}, '1000000')
        for (const step of steps) {
          world.apply(step)
          for (const symbol of SYMBOLS) {
            expect(world.short(symbol)).toBeLessThanOrEqual(0)
            for (const strategy of STRATEGIES) {
              const held = world.held[strategy]?.[symbol] as number
              expect(world.open(symbol, 'sell', strategy)).toBeLessThanOrEqual(held)
              sold += world.open(symbol, 'sell', strategy)
            }
          }
        }
      }),
      { numRuns: 300 },
    )
    expect(sold).toBeGreaterThan(1_000)
  })

  it('R12 I8: whatever prices do to limits and equity, the way out of a position stays open', () => {
    let exits = 0
    fc.assert(
      fc.property(
        fc.array(fc.oneof(...steady, { weight: 2, arbitrary: mark }), { minLength: 20, maxLength: 80 }),
        (steps) => {
          const tight = { positionQtyMax: '300', grossValueMax: '5000', netValueMax: '4000' }
          const more = { orderQtyMax: '200', orderValueMin: '300', openOrdersMax: 4 }
          const world = new World({ longOnly: false, ...tight, ...more, dailyLossShareMax: '0.02' }, '5000')
          for (const step of steps) {
            world.apply(step)
            for (const instrument of SYMBOLS) {
              for (const strategy of STRATEGIES) {
                const held = world.held[strategy]?.[instrument] as number
                const side = held > 0 ? 'sell' : 'buy'
                const free = Math.abs(held) - world.open(instrument, side, strategy)
                const account = world.position(instrument) * Math.sign(held) - world.open(instrument, side)
                const qty = Math.min(free, account)
                if (held === 0 || qty <= 0) continue
                const { assessment } = world.assess({ strategy, instrument, side, qty, limit: null })
                // An order that may be out already, and one of our own on the other side, are no limits.
                expect([null, 'OUTCOME_UNKNOWN', 'SELF_TRADE']).toContain(assessment.code)
                if (assessment.code === null) exits++
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    )
    expect(exits).toBeGreaterThan(1_000)
  })
})
