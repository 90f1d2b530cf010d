import { describe, expect, it } from 'vitest'
import { CHECK_NAMES } from '../../src/risk/check.ts'
import { bench, draftOf, requestOf, resultOf } from './support.ts'

describe('RiskGate', () => {
  it('R1: runs every check in the documented order and returns each result', () => {
    const assessment = bench().assess()
    expect(assessment.results.map((result) => result.check)).toEqual([...CHECK_NAMES])
    expect(assessment.results.filter((result) => !result.passed)).toEqual([])
    expect(assessment.passed).toBe(true)
    expect(assessment.code).toBeNull()
  })

  it('R1: returns all failures with value and limit, not only the first', () => {
    const { market, assess } = bench({ orderValueMin: '1000', restricted: ['BTCUSDT'] })
    market.isHalted = true
    const assessment = assess()
    expect(assessment.code).toBe('RESTRICTED')
    const failed = assessment.records().filter((record) => !record.passed)
    expect(failed).toEqual([
      { check: 'restricted_list', passed: false, code: 'RESTRICTED', value: '1', limit: '0', unit: 'count' },
      {
        check: 'trading_status',
        passed: false,
        code: 'TRADING_HALTED',
        value: '1',
        limit: '0',
        unit: 'count',
      },
      {
        check: 'order_value_min',
        passed: false,
        code: 'ORDER_VALUE_MIN',
        value: '600',
        limit: '1000',
        unit: 'notional',
      },
    ])
  })

  it('R10: equity and profit that become unknown deny, and pass again when they are known', () => {
    const { portfolio, assess } = bench()
    const { equityMoney } = portfolio
    expect(assess().code).toBeNull()
    portfolio.equityMoney = null
    portfolio.dailyPnlMoney = null
    expect(assess().code).toBe('EQUITY_UNKNOWN')
    portfolio.equityMoney = equityMoney
    portfolio.dailyPnlMoney = 0n
    expect(assess().code).toBeNull()
  })

  it('R1: a quantity that is no whole number is recorded as it came', () => {
    const record = bench()
      .assess({ qty: 0.5 })
      .records()
      .find((entry) => entry.check === 'order_parameters')
    expect(record).toMatchObject({ code: 'ORDER_QTY_INVALID', value: '0.5', limit: '90071992547.40991' })
  })

  it('R1: an earlier order leaves nothing in the results of the next', () => {
    const { market, assess } = bench()
    market.isHalted = true
    expect(assess({ qty: 1.5 }).passed).toBe(false)
    market.isHalted = false
    expect(assess().passed).toBe(true)
  })

  it('R6: an approval is made once, only for the order that was judged and passed', () => {
    const { gate, assess } = bench()
    const draft = draftOf()
    assess()
    expect(() => gate.approve(requestOf(draft, { qty: 1_001 }))).toThrow(/not the order that was judged/)
    const approved = gate.approve(requestOf(draft))
    expect(approved.qty).toBe(1_000)
    expect(() => gate.approve(requestOf(draft))).toThrow(/approved once/)
    assess({ qty: -1 })
    expect(() => gate.approve(requestOf(draftOf({ qty: -1 })))).toThrow(/approved once/)
  })

  it('R7: the wire takes an approved quantity once', () => {
    const { gate, assess } = bench()
    assess()
    const approved = gate.approve(requestOf(draftOf()))
    expect(gate.wire.take(approved)).toBe(true)
    expect(gate.wire.take(approved)).toBe(false)
    gate.wire.giveBack(approved)
    expect(gate.wire.take(approved)).toBe(true)
    gate.wire.forget(approved.clientOrderId)
    expect(gate.wire.take(approved)).toBe(false)
    expect(gate.wire.size).toBe(0)
  })

  it('R2: an order that was not sent after all is no duplicate, and cannot be sent later', () => {
    const { gate, assess } = bench()
    assess()
    const approved = gate.approve(requestOf(draftOf()))
    expect(assess().code).toBe('DUPLICATE_CONTENT')
    gate.withdraw(approved)
    expect(assess().code).toBeNull()
    expect(gate.wire.take(approved)).toBe(false)
    gate.history.forget(9, 0)
  })

  it('R1: money above 2^53 units stays exact', () => {
    const { portfolio, assess } = bench(
      { orderValueMax: '600000000000', symbolShareMax: null, totalShareMax: null, collarBps: null },
      { inputs: [{ symbol: 'BTCUSDT', priceIncrement: '0.00000001', qtyIncrement: '0.00000001' }] },
    )
    portfolio.marks = [6_000_000_000_000]
    const qty = 1_000_000_000_000_001
    const value = resultOf(assess({ qty }), 'order_value_max')
    expect(value.passed).toBe(false)
    expect(value.exactValue).toBe(6_000_000_000_000n * BigInt(qty))
    expect(value.exactLimit).toBe(6_000_000_000_000_000_000_000_000_000n)
    expect(resultOf(assess({ qty: qty - 1 }), 'order_value_max').passed).toBe(true)
  })
})
