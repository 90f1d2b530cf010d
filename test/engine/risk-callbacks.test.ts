import { afterEach, describe, expect, it } from 'vitest'
import { killCode } from '../../src/control/routes.ts'
import { TradingAction } from '../../src/domain/action.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { KILL_CODES, REASON } from '../../src/domain/reasons.ts'
import { createTickSlots, TICK } from '../../src/domain/tick.ts'
import type { RiskEvent } from '../../src/engine/risk-events.ts'
import { type GateRoute, gate1 } from '../../src/gate/gate.ts'
import { CHECK_NAMES } from '../../src/risk/check.ts'
import { ALL_SCOPE } from '../../src/shm/control-plane.ts'
import { OrderRig } from './order-rig.ts'

const CAUSE = { code: 'DRILL', text: 'test', source: 'test' } as const
/** An order of 0.001 BTC at 60,000 is $60 of $1,000. */
const ROOMY = {
  TIDEGATE_ACCOUNT__CURRENCY: 'USDT',
  TIDEGATE_ACCOUNT__CASH: '{USDT: "1000"}',
  TIDEGATE_RISK__SYMBOL_SHARE_MAX: '1',
  TIDEGATE_RISK__TOTAL_SHARE_MAX: '1',
  TIDEGATE_RISK__ORDER_VALUE_MIN: '0',
}

/** One check as records have it: name, outcome, value, limit, unit. */
type Check = readonly [name: string, outcome: string, ...unknown[]]

/** of money in one quote asset: a price increment times a quantity increment is one */
const UNITS = 1e7

const rigs: OrderRig[] = []
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.close()
})

async function open(change: Record<string, string> = {}): Promise<OrderRig> {
  const rig = await new OrderRig({ ...ROOMY, ...change }).open()
  rigs.push(rig)
  return rig
}

/** What the engine makes of a decision; the records that it left. */
function decide(rig: OrderRig, action: TradingAction): ReturnType<OrderRig['records']> {
  const before = rig.records().length
  const permit = new Int32Array(5)
  gate1(rig.assembly.desk.strategies[0]?.routes[0] as GateRoute, permit)
  rig.assembly.trader.onIntent({
    strategy: 0,
    instrument: 0,
    action,
    tickSeq: 0,
    tickRecvNs: rig.nowNs,
    tickEventNs: rig.nowNs,
    decidedNs: rig.nowNs,
    referencePrice: rig.assembly.desk.market.referencePrice(0),
    limitPrice: Number.NaN,
    qty: Number.NaN,
    permit: [...permit] as unknown as Intent['permit'],
    features: new Float64Array(1),
  })
  return rig.records().slice(before)
}

/** The venue fills the last order whole. */
function fill(rig: OrderRig, price: number): void {
  const { clientOrderId, instrument, side, qty } = rig.taken.at(-1) as (typeof rig.taken)[number]
  const { reports } = rig.assembly
  reports.onReport({ kind: 'accepted', clientOrderId, venueOrderId: `v-${clientOrderId}`, ts: '0' })
  const money = { feeText: '0', feeAsset: 'USDT', liquidity: 'taker' } as const
  const trade = { tradeId: `t-${clientOrderId}`, instrument, side, qty, price, tMs: 0, ...money }
  reports.onReport({ kind: 'fill', clientOrderId, fill: trade, ts: '0' })
}

function quote(rig: OrderRig, bid: number, ask: number): void {
  const slots = createTickSlots(1)
  slots.i32[0] = TICK.QUOTE
  slots.f64.set([rig.nowNs, rig.nowNs, bid, 1_000, ask, 1_000, 1], 1)
  rig.assembly.desk.market.onTick(slots, 0)
}

/** The throttle as the order's INTENT has it. */
function throttled(rig: OrderRig): unknown {
  return decide(rig, TradingAction.BUY).find(({ kind }) => kind === 'INTENT')?.data['throttle']
}

/** Behaviours of risk and kill that the documents of origin name, on the order side of an engine. */
describe('risk callbacks', () => {
  it('R1, R2: comprehensive pre-trade check: all checks run in their order, and each is on the record', async () => {
    const rig = await open()
    const [intent] = decide(rig, TradingAction.BUY)
    const checks = intent?.data['checks'] as readonly Check[]
    expect([intent?.kind, checks.map(([name]) => name)]).toEqual(['INTENT', [...CHECK_NAMES]])
    expect(checks.find(([name]) => name === 'order_value_max')).toEqual([
      'order_value_max',
      'pass',
      60 * UNITS,
      10_000 * UNITS,
      'notional',
    ])
    const strict = await open({
      TIDEGATE_RISK__ORDER_VALUE_MAX: '50',
      TIDEGATE_RISK__RESTRICTED: '[BTCUSDT]',
      TIDEGATE_RISK__SYMBOL_SHARE_MAX: '0.05',
    })
    const [denied] = decide(strict, TradingAction.BUY)
    const failed = ((denied?.data['checks'] ?? []) as readonly Check[]).filter(
      ([, outcome]) => outcome !== 'pass' && outcome !== 'skip',
    )
    expect([denied?.kind, denied?.data['code'], strict.taken]).toEqual(['DENIED', 'RESTRICTED', []])
    expect(denied?.data['checks']).toHaveLength(CHECK_NAMES.length)
    expect(failed.map(([name, code]) => `${name} ${code}`)).toEqual([
      'restricted_list RESTRICTED',
      'order_value_max ORDER_VALUE_MAX',
      'symbol_share SYMBOL_SHARE',
    ])
  })

  it('R2: daily loss limit: at 2 % of equity no order enters, and the exit still leaves', async () => {
    const rig = await open()
    decide(rig, TradingAction.BUY)
    fill(rig, 6_000_000)
    rig.tick(4_050_000) // 19.50 lost, and 980.50 is left
    expect(decide(rig, TradingAction.BUY).at(-1)?.kind).toBe('SUBMITTED')
    fill(rig, 4_050_000)
    rig.tick(4_000_000)
    expect(decide(rig, TradingAction.BUY)).toMatchObject([{ kind: 'DENIED', data: { code: 'DAILY_LOSS' } }])
    expect(decide(rig, TradingAction.SELL).at(-1)?.kind).toBe('SUBMITTED')
    expect(rig.taken.map(({ side }) => side)).toEqual(['buy', 'buy', 'sell'])
  })

  it('R2: position concentration: one symbol is no more of the exposure than its limit', async () => {
    const free = await open()
    expect(decide(free, TradingAction.BUY).at(-1)?.kind).toBe('SUBMITTED')
    const rig = await open({ TIDEGATE_RISK__CONCENTRATION_MAX: '0.5' })
    expect(decide(rig, TradingAction.BUY)).toMatchObject([
      { kind: 'DENIED', data: { code: 'CONCENTRATION' } },
    ])
    const share = await open({ TIDEGATE_RISK__SYMBOL_SHARE_MAX: '0.05' })
    expect(decide(share, TradingAction.BUY)).toMatchObject([
      { kind: 'DENIED', data: { code: 'SYMBOL_SHARE' } },
    ])
  })

  it('R5: throttle by spread and volatility: a wide spread and wild prices shrink the order, with the rule', async () => {
    const rig = await open({
      TIDEGATE_RISK__THROTTLE__SPREAD_BPS_MAX: '10',
      TIDEGATE_RISK__THROTTLE__VOLATILITY_RATIO_MAX: '2',
    })
    quote(rig, 5_997_000, 6_003_000)
    expect(throttled(rig)).toBe(null)
    fill(rig, 6_000_000)
    quote(rig, 5_994_000, 6_006_000)
    expect(throttled(rig)).toEqual({ rule: 'spread', from: 100, to: 50 })
    fill(rig, 6_000_000)
    quote(rig, 5_999_900, 6_000_100)
    for (let n = 0; n < 40; n++) rig.tick(6_000_000 + (n % 2) * 100)
    for (let n = 0; n < 5; n++) rig.tick(6_000_000 + (n % 2) * 1_000)
    const wild = throttled(rig) as { rule: string; from: number; to: number }
    expect([wild.rule, wild.from, rig.taken.at(-1)?.qty]).toEqual(['volatility', 100, wild.to])
    expect(wild.to).toBeLessThan(30)
  })

  it('R5: throttle by volume participation: an order is at most its share of what the market traded', async () => {
    const rig = await open({ TIDEGATE_RISK__THROTTLE__PARTICIPATION_MAX: '0.05' })
    // 1,000 increments were traded so far.
    expect(throttled(rig)).toEqual({ rule: 'participation', from: 100, to: 50 })
    expect(rig.taken.at(-1)?.qty).toBe(50)
    fill(rig, 6_000_000)
    rig.tick(6_000_000)
    expect(throttled(rig)).toBe(null)
    expect(rig.taken.at(-1)?.qty).toBe(100)
  })

  it('P7, P8: event handler thread safety: handlers come and go while halts fly, each hears each of its events once', async () => {
    const rig = await open()
    const { halts, riskEvents } = rig.assembly
    const kept: string[] = []
    const passing: string[] = []
    const scopes = (event: RiskEvent): string => ('scope' in event ? `${event.event} ${event.scope}` : '')
    riskEvents.subscribe('kept', (event) => {
      kept.push(scopes(event))
      // Each adds one more that leaves at its first event.
      const leave = riskEvents.subscribe('passing', (each) => {
        passing.push(scopes(each))
        leave()
      })
    })
    const strategy = { kind: 'strategy', index: 0 } as const
    for (let n = 0; n < 50; n++) {
      halts.halt(strategy, 'KILL', 'risk', CAUSE)
      const word = rig.plane.scope(strategy).load()
      halts.clear(strategy, REASON.KILL, 'operator', word, { text: 'fine' }, CAUSE)
      if (n % 10 === 0) await riskEvents.drain()
    }
    await riskEvents.drain()
    expect(kept).toEqual(
      Array.from({ length: 50 }, () => ['halted strategy:every-tick', 'cleared strategy:every-tick']).flat(),
    )
    // A hundred came; the 18 of the last turn had nothing left to hear, and each other one heard once.
    expect(passing).toHaveLength(82)
    expect(riskEvents.counts().filter(({ name }) => name === 'passing')).toHaveLength(18)
    expect(rig.plane.scope(strategy).load() & REASON.KILL).toBe(0)
  })

  it('P7: async callbacks: one that never ends and one that rejects delay neither the halt nor the others', async () => {
    const rig = await open()
    const { halts, riskEvents } = rig.assembly
    const heard: string[] = []
    riskEvents.subscribe('never', () => new Promise(() => {}))
    riskEvents.subscribe('rejects', () => Promise.reject(new Error('no line to the pager')))
    riskEvents.subscribe('hears', async (event) => {
      await Promise.resolve()
      heard.push(event.event)
    })
    halts.halt(ALL_SCOPE, 'KILL', 'risk', CAUSE)
    expect([decide(rig, TradingAction.BUY).at(-1)?.kind, heard]).toEqual(['DENIED', []])
    while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual(['halted'])
    const counts = Object.fromEntries(riskEvents.counts().map(({ name, counts: each }) => [name, each]))
    expect(counts).toMatchObject({ rejects: { calls: 1, threw: 1 }, hears: { calls: 1, threw: 0 } })
  })

  it.each(KILL_CODES)(
    'K1: kill-switch reason mapping: %s is the same in word, journal and event',
    async (code) => {
      const rig = await open()
      const { halts, riskEvents } = rig.assembly
      const heard: RiskEvent[] = []
      riskEvents.subscribe('test', (event) => heard.push(event))
      const asked = killCode(code.toLowerCase().replaceAll('_', ' '), 'why')
      halts.halt(ALL_SCOPE, 'KILL', 'operator', { ...asked, source: 'cli' })
      await riskEvents.drain()
      expect(asked).toEqual({ code, text: 'why' })
      expect(rig.plane.all.load() & REASON.KILL).toBe(REASON.KILL)
      expect(rig.controls().at(-1)?.data).toMatchObject({ code, text: 'why', set: ['KILL'], source: 'cli' })
      expect(heard).toMatchObject([{ event: 'halted', reason: 'KILL', cause: { code, text: 'why' } }])
      expect(halts.causes()).toMatchObject([{ reason: 'KILL', code, text: 'why' }])
    },
  )

  it('K1: kill-switch reason mapping: a word that is no code is OTHER, and kept', () => {
    expect(killCode('bad smell', 'in Oslo')).toEqual({ code: 'OTHER', text: 'bad smell: in Oslo' })
    expect(killCode('', 'x')).toEqual({ code: 'OTHER', text: ': x' })
  })

  it('K10: emergency stop degrading gracefully: without its audit it stops all the same, and nothing leaves until the journal is healthy', async () => {
    const rig = await open()
    const { halts, riskEvents } = rig.assembly
    const heard: string[] = []
    riskEvents.subscribe('test', (event) => heard.push(event.event))
    rig.journal.close()
    expect(rig.journal.failure?.code).toBe('JOURNAL_CLOSED')
    halts.halt({ kind: 'symbol', index: 0 }, 'KILL', 'operator', CAUSE)
    expect(rig.plane.symbol(0).load() & REASON.KILL).toBe(REASON.KILL)
    await riskEvents.drain()
    expect(heard).toEqual(['halted'])
    halts.clear(
      { kind: 'symbol', index: 0 },
      REASON.KILL,
      'operator',
      rig.plane.symbol(0).load(),
      { text: 'fine' },
      CAUSE,
    )
    decide(rig, TradingAction.BUY)
    expect(rig.taken).toEqual([])
    expect(rig.assembly.desk.counters.ordersDocument()).toMatchObject({ denied: { HALTED: 1 }, submitted: 0 })
  })
})
