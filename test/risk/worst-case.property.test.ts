import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Side } from '../../src/domain/action.ts'
import { CHECKS } from '../../src/risk/checks/order.ts'
import type { RiskLimits } from '../../src/risk/limits.ts'
import { type Bench, bench, CAPABLE, draftOf, NOW_NS, requestOf, UTC_MS } from './support.ts'

interface Working {
  readonly strategy: number
  readonly instrument: number
  readonly side: Side
  leaves: number
}

type Step =
  | {
      readonly kind: 'order'
      strategy: number
      instrument: number
      side: Side
      qty: number
      limit: number | null
    }
  | { readonly kind: 'fill'; pick: number; share: number }
  | { readonly kind: 'end'; pick: number }

const STRATEGIES = 2
const INSTRUMENTS = 3

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      strategy: fc.integer({ min: 0, max: STRATEGIES - 1 }),
      instrument: fc.integer({ min: 0, max: INSTRUMENTS - 1 }),
      side: fc.constantFrom<Side>('buy', 'sell'),
      qty: fc.integer({ min: 1, max: 400 }),
      limit: fc.option(fc.integer({ min: -40, max: 40 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      pick: fc.nat(),
      share: fc.integer({ min: 1, max: 100 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), pick: fc.nat() }) },
)

/** A portfolio of two strategies that keeps its own books, beside the gate: what may still fill counts (R4). */
class World {
  readonly working: Working[] = []
  readonly held: number[][] = Array.from({ length: STRATEGIES }, () => new Array<number>(INSTRUMENTS).fill(0))
  readonly state: Bench
  /** the last step placed an order that only reduces */
  reduced = false

  constructor(limits: Partial<RiskLimits>) {
    const inputs = ['A', 'B', 'C'].map((symbol) => ({ symbol, priceIncrement: '0.01', qtyIncrement: '1' }))
    this.state = bench(
      {
        orderValueMin: null,
        orderValueMax: null,
        duplicateWindowMs: 0,
        ordersPerSecondMax: 1_000,
        ...limits,
      },
      { inputs, capabilities: inputs.map(() => CAPABLE) },
    )
    const { portfolio, market } = this.state
    portfolio.marks = [1_000, 1_000, 1_000]
    market.reference = 1_000
    const open = (instrument: number, side: Side, strategy?: number): number =>
      this.working
        .filter(
          (o) => o.instrument === instrument && o.side === side && (strategy ?? o.strategy) === o.strategy,
        )
        .reduce((sum, o) => sum + o.leaves, 0)
    portfolio.position = (instrument) => this.position(instrument)
    portfolio.strategyPosition = (strategy, instrument) => this.held[strategy]?.[instrument] as number
    portfolio.openQty = (instrument, side) => open(instrument, side)
    portfolio.strategyOpenQty = (strategy, instrument, side) => open(instrument, side, strategy)
  }

  position(instrument: number): number {
    return this.held.reduce((sum, positions) => sum + (positions[instrument] as number), 0)
  }

  apply(next: Step): void {
    this.reduced = false
    if (next.kind === 'order') this.#order(next)
    else if (this.working.length > 0) {
      const order = this.working[next.pick % this.working.length] as Working
      if (next.kind === 'fill') this.#fill(order, Math.ceil((order.leaves * next.share) / 100))
      else this.working.splice(this.working.indexOf(order), 1)
    }
  }

  #order(next: Extract<Step, { kind: 'order' }>): void {
    const { strategy, instrument, side, qty, limit } = next
    const priced = limit === null ? {} : { type: 'limit' as const, price: 1_000 + limit }
    const draft = draftOf({ strategy, instrument, side, qty, workingOrdersPerSide: 99, ...priced })
    const assessment = this.state.gate.assess(draft, NOW_NS, UTC_MS, 0)
    if (assessment.reducing) {
      // R12: whatever the limits are, they do not lock a position in.
      for (const [index, result] of assessment.results.entries()) {
        if (CHECKS[index]?.reducing === 'skip') expect(result.passed).toBe(true)
      }
      const before = Math.abs(this.position(instrument))
      expect(qty).toBeLessThanOrEqual(before)
    }
    if (!assessment.passed) return
    this.state.gate.approve(requestOf(draft, { reducing: assessment.reducing }))
    this.reduced = assessment.reducing
    this.working.push({ strategy, instrument, side, leaves: qty })
  }

  #fill(order: Working, qty: number): void {
    const positions = this.held[order.strategy] as number[]
    positions[order.instrument] =
      (positions[order.instrument] as number) + (order.side === 'buy' ? qty : -qty)
    order.leaves -= qty
    if (order.leaves === 0) this.working.splice(this.working.indexOf(order), 1)
  }

  /** Worst position of a symbol over both sides, by its own count. */
  worst(instrument: number): number {
    const { portfolio } = this.state
    const position = this.position(instrument)
    return Math.max(
      position + portfolio.openQty(instrument, 'buy'),
      portfolio.openQty(instrument, 'sell') - position,
    )
  }
}

const INDICES = [0, 1, 2]

describe('exposure under concurrency', () => {
  it('R4 I8: with random orders, partial fills and ends, worst-case exposure never exceeds a limit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const world = new World({
          longOnly: false,
          positionQtyMax: '500',
          symbolShareMax: '0.004',
          totalShareMax: '0.007',
          grossValueMax: '6500',
          netValueMax: '4000',
        })
        let net = { long: 0, short: 0 }
        for (const next of steps) {
          world.apply(next)
          const worst = INDICES.map((instrument) => world.worst(instrument))
          for (const qty of worst) expect(qty).toBeLessThanOrEqual(400)
          expect(worst.reduce((sum, qty) => sum + qty * 10, 0)).toBeLessThanOrEqual(6_500)
          const { portfolio } = world.state
          const long = INDICES.reduce((s, i) => s + world.position(i) + portfolio.openQty(i, 'buy'), 0)
          const short = INDICES.reduce((s, i) => s - world.position(i) + portfolio.openQty(i, 'sell'), 0)
          // Closing a hedge raises the net, and no limit keeps a position from being closed (R12).
          if (!world.reduced) {
            expect(long * 10).toBeLessThanOrEqual(Math.max(4_000, net.long * 10))
            expect(short * 10).toBeLessThanOrEqual(Math.max(4_000, net.short * 10))
          }
          net = { long, short }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('R2 R4: long-only never sells what is not held, in the account or in a strategy', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const world = new World({ symbolShareMax: null, totalShareMax: null })
        for (const next of steps) {
          world.apply(next)
          const { portfolio } = world.state
          for (const instrument of INDICES) {
            expect(world.position(instrument) - portfolio.openQty(instrument, 'sell')).toBeGreaterThanOrEqual(
              0,
            )
            for (let strategy = 0; strategy < STRATEGIES; strategy++) {
              const free =
                portfolio.strategyPosition(strategy, instrument) -
                portfolio.strategyOpenQty(strategy, instrument, 'sell')
              expect(free).toBeGreaterThanOrEqual(0)
            }
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('R12: a position beyond every limit can still be closed, and not turned', () => {
    const { portfolio, assess } = bench({
      longOnly: false,
      positionQtyMax: '0',
      symbolShareMax: '0',
      totalShareMax: '0',
      grossValueMax: '0',
      netValueMax: '0',
      orderValueMax: '0',
      orderQtyMax: '0',
      openOrdersMax: 0,
    })
    portfolio.positions[0] = 2_000
    portfolio.equityMoney = null
    portfolio.dailyPnlMoney = null
    expect(assess({ side: 'sell', qty: 2_000 })).toMatchObject({ passed: true, reducing: true })
    expect(assess({ side: 'sell', qty: 2_001 })).toMatchObject({ passed: false, reducing: false })
    expect(assess({ side: 'sell', qty: 1 })).toMatchObject({ passed: true, reducing: true })
    portfolio.positions[0] = -2_000
    expect(assess({ side: 'buy', qty: 2_000 })).toMatchObject({ passed: true, reducing: true })
    portfolio.open.buy[0] = 1
    expect(assess({ side: 'buy', qty: 2_000 })).toMatchObject({ passed: false, reducing: false })
  })
})
