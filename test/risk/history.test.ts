import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ApprovedOrder } from '../../src/domain/venue.ts'
import { WireCheck } from '../../src/risk/wire-check.ts'
import { bench, draftOf, NOW_NS, requestOf, resultOf, UTC_MS } from './support.ts'

describe('message rate', () => {
  it('R6: entries, reducing orders and cancels have separate budgets', () => {
    const { gate, portfolio } = bench({ ordersPerSecondMax: 2, duplicateWindowMs: 0 })
    const send = (side: 'buy' | 'sell', atNs: number): string | null => {
      const draft = draftOf({ side, signalNs: atNs })
      const assessment = gate.assess(draft, atNs, UTC_MS, 0)
      const { code } = assessment
      if (code === null) gate.approve(requestOf(draft, { reducing: assessment.reducing }))
      return code
    }
    portfolio.positions[0] = 10_000
    for (let i = 0; i < 5; i++) gate.history.noteCancel(NOW_NS)
    expect(gate.history.cancels.count(NOW_NS)).toBe(2)
    expect([send('buy', NOW_NS), send('buy', NOW_NS + 5), send('buy', NOW_NS + 6)]).toEqual([
      null,
      null,
      'MESSAGE_RATE',
    ])
    expect([send('sell', NOW_NS + 7), send('sell', NOW_NS + 7), send('sell', NOW_NS + 8)]).toEqual([
      null,
      null,
      'MESSAGE_RATE',
    ])
    expect(send('buy', NOW_NS + 1e9)).toBeNull()
    expect(send('buy', NOW_NS + 1e9 + 4)).toBe('MESSAGE_RATE')
  })
})

describe('duplicate order', () => {
  it('R2: the same content within the window is denied, anything else between makes it new', () => {
    const { gate, assess, market } = bench({}, {})
    market.dataAtNs = NOW_NS
    const limit = { type: 'limit', price: 6_000_000 } as const
    assess(limit)
    gate.approve(requestOf(draftOf(limit)))
    const again = assess(limit)
    expect(again.code).toBe('DUPLICATE_CONTENT')
    expect(again.records().find((record) => record.check === 'duplicate_order')).toMatchObject({
      value: '0',
      limit: '1000000000',
      unit: 'ns',
    })
    for (const other of [
      { ...limit, qty: 999 },
      { ...limit, price: 6_000_001 },
      { ...limit, side: 'sell' as const },
      { ...limit, instrument: 1 },
      { ...limit, strategy: 3 },
      { type: 'stop' as const, stopPrice: 6_000_000 },
    ]) {
      expect(resultOf(assess(other), 'duplicate_order').code).toBeNull()
    }
    expect(resultOf(assess(limit), 'duplicate_order').unit).toBe('ns')
    expect(resultOf(assess(), 'duplicate_order').unit).toBe('count')
    assess()
    gate.approve(requestOf(draftOf()))
    expect(assess(limit).code).toBeNull()
    expect(gate.assess(draftOf(), NOW_NS + 1e9, UTC_MS, 0).code).toBeNull()
    const stop = { type: 'stop' as const, stopPrice: 6_000_000 }
    assess(stop)
    gate.approve(requestOf(draftOf(stop)))
    expect(resultOf(assess({ ...stop, stopPrice: 6_000_001 }), 'duplicate_order').code).toBeNull()
  })
})

describe('wire check', () => {
  const order = (qty: number): ApprovedOrder => requestOf(draftOf({ qty })) as ApprovedOrder

  it('R7: sent so far plus this never exceeds what was approved, whatever is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 50 }))), (steps) => {
        const wire = new WireCheck()
        let approved = 0
        let sent = 0
        for (const [approves, qty] of steps) {
          if (approves) {
            wire.approve('tg-t-0-1', qty)
            approved += qty
          } else if (wire.take(order(qty))) sent += qty
          expect(sent).toBeLessThanOrEqual(approved)
        }
      }),
    )
  })

  it('R7: only what was taken is given back', () => {
    const wire = new WireCheck()
    wire.giveBack(order(5))
    wire.approve('tg-t-0-1', 5)
    wire.giveBack(order(5))
    expect(wire.take(order(6))).toBe(false)
    expect(wire.take(order(5))).toBe(true)
    expect(wire.take(order(1))).toBe(false)
  })
})
