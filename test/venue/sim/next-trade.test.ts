import { describe, expect, it } from 'vitest'
import { TICK_FLAG } from '../../../src/domain/tick.ts'
import { VenueRig } from './helpers.ts'

describe('next-trade', () => {
  it('F9: fills a market order fully at the price, time and id of the next trade of its symbol', () => {
    const rig = new VenueRig()
    rig.trade(1_000_000, 6_182_000, 5)
    rig.submit('a', { qty: 2_000 })
    expect(rig.reports).toEqual([])
    rig.trade(2_000_000, 300_000, 5, 1)
    const id = rig.trade(3_000_000, 6_182_981, 5)
    const fill = rig.reports.find((report) => report.kind === 'fill')
    expect(fill).toMatchObject({
      clientOrderId: 'a',
      fill: {
        tradeId: String(id),
        qty: 2_000,
        price: 6_182_981,
        tMs: 1_723_075_200_003,
        feeText: '0.92744715',
        feeAsset: 'USDT',
      },
    })
  })

  it('F9: never reports from inside submit, and accepts before it fills', () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('a')
    expect(rig.said()).toEqual([])
    rig.venue.drain()
    expect(rig.said()).toEqual(['accepted:a'])
    rig.trade(2, 101)
    expect(rig.said()).toEqual(['fill:a:1000@101:taker'])
  })

  it('F9: gives each execution an id of its own when one trade fills two orders', () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('a')
    rig.submit('b')
    const first = rig.trade(2, 101)
    rig.submit('c')
    rig.trade(3, 102)
    const ids = rig.reports.flatMap((report) => (report.kind === 'fill' ? [Number(report.fill.tradeId)] : []))
    expect(ids).toEqual([first, first + 1, first + 2])
  })

  it('F9: does not trade on flagged ticks', () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('a')
    rig.trade(2, 900, 1, 0, TICK_FLAG.IMPLAUSIBLE)
    rig.trade(3, 901, 1, 0, TICK_FLAG.SYNTHETIC)
    rig.trade(4, 101)
    expect(rig.said()).toEqual(['accepted:a', 'fill:a:1000@101:taker'])
  })

  it('F9: fills a limit at the next trade where it is reached, else rests and fills at its limit', () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('near', { type: 'limit', price: 105 })
    rig.submit('far', { type: 'limit', price: 90 })
    rig.trade(2, 101)
    expect(rig.said()).toEqual(['accepted:near', 'accepted:far', 'fill:near:1000@101:taker'])
    rig.trade(3, 91)
    rig.trade(4, 88)
    expect(rig.said()).toEqual(['fill:far:1000@90:maker'])
  })

  it('F9: expires IOC and FOK that the next trade does not reach', () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('i', { type: 'limit', price: 99, timeInForce: 'IOC' })
    rig.submit('f', { type: 'limit', side: 'sell', price: 102, timeInForce: 'FOK' })
    rig.trade(2, 101)
    expect(rig.said()).toEqual([
      'accepted:i',
      'accepted:f',
      'expired:i:IOC_UNFILLED',
      'expired:f:FOK_UNFILLED',
    ])
  })

  it('F9: sets a stop off by one trade and fills it by the one after', () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('s', { type: 'stop', stopPrice: 110 })
    rig.submit('l', { type: 'stop_limit', side: 'sell', stopPrice: 95, price: 94 })
    rig.trade(2, 109)
    rig.trade(3, 112)
    rig.trade(4, 115)
    expect(rig.said()).toEqual(['accepted:s', 'accepted:l', 'triggered:s', 'fill:s:1000@115:taker'])
    rig.trade(5, 95)
    rig.trade(6, 93)
    rig.trade(7, 94)
    expect(rig.said()).toEqual(['triggered:l', 'fill:l:1000@94:maker'])
  })

  it('F9: ends DAY orders at UTC midnight and keeps GTC', () => {
    const rig = new VenueRig()
    const dayNs = 86_400_000_000_000
    rig.trade(1, 100)
    rig.submit('day', { type: 'limit', price: 50, timeInForce: 'DAY' })
    rig.submit('gtc', { type: 'limit', price: 50 })
    rig.trade(dayNs - 1_000_000, 100)
    rig.said()
    rig.trade(dayNs, 50)
    expect(rig.said()).toEqual(['expired:day:DAY_END', 'fill:gtc:1000@50:maker'])
  })
})
