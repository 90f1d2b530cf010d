import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../src/core/clock.ts'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import { AdapterRig, startAdapter } from './venue-rig.ts'

let rig: AdapterRig
afterEach(() => rig.close())

describe.each(['hmac', 'ed25519'] as const)('BinanceSpotVenue on the simulated venue (%s)', (keyType) => {
  it('F2: a market order is accepted and filled, its fee exact, and told once', async () => {
    rig = await startAdapter({}, keyType)
    expect(rig.connections).toEqual(['up CONNECTED'])
    expect(rig.submit('m1')).toBe('sent')
    await rig.untilReport('fill')
    await rig.settle()
    expect(rig.kinds('m1')).toEqual(['accepted', 'fill'])
    expect(rig.reports[1]).toMatchObject({
      fill: {
        instrument: 0,
        side: 'buy',
        qty: 10_000,
        price: 6_183_764,
        feeText: '0.00010000',
        feeAsset: 'BTC',
        liquidity: 'taker',
        tMs: 1_723_161_254_000,
      },
    })
    expect(rig.venue.inFlight).toBe(0)
  })

  it('F2: a limit order rests, is found, and is cancelled; CANCELED comes by the stream', async () => {
    rig = await startAdapter({}, keyType)
    rig.rest('l1')
    await rig.untilReport('accepted')
    expect(await rig.venue.queryOpenOrders('BTCUSDT')).toMatchObject([
      { clientOrderId: 'l1', state: 'open', qty: 1_000, cumQty: 0, price: 6_000_000, side: 'buy' },
    ])
    rig.venue.cancel({ clientOrderId: 'l1', venueOrderId: null, symbol: 'BTCUSDT' })
    await rig.untilReport('canceled')
    await rig.settle()
    expect(rig.kinds('l1').filter((kind) => kind !== 'pending_cancel')).toEqual(['accepted', 'canceled'])
    expect(rig.kinds('l1').at(-1)).toBe('canceled')
    expect(await rig.venue.queryOrder('BTCUSDT', 'l1')).toMatchObject({
      clientOrderId: 'l1',
      state: 'canceled',
    })
    expect(await rig.venue.queryOrder('BTCUSDT', 'never')).toBeNull()
  })

  it('F2: types and times in force arrive as they were meant', async () => {
    rig = await startAdapter({}, keyType)
    rig.submit('ioc', { type: 'limit', timeInForce: 'IOC', price: 6_183_764, qty: 60_000 })
    rig.submit('fok', { type: 'limit', timeInForce: 'FOK', price: 6_183_764, qty: 60_000, side: 'buy' })
    rig.submit('stop', { type: 'stop', stopPrice: 6_000_000, side: 'sell' })
    rig.submit('stopl', { type: 'stop_limit', stopPrice: 6_300_000, price: 6_310_000 })
    await rig.untilReport('accepted', 4)
    await rig.untilReport('expired', 2)
    expect(rig.kinds('ioc')).toEqual(['accepted', 'fill', 'expired'])
    expect(rig.kinds('fok')).toEqual(['accepted', 'expired'])
    expect(rig.reports.find(({ kind }) => kind === 'expired')).toMatchObject({
      reason: 'UNFILLED_IOC_QUANTITY_EXPIRED',
    })
    rig.server.server.desk.matching.onTrade(0, 6_000_000, 10, 5, 1_723_161_255_000)
    rig.server.server.desk.matching.onTrade(0, 6_300_000, 10, 6, 1_723_161_255_001)
    rig.rest('flush')
    await rig.untilReport('triggered', 2)
    await rig.untilReport('fill', 2)
    expect(rig.kinds('stop')).toEqual(['accepted', 'triggered', 'fill'])
    expect(rig.kinds('stopl').slice(0, 2)).toEqual(['accepted', 'triggered'])
  })
})

describe('BinanceSpotVenue', () => {
  it('F2: a refusal by a filter or the engine is a rejection with its code', async () => {
    rig = await startAdapter()
    rig.submit('small', { qty: 1 })
    rig.submit('poor', { qty: 500_000_0 })
    await rig.untilReport('rejected', 2)
    expect(rig.reports).toMatchObject([
      { clientOrderId: 'small', reason: 'INVALID_MESSAGE -1013: Filter failure: NOTIONAL' },
      {
        clientOrderId: 'poor',
        reason: 'NEW_ORDER_REJECTED -2010: Account has insufficient balance for requested action.',
      },
    ])
  })

  it('F2: fills are asked for by id, in pages, with the balances that they leave', async () => {
    rig = await startAdapter()
    expect(await rig.venue.queryNewestFill('BTCUSDT')).toBeNull()
    for (let n = 0; n < 5; n++) rig.submit(`m${n}`, { qty: 1_000 })
    await rig.untilReport('fill', 5)
    const fills = (await rig.venue.queryFills('BTCUSDT', null)) ?? []
    expect(await rig.venue.queryNewestFill('BTCUSDT')).toEqual(fills[4])
    expect(fills.map((fill) => fill.clientOrderId)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4'])
    const streamed = rig.reports.flatMap((report) => (report.kind === 'fill' ? [report.fill] : []))
    expect(fills.map((fill) => fill.fill)).toEqual(streamed)
    expect(await rig.venue.queryOrderFills('BTCUSDT', fills[3]?.venueOrderId ?? '')).toEqual([fills[3]])
    const third = fills[2]?.fill.tradeId ?? ''
    expect((await rig.venue.queryFills('BTCUSDT', third))?.map((fill) => fill.clientOrderId)).toEqual([
      'm2',
      'm3',
      'm4',
    ])
    expect(await rig.venue.queryBalances()).toEqual([
      { asset: 'USDT', free: '96908.118', locked: '0' },
      { asset: 'BTC', free: '1.04995', locked: '0' },
    ])
  })

  it('F2: knows the venue rules and refuses instruments that are not the venue’s', async () => {
    const clock = new VirtualClock(1_723_161_254_000_000_000n)
    rig = await startAdapter({ clock }, 'hmac', { clock: new VirtualClock(1_723_161_255_500_000_000n) })
    expect(rig.venue.rules(0)).toMatchObject({
      trading: true,
      price: { min: 1, max: 100_000_000, step: 1 },
      lot: { min: 1, max: 900_000_000, step: 1 },
      notionalMin: 50_000_000,
    })
    expect(Math.abs(rig.venue.clockOffsetMs - 1_500)).toBeLessThan(1)
    const instruments = new InstrumentTable()
    instruments.add({ symbol: 'BTCUSDT', priceIncrement: '0.05', qtyIncrement: '0.00001' })
    const other = new AdapterRig(rig.server, { instruments }, 'hmac')
    await expect(other.venue.connect()).rejects.toMatchObject({
      code: 'INSTRUMENT_MISMATCH',
      message: "BTCUSDT: price_increment is 0.05, the venue's is 0.01",
      exitCode: 3,
    })
    await other.venue.close()
  })

  it('F2: a burst of orders is pipelined, each answered, none queued here', async () => {
    rig = await startAdapter()
    const results = Array.from({ length: 100 }, (_, n) => rig.rest(`b${n}`))
    const sent = results.filter((result) => result === 'sent').length
    expect(results.every((result) => result === 'sent' || result === 'BACK_PRESSURE')).toBe(true)
    await rig.untilReport('accepted', sent)
    expect(rig.server.server.log.total).toBe(sent)
    expect(rig.server.server.desk.matching.openCount).toBe(sent)
  })

  it('F2: denies while it is not connected', async () => {
    rig = await startAdapter()
    await rig.venue.close()
    expect(rig.submit('late')).toBe('NOT_CONNECTED')
    expect(rig.connections).toEqual(['up CONNECTED', 'down CLOSED'])
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(rig.server.server.log.total).toBe(0)
    expect(rig.connections).toHaveLength(2)
  })
})
