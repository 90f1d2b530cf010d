import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VenueRig } from './helpers.ts'

function rig(): VenueRig {
  return new VenueRig({ fillModel: 'top-of-book' })
}

describe('top-of-book', () => {
  it('F9: takes what the touch shows and expires the rest of a market order', () => {
    const r = rig()
    r.quote(1, 99, 500, 101, 300)
    r.submit('a', { qty: 1_000 })
    r.venue.drain()
    expect(r.said()).toEqual(['accepted:a', 'fill:a:300@101:taker', 'expired:a:INSUFFICIENT_LIQUIDITY'])
  })

  it('F9: does not fill twice from one quantity shown', () => {
    const r = rig()
    r.quote(1, 99, 500, 101, 300)
    r.submit('a', { qty: 200, type: 'limit', price: 101, timeInForce: 'IOC' })
    r.submit('b', { qty: 200, type: 'limit', price: 101, timeInForce: 'IOC' })
    r.venue.drain()
    expect(r.said()).toEqual([
      'accepted:a',
      'fill:a:200@101:taker',
      'accepted:b',
      'fill:b:100@101:taker',
      'expired:b:IOC_UNFILLED',
    ])
  })

  it('F9: rests the remainder of a limit and fills it as quotes and trades cross it', () => {
    const r = rig()
    r.quote(1, 99, 500, 101, 300)
    r.submit('a', { qty: 1_000, type: 'limit', price: 101 })
    r.quote(2, 99, 500, 102, 300)
    r.trade(3, 101, 100)
    r.trade(4, 102, 900)
    r.quote(5, 98, 500, 100, 250)
    r.trade(6, 99, 5_000)
    expect(r.said()).toEqual([
      'accepted:a',
      'fill:a:300@101:taker',
      'fill:a:100@101:maker',
      'fill:a:250@101:maker',
      'fill:a:350@101:maker',
    ])
  })

  it('F9: kills a FOK that the touch does not cover and fills one that it does', () => {
    const r = rig()
    r.quote(1, 99, 500, 101, 300)
    r.submit('a', { qty: 301, type: 'limit', price: 101, timeInForce: 'FOK' })
    r.submit('b', { qty: 300, type: 'limit', price: 101, timeInForce: 'FOK' })
    r.venue.drain()
    expect(r.said()).toEqual(['accepted:a', 'expired:a:FOK_UNFILLED', 'accepted:b', 'fill:b:300@101:taker'])
  })

  it('F9: sets a stop off by a trade and takes the touch at once', () => {
    const r = rig()
    r.quote(1, 99, 500, 101, 300)
    r.submit('a', { qty: 100, type: 'stop', side: 'sell', stopPrice: 99 })
    r.trade(2, 100, 10)
    r.trade(3, 99, 10)
    expect(r.said()).toEqual(['accepted:a', 'triggered:a', 'fill:a:100@99:taker'])
  })

  it('F9: does not trade on a crossed quote', () => {
    const r = rig()
    r.quote(1, 99, 500, 101, 300)
    r.submit('a', { qty: 100, type: 'limit', price: 90 })
    r.quote(2, 99, 500, 80, 300)
    expect(r.said()).toEqual(['accepted:a'])
  })

  it('F9: is deterministic, conserves quantity and keeps ids rising, for any orders and ticks', () => {
    const step = fc.record({
      what: fc.constantFrom('quote', 'trade', 'submit', 'cancel'),
      side: fc.constantFrom('buy', 'sell'),
      type: fc.constantFrom('market', 'limit', 'stop', 'stop_limit'),
      tif: fc.constantFrom('GTC', 'DAY', 'IOC', 'FOK'),
      price: fc.integer({ min: 90, max: 110 }),
      qty: fc.integer({ min: 1, max: 500 }),
    })
    const run = (
      steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
      model: string,
    ) => {
      const r = new VenueRig({ fillModel: model as 'next-trade', latencyNs: 3, reportLatencyNs: 2 })
      const qty = new Map<string, number>()
      steps.forEach((s, index) => {
        const ns = index * 2 + 1
        if (s.what === 'quote') r.quote(ns, s.price - 1, s.qty, s.price + 1, s.qty)
        else if (s.what === 'trade') r.trade(ns, s.price, s.qty)
        else if (s.what === 'cancel')
          r.venue.cancel({ clientOrderId: `o${index - 3}`, venueOrderId: null, symbol: 'BTCUSDT' })
        else {
          qty.set(`o${index}`, s.qty)
          r.submit(`o${index}`, {
            side: s.side as 'buy',
            type: s.type as 'limit',
            timeInForce: s.tif as 'GTC',
            qty: s.qty,
            price: s.type.endsWith('limit') ? s.price : null,
            stopPrice: s.type.startsWith('stop') ? s.price : null,
          })
        }
      })
      r.venue.drain(1e9)
      return { r, qty }
    }
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.constantFrom('next-trade', 'top-of-book'),
        (steps, model) => {
          const { r, qty } = run(steps, model)
          const filled = new Map<string, number>()
          let lastId = 0
          for (const report of r.reports) {
            if (report.kind !== 'fill') continue
            expect(Number(report.fill.tradeId)).toBeGreaterThan(lastId)
            lastId = Number(report.fill.tradeId)
            filled.set(report.clientOrderId, (filled.get(report.clientOrderId) ?? 0) + report.fill.qty)
          }
          for (const [id, sum] of filled) expect(sum).toBeLessThanOrEqual(qty.get(id) as number)
          expect(r.venue.busy).toBe(false)
          for (const { locked } of r.venue.matching.account.balances()) {
            if (r.venue.matching.openCount === 0) expect(locked).toBe('0')
          }
          const again = run(steps, model)
          expect(again.r.said()).toEqual(r.said())
        },
      ),
      { numRuns: 300 },
    )
  })
})
