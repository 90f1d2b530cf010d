import { afterEach, describe, expect, it } from 'vitest'
import { SystemClock, VirtualClock } from '../../../src/core/clock.ts'
import { Timers } from '../../../src/core/timers.ts'
import { RequestLimits } from '../../../src/venue/binance-spot/request-limits.ts'
import { admin } from '../sim-server/rig.ts'
import { AdapterRig, REQUEST_TIMEOUT_MS, startAdapter } from './venue-rig.ts'

let rig: AdapterRig
afterEach(() => rig.close())

/** The machine's clock, and what a test lets pass beside it. */
class LeapingClock extends SystemClock {
  #leaptNs = 0

  override monoNs(): number {
    return super.monoNs() + this.#leaptNs
  }

  leap(ms: number): void {
    this.#leaptNs += ms * 1e6
  }
}

describe('outcomes that cannot be told', () => {
  it('O4: 503 with -1007 is unknown, and the stream is the evidence that it lives', async () => {
    rig = await startAdapter()
    await rig.faults({ unknown_orders: 1, delay_ms: 0 })
    rig.rest('a')
    await rig.untilReport('accepted')
    expect(rig.kinds('a')).toEqual(['unknown', 'accepted'])
    expect(rig.reports[0]).toMatchObject({ reason: expect.stringContaining('-1007') as string })
  })

  it('O4: 503 for an order that was not executed stays unknown; only a query tells', async () => {
    rig = await startAdapter()
    await rig.faults({ unknown_orders: 1, unknown_executes: false })
    rig.rest('a')
    await rig.untilReport('unknown')
    await rig.settle()
    expect(rig.kinds('a')).toEqual(['unknown'])
    expect(await rig.venue.queryOrder('BTCUSDT', 'a')).toBeNull()
  })

  it('O4: no answer in time is unknown; a late answer is evidence', async () => {
    const clock = new LeapingClock()
    rig = await startAdapter({ clock })
    await rig.faults({ delay_ms: 500, drop_events: 100 })
    rig.rest('a')
    clock.leap(REQUEST_TIMEOUT_MS)
    await rig.untilReport('accepted')
    expect(rig.kinds('a')).toEqual(['unknown', 'accepted'])
    expect(rig.reports[0]).toMatchObject({ reason: 'TIMEOUT' })
  })

  it('O4: an order whose answer is lost but whose event came is accepted, not unknown', async () => {
    const clock = new LeapingClock()
    rig = await startAdapter({ clock })
    await rig.faults({ drop_answers: 1 })
    rig.rest('a')
    await rig.untilReport('accepted')
    expect(rig.venue.inFlight).toBe(1)
    clock.leap(REQUEST_TIMEOUT_MS)
    while (rig.venue.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 2))
    expect(rig.kinds('a')).toEqual(['accepted'])
  })

  it('O4: orders in flight at a cut are unknown; it reconnects by itself and queries tell the rest', async () => {
    rig = await startAdapter()
    await rig.faults({ drop_answers: 2, drop_events: 100 })
    rig.submit('filled', { qty: 1_000 })
    rig.rest('resting')
    while (rig.server.server.log.total < 2) await new Promise((resolve) => setTimeout(resolve, 2))
    await admin(rig.server.http, 'cut', { what: 'ws-api', reset: true })
    await rig.until(() => rig.connections.length >= 3)
    expect(rig.connections).toEqual(['up CONNECTED', 'down CONNECTION_LOST', 'up CONNECTED'])
    expect([rig.kinds('filled'), rig.kinds('resting')]).toEqual([['unknown'], ['unknown']])
    expect(await rig.venue.queryOrder('BTCUSDT', 'filled')).toMatchObject({ state: 'filled', cumQty: 1_000 })
    expect(await rig.venue.queryOrder('BTCUSDT', 'resting')).toMatchObject({ state: 'open' })
    expect(await rig.venue.queryFills('BTCUSDT', null)).toHaveLength(1)
    await admin(rig.server.http, 'reset', {})
    rig.submit('after', { qty: 1_000 })
    await rig.untilReport('fill')
    expect(rig.kinds('after')).toEqual(['accepted', 'fill'])
  })

  it('O4: while its connection is down an order is denied and reaches the venue by no other road', async () => {
    rig = await startAdapter({ reconnectMinMs: 300, reconnectMaxMs: 300 })
    await admin(rig.server.http, 'cut', { what: 'ws-api' })
    await rig.until(() => rig.connections.length === 2)
    expect(rig.rest('denied')).toBe('NOT_CONNECTED')
    await rig.until(() => rig.connections.length === 3)
    expect(rig.server.server.log.total).toBe(0)
  })

  it('F6: a venue that hangs is found silent, and left for a new connection', async () => {
    rig = await startAdapter({ silenceMs: 250 })
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(rig.connections).toEqual(['up CONNECTED'])
    for (const socket of rig.server.server.sockets) socket.pause()
    await rig.until(() => rig.connections.length >= 2)
    expect(rig.connections[1]).toBe('down SILENT')
  })

  it('F6: it reconnects when the attempts that its address may make to the host allow it, and not before', async () => {
    const clock = new LeapingClock()
    const fromNs = clock.monoNs()
    const limits = new RequestLimits(clock)
    rig = await startAdapter({ limits })
    const others = new Timers('test: who else connects')
    for (let n = 1; n < 240; n++) await limits.connects.turn(others)
    clock.leap(299_000)
    await admin(rig.server.http, 'cut', { what: 'ws-api' })
    await rig.until(() => rig.connections.length === 3)
    expect(clock.monoNs() - fromNs).toBeGreaterThanOrEqual(300_000e6 - 1)
    expect(rig.connections[2]).toBe('up CONNECTED')
  })

  it('S12: close ends it while it waits for its turn to connect', async () => {
    const clock = new LeapingClock()
    const limits = new RequestLimits(clock)
    rig = await startAdapter({ limits })
    const others = new Timers('test: who else connects')
    for (let n = 1; n < 240; n++) await limits.connects.turn(others)
    await admin(rig.server.http, 'cut', { what: 'ws-api' })
    await rig.until(() => rig.connections.length === 2)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await rig.venue.close()
    expect(rig.connections).toHaveLength(2)
  })

  it('F6: serverShutdown makes it move to a new connection', async () => {
    rig = await startAdapter()
    await admin(rig.server.http, 'announce-shutdown', {})
    await rig.until(() => rig.connections.length === 3)
    expect(rig.connections.slice(1)).toEqual(['down SERVER_SHUTDOWN', 'up CONNECTED'])
  })

  it('O6: events that come before the answer, or twice, are told once; fills keep their id', async () => {
    rig = await startAdapter()
    await rig.faults({ events_first: true, duplicate_events: 100 })
    rig.submit('a', { qty: 60_000 })
    await rig.untilReport('expired')
    await rig.settle()
    expect(rig.kinds('a').filter((kind) => kind !== 'fill')).toEqual(['accepted', 'expired'])
    const ids = rig.reports.flatMap((report) => (report.kind === 'fill' ? [report.fill.tradeId] : []))
    expect(new Set(ids).size).toBe(1)
  })

  it('F2: a cancel that the venue does not know, or that fails, says which', async () => {
    rig = await startAdapter()
    const order = { clientOrderId: 'nobody', venueOrderId: null, symbol: 'BTCUSDT' }
    rig.venue.cancel(order)
    await rig.untilReport('cancel_rejected')
    await rig.faults({ rest_unavailable: 1 })
    rig.venue.cancel(order)
    await rig.untilReport('cancel_rejected', 2)
    await rig.faults({ hang: true })
    const impatient = new AdapterRig(rig.server, { requestTimeoutMs: 200 }, 'hmac')
    impatient.venue.cancel(order)
    await impatient.untilReport('cancel_rejected')
    await impatient.venue.close()
    expect(
      [...rig.reports, ...impatient.reports].map((report) => 'reason' in report && report.reason),
    ).toEqual(['UNKNOWN_ORDER', 'UNKNOWN_OUTCOME 503', 'UNKNOWN_OUTCOME VENUE_UNREACHABLE'])
  })

  it('F2: after a 429 queries wait as asked, cancels do not', async () => {
    rig = await startAdapter()
    rig.rest('a')
    await rig.untilReport('accepted')
    await rig.faults({ rate_limited: 1, retry_after_s: 30 })
    await expect(rig.venue.queryBalances()).rejects.toMatchObject({ code: 'VENUE_ERROR' })
    await expect(rig.venue.queryBalances()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    rig.venue.cancel({ clientOrderId: 'a', venueOrderId: null, symbol: 'BTCUSDT' })
    await rig.untilReport('canceled')
  })

  it('F2: after a 429 to an order the next ones stay here, and no connection is opened; cancels go', async () => {
    const clock = new LeapingClock()
    rig = await startAdapter({ clock, limits: new RequestLimits(clock) }, 'hmac', { clock })
    rig.rest('a')
    await rig.untilReport('accepted')
    await rig.faults({ rate_limited: 1, retry_after_s: 300 })
    const fromNs = clock.monoNs()
    rig.rest('b')
    await rig.untilReport('rejected')
    expect(rig.rest('c')).toBe('RATE_LIMITED')
    await expect(rig.venue.queryBalances()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await admin(rig.server.http, 'cut', { what: 'ws-api' })
    await rig.until(() => rig.connections.length === 2)
    const { total } = rig.server.server.log
    rig.venue.cancel({ clientOrderId: 'a', venueOrderId: null, symbol: 'BTCUSDT' })
    await rig.untilReport('pending_cancel')
    expect([rig.rest('c'), rig.server.server.log.total - total]).toEqual(['NOT_CONNECTED', 1])
    clock.leap(299_000)
    await rig.until(() => rig.connections.length === 3)
    expect(clock.monoNs() - fromNs).toBeGreaterThanOrEqual(300_000e6)
    expect(rig.rest('c')).toBe('sent')
  })

  it("F2: fills of a symbol leave the last tenth of the venue's minute to orders, cancels and looks at what is open", async () => {
    const rateLimits = { requestWeight1m: 200, orders10s: null, orders1d: null }
    // One minute for all of them, whenever they are asked.
    const limits = new RequestLimits(new VirtualClock(0n))
    rig = await startAdapter({ limits }, 'hmac', { rateLimits })
    const [answer] = await Promise.allSettled([rig.venue.queryFills('BTCUSDT', null)])
    expect(answer.status).toBe('fulfilled')
    const fills = Array.from({ length: 10 }, () => rig.venue.queryFills('BTCUSDT', null))
    const refused = (await Promise.allSettled(fills)).filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(2)
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'RATE_LIMITED', message: expect.stringContaining('for orders') })
    }
    expect(await rig.venue.queryOpenOrders('BTCUSDT')).toEqual([])
    expect(rig.rest('a')).toBe('sent')
  })

  it('F2: connect says why it cannot, and leaves nothing running', async () => {
    rig = await startAdapter()
    await rig.faults({ rate_limited: 100 })
    const second = new AdapterRig(rig.server, {}, 'hmac')
    await expect(second.venue.connect()).rejects.toMatchObject({ code: 'VENUE_ERROR' })
    await second.venue.close()
    await admin(rig.server.http, 'reset', {})
    const forged = new AdapterRig(rig.server, { apiSecret: { reveal: () => 'wrong' } }, 'hmac')
    await expect(forged.venue.connect()).rejects.toMatchObject({
      code: 'VENUE_ERROR',
      details: { code: -1022 },
    })
    expect(forged.connections).toEqual([])
    await forged.venue.close()
  })
})
