import { afterEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/core/errors.ts'
import type { Instrument } from '../../../src/domain/instrument.ts'
import { cancelOrders } from '../../../src/engine/cancel-all.ts'
import { cleanUp, foreignRequest, Rig, settle } from './rig.ts'

afterEach(cleanUp)

const signal = (): AbortSignal => new AbortController().signal

describe('S4: cancelling open orders', () => {
  it('1,000 open orders at 5 ms a call are gone in under 2 s', async () => {
    const rig = await Rig.open()
    await rig.rest(1_000)
    rig.venue.faults.latencyMs = 5
    const startMs = performance.now()
    const summary = await settle(rig.shutDown())
    expect(summary).toMatchObject({
      orders_canceled: 1_000,
      orders_left: [],
      verified: true,
      exit_code: EXIT.OK,
    })
    expect(performance.now() - startMs).toBeLessThan(2_000)
    expect(new Set(rig.venue.cancels.map(({ clientOrderId }) => clientOrderId)).size).toBe(1_000)
  })

  it('S8: a venue that never answers costs the configured total and no more', async () => {
    const rig = await Rig.open()
    await rig.rest(1_000)
    Object.assign(rig.venue.faults, { cancel: 'hangs', query: 'hangs', stream: false })
    const startMs = performance.now()
    const summary = await settle(rig.shutDown())
    expect(performance.now() - startMs).toBeLessThanOrEqual(9_500)
    expect(summary.duration_ms).toBeLessThanOrEqual(9_500)
    expect(summary.orders_left).toHaveLength(1_000)
    expect(summary.exit_code).toBe(EXIT.ORDERS_LEFT)
    // None waits behind another: each was asked for.
    expect(new Set(rig.venue.cancels.map(({ clientOrderId }) => clientOrderId)).size).toBe(1_000)
  })

  it.each([100, 400, 1_500, 4_000, 60_000])(
    'S8: a total of %i ms is kept, reserves cut in proportion',
    async (totalMs) => {
      const rig = await Rig.open()
      await rig.rest(5)
      Object.assign(rig.venue.faults, { cancel: 'hangs', query: 'hangs' })
      const never = new Promise<never>(() => {})
      rig.parts = { stopFeeds: () => never, closeVenues: () => never, closeWorkers: () => never }
      rig.options = { totalMs, drainMs: totalMs }
      const startMs = performance.now()
      const summary = await settle(rig.shutDown())
      expect(performance.now() - startMs).toBeLessThanOrEqual(totalMs)
      expect(summary.steps).toHaveLength(13)
      expect(summary.state_flushed).toBe(true)
      expect(summary.exit_code).toBe(EXIT.ORDERS_LEFT)
    },
  )

  it('a partial batch is finished one by one, and only what failed is asked again', async () => {
    const rig = await Rig.open()
    rig.venue.withBatch('part')
    const ids = await rig.rest(10)
    const summary = await settle(rig.shutDown())
    expect(rig.venue.batches).toEqual([10])
    expect(rig.venue.cancels.map(({ clientOrderId }) => clientOrderId)).toEqual(
      ids.filter((_id, index) => index % 2 === 1),
    )
    expect(summary).toMatchObject({ orders_canceled: 10, cancel_errors: 5, exit_code: EXIT.OK })
  })

  it('an order that has closed already is done, and its fill is booked', async () => {
    const rig = await Rig.open()
    const [filled, open] = (await rig.rest(2)) as [string, string]
    rig.venue.fill(filled, false)
    const summary = await settle(rig.shutDown())
    expect([rig.stateOf(filled), rig.stateOf(open)]).toEqual(['FILLED', 'CANCELED'])
    expect(summary).toMatchObject({
      orders_canceled: 1,
      orders_ended: 1,
      cancel_errors: 0,
      exit_code: EXIT.OK,
    })
  })

  it.each(['fill-first', 'fill-told-late'] as const)(
    'S5: a fill that races the cancel wins: %s',
    async (race) => {
      const rig = await Rig.open()
      const [id] = (await rig.rest(1)) as [string]
      rig.venue.faults.race = race
      const summary = await settle(rig.shutDown())
      expect(rig.stateOf(id)).toBe('FILLED')
      expect(rig.assembly.desk.orders.fillsOf(id)).toHaveLength(1)
      expect(summary).toMatchObject({
        orders_canceled: 0,
        orders_ended: 1,
        orders_left: [],
        exit_code: EXIT.OK,
      })
      expect(rig.recovered().orders.get(id)?.state).toBe('FILLED')
    },
  )

  it('an order of unknown outcome that is at the venue is found by its client id and cancelled', async () => {
    const rig = await Rig.open()
    rig.venue.faults.submit = 'unknown'
    const id = rig.sent()
    while (rig.stateOf(id) === 'SUBMITTED') await rig.pass(1)
    const summary = await settle(rig.shutDown())
    expect(rig.venue.cancels[0]).toMatchObject({ clientOrderId: id, venueOrderId: null })
    expect([rig.stateOf(id), rig.reasonOf(id)]).toEqual(['CANCELED', 'graceful_shutdown'])
    expect(summary).toMatchObject({ orders_canceled: 1, orders_left: [], exit_code: EXIT.OK })
  })

  it('S2: an order on its way gets its outcome before its cancel', async () => {
    const rig = await Rig.open()
    rig.venue.faults.latencyMs = 200
    const id = rig.sent()
    const summary = await settle(rig.shutDown())
    expect(rig.venue.cancels).toMatchObject([{ clientOrderId: id, venueOrderId: `v-${id}` }])
    expect(summary).toMatchObject({ orders_canceled: 1, exit_code: EXIT.OK })
  })

  it('I15: an order without any outcome is UNKNOWN on record, and named', async () => {
    const rig = await Rig.open()
    rig.venue.faults.submit = 'lost'
    const id = rig.sent()
    const summary = await settle(rig.shutDown())
    expect(summary).toMatchObject({ orders_left: [id], exit_code: EXIT.ORDERS_LEFT })
    expect(rig.recovered().orders.get(id)?.state).toBe('UNKNOWN')
    expect(summary.duration_ms).toBeGreaterThan(8_000 - 1_000)
  })

  it('orders of ours that our journal does not hold are cancelled too; of others they are not', async () => {
    const rig = await Rig.open()
    const btc = rig.assembly.desk.instruments[0] as Instrument
    rig.venue.addForeign(foreignRequest('tg-a1-0-7', btc))
    rig.venue.addForeign(foreignRequest('by-hand-1', btc))
    const summary = await settle(rig.shutDown())
    expect(rig.venue.open()).toEqual(['by-hand-1'])
    expect(summary).toMatchObject({ orders_left: [], verified: true, exit_code: EXIT.OK })
  })

  it('the whole account is a setting', async () => {
    const rig = await Rig.open()
    rig.venue.addForeign(foreignRequest('by-hand-1', rig.assembly.desk.instruments[0] as Instrument))
    rig.options = { prefix: '' }
    const summary = await settle(rig.shutDown())
    expect(rig.venue.open()).toEqual([])
    expect(summary).toMatchObject({ orders_left: [], verified: true, exit_code: EXIT.OK })
  })

  it('what stays open at the venue is named, though our journal does not hold it', async () => {
    const rig = await Rig.open()
    rig.venue.addForeign(foreignRequest('tg-a1-0-7', rig.assembly.desk.instruments[0] as Instrument))
    rig.venue.faults.cancel = 'throws'
    const summary = await settle(rig.shutDown())
    expect(summary).toMatchObject({
      orders_left: ['tg-a1-0-7'],
      verified: false,
      exit_code: EXIT.ORDERS_LEFT,
    })
  })

  it('S6: each order has its line with symbol, side and ids, each failure its own', async () => {
    const rig = await Rig.open()
    const [btc, eth] = [...(await rig.rest(1)), ...(await rig.rest(1, 1))] as [string, string]
    rig.venue.faults.cancel = { rateLimited: 1 }
    await settle(rig.shutDown())
    const lines = rig.lines.filter(({ text }) => /^cancel \d/.test(text))
    expect(
      lines.map(({ text, details }) => [
        text,
        details['symbol'],
        details['side'],
        details['id'],
        details['venue_order_id'],
      ]),
    ).toEqual([
      ['cancel 1', 'BTCUSDT', 'buy', btc, `v-${btc}`],
      ['cancel 2', 'ETHUSDT', 'buy', eth, `v-${eth}`],
    ])
    expect(rig.lines.filter(({ text }) => text === 'cancel failed')).toHaveLength(1)
  })

  it('a cancel of unknown outcome that worked is found out by a query', async () => {
    const rig = await Rig.open()
    const ids = await rig.rest(3)
    rig.venue.faults.cancel = 'outcome-unknown'
    rig.venue.faults.stream = false
    const summary = await settle(rig.shutDown())
    expect(ids.map((id) => rig.stateOf(id))).toEqual(['CANCELED', 'CANCELED', 'CANCELED'])
    expect(summary).toMatchObject({
      orders_canceled: 3,
      cancel_errors: 3,
      orders_left: [],
      exit_code: EXIT.OK,
    })
  })

  it('a refusal that repeats is one line with its count', async () => {
    const rig = await Rig.open()
    const [id] = await rig.rest(1)
    rig.venue.faults.cancel = 'refused'
    const summary = await settle(rig.shutDown())
    expect(summary.cancel_errors).toBeGreaterThan(3)
    expect(summary.errors.filter((error) => error.startsWith('tg-'))).toEqual([
      `${id}: CANCEL_REJECTED -2011: not now (${summary.cancel_errors} times)`,
    ])
    expect(rig.lines.filter(({ text }) => text === 'cancel failed')).toHaveLength(1)
  })

  it('a sweep touches the orders that it was asked for, and ends when its signal says so', async () => {
    const rig = await Rig.open()
    const [btc, eth] = [...(await rig.rest(1)), ...(await rig.rest(1, 1))] as [string, string]
    const sweep = await settle(
      cancelOrders(rig.assembly, {
        reason: 'kill',
        signal: signal(),
        include: ({ request }) => request.instrument === 1,
      }),
    )
    expect(sweep).toMatchObject({ canceled: [eth], ended: [], left: [], errors: [], failures: 0 })
    expect([rig.stateOf(btc), rig.reasonOf(eth)]).toEqual(['ACCEPTED', 'kill'])
    const over = await cancelOrders(rig.assembly, { reason: 'kill', signal: AbortSignal.abort() })
    expect(over).toMatchObject({ canceled: [], left: [btc] })
    expect(rig.assembly.reports.watch.size).toBe(0)
  })
})
