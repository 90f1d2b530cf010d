import { describe, expect, it } from 'vitest'
import { VenueRig } from './helpers.ts'

function rig(): VenueRig {
  return new VenueRig({ fillModel: 'top-of-book' })
}

describe('top-of-book on quotes without sizes', () => {
  it('F9: fills market orders whole at the side that they take, one after the other', () => {
    const r = rig()
    r.quote(1, 99, 0, 101, 0)
    r.submit('a', { qty: 1_000 })
    r.submit('b', { qty: 5_000_000, side: 'sell' })
    r.submit('c', { qty: 7, timeInForce: 'FOK' })
    r.venue.drain()
    expect(r.said()).toEqual([
      'accepted:a',
      'fill:a:1000@101:taker',
      'accepted:b',
      'fill:b:5000000@99:taker',
      'accepted:c',
      'fill:c:7@101:taker',
    ])
  })

  it('F9: fills a limit whole as soon as a quote reaches it, and not before', () => {
    const r = rig()
    r.quote(1, 99, 0, 101, 0)
    r.submit('buy', { qty: 400, type: 'limit', price: 100 })
    r.submit('sell', { qty: 300, side: 'sell', type: 'limit', price: 102 })
    r.submit('gone', { qty: 400, type: 'limit', price: 100, timeInForce: 'IOC' })
    r.venue.drain()
    expect(r.said()).toEqual(['accepted:buy', 'accepted:sell', 'accepted:gone', 'expired:gone:IOC_UNFILLED'])
    r.quote(2, 98, 0, 100, 0)
    expect(r.said()).toEqual(['fill:buy:400@100:maker'])
    r.quote(3, 102, 0, 103, 0)
    expect(r.said()).toEqual(['fill:sell:300@102:maker'])
  })

  it.each([
    ['at a side without a price', 'sell'],
    ['at a side that shows dust below one increment', 'buy'],
  ] as const)('F9: fills nothing %s', (_name, side) => {
    const r = rig()
    r.quote(1, 0, 0, 101, 0.5)
    r.submit('a', { qty: 1, side })
    r.venue.drain()
    expect(r.said()).toEqual(['accepted:a', 'expired:a:INSUFFICIENT_LIQUIDITY'])
  })

  it('F9: a quantity that was taken whole is gone, not unknown', () => {
    const r = rig()
    r.quote(1, 99, 500, 101, 300)
    for (const [id, qty] of [
      ['a', 300],
      ['b', 1],
    ] as const)
      r.submit(id, { qty })
    r.venue.drain()
    expect(r.said().slice(1)).toEqual([
      'fill:a:300@101:taker',
      'accepted:b',
      'expired:b:INSUFFICIENT_LIQUIDITY',
    ])
  })

  it('F9: does not trade on a crossed one', () => {
    const r = rig()
    r.quote(1, 99, 0, 101, 0)
    r.submit('a', { qty: 100, type: 'limit', price: 90 })
    r.quote(2, 99, 0, 80, 0)
    r.submit('b', { qty: 100 })
    r.venue.drain()
    expect(r.said()).toEqual(['accepted:a', 'accepted:b', 'fill:b:100@101:taker'])
  })
})
