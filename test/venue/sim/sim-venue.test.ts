import { describe, expect, it } from 'vitest'
import { VenueRig } from './helpers.ts'

describe('SimVenue', () => {
  it('F9: an order reaches the venue after its latency, in the receive time of ticks', () => {
    const rig = new VenueRig({ latencyNs: 100 })
    rig.trade(1_000, 100)
    rig.submit('a')
    rig.trade(1_050, 101)
    expect(rig.said()).toEqual([])
    rig.trade(1_200, 102)
    expect(rig.said()).toEqual(['accepted:a', 'fill:a:1000@102:taker'])
  })

  it('F9: reports come after their latency', () => {
    const rig = new VenueRig({ reportLatencyNs: 500 })
    rig.trade(1_000, 100)
    rig.submit('a')
    rig.trade(1_100, 101)
    expect(rig.said()).toEqual([])
    rig.venue.drain(1_500)
    expect(rig.said()).toEqual(['accepted:a'])
    rig.venue.drain(1_600)
    expect(rig.said()).toEqual(['fill:a:1000@101:taker'])
  })

  it('F9: rejects the configured share, the same ones for the same seed', () => {
    const run = (seed: number): string[] => {
      const rig = new VenueRig({ rejectRatio: 0.3, seed })
      rig.trade(1, 100)
      for (let n = 0; n < 50; n++) rig.submit(`o${n}`)
      rig.venue.drain()
      return rig.said().filter((text) => text.startsWith('rejected'))
    }
    expect(run(7)).toEqual(run(7))
    expect(run(7)).not.toEqual(run(8))
    expect(run(7).length).toBeGreaterThan(5)
    expect(run(7).length).toBeLessThan(30)
  })

  it('F9: a cancel ends a resting order and is refused for one that has ended', () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('a', { type: 'limit', price: 50 })
    rig.venue.drain()
    const cancel = { clientOrderId: 'a', venueOrderId: null, symbol: 'BTCUSDT' }
    rig.venue.cancel(cancel)
    rig.venue.cancel(cancel)
    rig.venue.drain()
    expect(rig.said()).toEqual(['accepted:a', 'canceled:a:CANCELED', 'cancel_rejected:a:UNKNOWN_ORDER'])
  })

  it('F9: takes no order before connect or after close', async () => {
    const rig = new VenueRig()
    await rig.venue.close()
    expect(rig.venue.submit({} as never)).toBe('NOT_CONNECTED')
  })

  it('F9: a checked account locks, pays, earns and refuses what it cannot cover', async () => {
    const rig = new VenueRig({
      fillModel: 'top-of-book',
      fees: { bps: '10', asset: 'received' },
      balances: { USDT: '100', BTC: '0.5' },
    })
    rig.quote(1, 10_000, 100_000, 10_100, 100_000)
    rig.submit('big', { qty: 1_000_000 })
    rig.submit('rest', { type: 'limit', price: 9_000, qty: 50_000 })
    rig.submit('buy', { qty: 12_345 })
    rig.submit('sell', { side: 'sell', qty: 20_000 })
    rig.venue.drain()
    expect(rig.said()).toEqual([
      'rejected:big:INSUFFICIENT_BALANCE',
      'accepted:rest',
      'accepted:buy',
      'fill:buy:12345@10100:taker',
      'accepted:sell',
      'fill:sell:20000@10000:taker',
    ])
    expect(await rig.venue.queryBalances()).toEqual([
      { asset: 'USDT', free: '62.51155', locked: '45' },
      { asset: 'BTC', free: '0.42332655', locked: '0' },
    ])
  })

  it('F9: answers queries by client id, open orders, fills from an id on', async () => {
    const rig = new VenueRig()
    rig.trade(1, 100)
    rig.submit('a')
    rig.submit('b', { type: 'limit', price: 50 })
    rig.trade(2, 101)
    rig.submit('c')
    rig.trade(3, 102)
    expect(await rig.venue.queryOrder('BTCUSDT', 'a')).toMatchObject({ state: 'filled', cumQty: 1_000 })
    expect(await rig.venue.queryOrder('BTCUSDT', 'x')).toBeNull()
    expect((await rig.venue.queryOpenOrders(null)).map((order) => order.clientOrderId)).toEqual(['b'])
    expect(await rig.venue.queryOpenOrders('ETHUSDT')).toEqual([])
    const fills = await rig.venue.queryFills('BTCUSDT', null)
    expect(fills.map((fill) => fill.clientOrderId)).toEqual(['a', 'c'])
    expect(await rig.venue.queryFills('BTCUSDT', fills[1]?.fill.tradeId ?? null)).toEqual([fills[1]])
    expect(await rig.venue.queryNewestFill('BTCUSDT')).toEqual(fills[1])
    expect(await rig.venue.queryNewestFill('ETHUSDT')).toBeNull()
    expect(await rig.venue.queryOrderFills('BTCUSDT', fills[1]?.venueOrderId ?? '')).toEqual([fills[1]])
  })
})
