import { afterEach, describe, expect, it } from 'vitest'
import { TradingAction } from '../../src/domain/action.ts'
import { REASON } from '../../src/domain/reasons.ts'
import type { Fill } from '../../src/domain/report.ts'
import type { RiskEvent } from '../../src/engine/risk-events.ts'
import { engineStatus } from '../../src/engine/status.ts'
import { OrderRig } from './order-rig.ts'

const { BUY, SELL } = TradingAction
const PRICE = 6_000_000

let rig: OrderRig
afterEach(() => rig.close())

async function open(env: Record<string, string> = {}): Promise<OrderRig> {
  rig = await new OrderRig(env).open()
  return rig
}

/** A decision, executed at `price` where it got to the venue; true where it did. */
function trade(action: TradingAction, price = PRICE): boolean {
  const before = rig.taken.length
  rig.assembly.trader.onIntent(rig.intent({ action }))
  const order = rig.taken.at(-1)
  if (rig.taken.length === before || order === undefined) return false
  const { clientOrderId, side, qty } = order
  const fill: Fill = {
    ...{ tradeId: clientOrderId, instrument: 0, side, qty, price, tMs: 0 },
    ...{ feeText: '0', feeAsset: 'USDT', liquidity: 'taker' },
  }
  rig.assembly.reports.onReport({ kind: 'fill', clientOrderId, fill, ts: '0' })
  rig.nowNs += 1e9
  rig.tick(PRICE)
  return true
}

const word = (): number => rig.plane.scope({ kind: 'strategy', index: 0 }).load()
const denied = (): object => (rig.assembly.desk.counters.ordersDocument() as { denied: object }).denied

describe('breakers and limits in the engine', () => {
  it('R9, R12: losses in a row halt the strategy, its exit still leaves, and an operator ends it', async () => {
    await open({ EXEC_CB_MAX_CONSECUTIVE_LOSSES: '2' })
    const heard: RiskEvent[] = []
    rig.assembly.riskEvents.subscribe('test', (event) => heard.push(event))
    for (let loss = 0; loss < 2; loss++) {
      expect(trade(BUY)).toBe(true)
      expect(word() & REASON.BREAKER).toBe(0)
      if (loss === 1) expect(trade(BUY)).toBe(true)
      expect(trade(SELL, PRICE - 100)).toBe(true)
    }
    expect(word() & REASON.BREAKER).toBe(REASON.BREAKER)
    expect(trade(BUY)).toBe(false)
    expect(denied()).toEqual({ HALTED: 1 })
    expect(trade(SELL, PRICE - 100)).toBe(true)
    expect(rig.assembly.desk.portfolio.position(0)).toBe(0)
    await rig.assembly.riskEvents.drain()
    expect(heard.map(({ event }) => event)).toEqual(['halted', 'circuit_breaker_triggered'])
    expect(rig.records().filter(({ kind }) => kind === 'BREAKER')).toMatchObject([
      { data: { event: 'circuit_breaker_triggered', breaker: 'losses', strategy: 'every-tick', value: 2 } },
    ])
    const cause = { code: 'OPERATOR', text: 'seen', source: 'test' } as const
    const scope = { kind: 'strategy', index: 0 } as const
    rig.assembly.halts.clear(scope, REASON.BREAKER, 'operator', word(), { text: 'seen' }, cause)
    expect(trade(BUY)).toBe(true)
  })

  it('R12, S11: what would turn a position around under a halt closes it, and says so', async () => {
    await open({
      TIDEGATE_RISK__LONG_ONLY: 'false',
      TIDEGATE_STRATEGIES__0__ORDER__SIZING: '{target: {long: "0.002", short: "0.002"}}',
    })
    const cause = { code: 'OPERATOR', text: 'lunch', source: 'test' } as const
    for (const [first, second, position] of [
      [BUY, SELL, 200],
      [SELL, BUY, -200],
    ] as const) {
      expect(trade(first)).toBe(true)
      expect(rig.assembly.desk.portfolio.position(0)).toBe(position)
      rig.assembly.halts.halt({ kind: 'strategy', index: 0 }, 'PAUSE', 'operator', cause)
      expect(trade(second)).toBe(true)
      expect(rig.assembly.desk.portfolio.position(0)).toBe(0)
      expect(rig.records().findLast(({ kind }) => kind === 'INTENT')?.data).toMatchObject({
        order: { reducing: true, qty: 200 },
        throttle: { rule: 'reduce_only', from: 400, to: 200 },
      })
      expect(trade(second)).toBe(false)
      const scope = { kind: 'strategy', index: 0 } as const
      rig.assembly.halts.clear(scope, REASON.PAUSE, 'operator', word(), { text: 'back' }, cause)
    }
  })

  it('R6: repeated executions halt the strategy, whatever they earn', async () => {
    await open({ TIDEGATE_BREAKERS__EXECUTIONS_MAX: '3' })
    expect([trade(BUY), trade(BUY), trade(BUY), trade(BUY)]).toEqual([true, true, true, false])
    expect(word() & REASON.BREAKER).toBe(REASON.BREAKER)
  })

  it('R8: a loss of the day beyond its limit halts every strategy, and exits go on', async () => {
    await open({ TIDEGATE_RISK__DAILY_LOSS_SHARE_MAX: '0.000001', TIDEGATE_ACCOUNT__EQUITY: '100000' })
    expect(trade(BUY, PRICE + 100_000)).toBe(true)
    expect(word() & REASON.BREAKER).toBe(REASON.BREAKER)
    expect(trade(BUY)).toBe(false)
    expect(trade(SELL)).toBe(true)
    expect(rig.records().filter(({ kind }) => kind === 'RISK')).toMatchObject([
      { data: { event: 'risk_limit_breached', limit: 'daily_loss' } },
    ])
  })

  it('R5: the configured throttle reduces the size and says by which rule', async () => {
    await open({ TIDEGATE_RISK__THROTTLE__QTY_MAX: '0.0009' })
    expect(trade(BUY)).toBe(true)
    const [record] = rig.records().filter(({ kind }) => kind === 'INTENT')
    expect(record?.data['throttle']).toEqual({ rule: 'qty', from: 100, to: 90 })
    expect(rig.taken[0]?.qty).toBe(90)
  })

  it('R8, R9, P14: the status shows positions at risk, breakers, health and who is told', async () => {
    await open({ STRATEGY_CB_VOL_RATIO_THRESHOLD: '3' })
    rig.assembly.riskEvents.subscribe('desk', () => {})
    const { assembly, journal, plane } = rig
    const source = { assembly, journal, plane, eventNowNs: () => rig.nowNs, symbolStatus: () => undefined }
    expect(engineStatus(source).risk).toMatchObject({
      positions: [],
      breached: [],
      breakers: [
        { strategy: 'every-tick', flat: 'volatility', volatility: 'warming', tripped: false, losses: 0 },
      ],
      breaker_faults: 0,
      self_health: { state: 'good', measure: null, size_ppm: 1_000_000 },
      handlers: [{ name: 'desk' }],
    })
  })
})
