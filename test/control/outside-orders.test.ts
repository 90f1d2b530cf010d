import { describe, expect, it } from 'vitest'
import { MainLink } from '../../src/control/main-link.ts'
import type { ExecuteRequest, ToMain } from '../../src/control/messages.ts'
import { OutsideOrders } from '../../src/control/outside-orders.ts'
import { setReason } from '../../src/gate/arm.ts'
import { Claim } from '../../src/shm/claim.ts'
import { ALL_SCOPE, type ControlPlane } from '../../src/shm/control-plane.ts'
import { NAMES, openPlane } from './support.ts'

const ROUTING = { venueOfSymbol: [0, 0], accountOfVenue: [0] }
const ORDER = { symbol: 'ETHUSDT', side: 'buy', qty: '1' }

interface Asked {
  readonly id: number
  readonly request: ExecuteRequest
  readonly claim: Claim
}

/** The door's side, with a main thread that does what the test says. */
function door(timeoutMs = 60_000): {
  plane: ControlPlane
  link: MainLink
  asked: Asked[]
  outside: OutsideOrders
} {
  const plane = openPlane()
  const asked: Asked[] = []
  const link = new MainLink((message: ToMain) => {
    if (message.kind !== 'request') return
    const { id, request, claim } = message
    asked.push({ id, request: request as ExecuteRequest, claim: Claim.attach(claim) })
  }, timeoutMs)
  return { plane, link, asked, outside: new OutsideOrders(plane, NAMES, ROUTING, link) }
}

describe('POST /execute in the control thread', () => {
  it('K5: takes the permit at the receipt, and gives the main thread’s answer', async () => {
    const { plane, link, asked, outside } = door()
    const seen = [plane.all.load(), plane.venue(0).load(), plane.account(0).load()]
    const answer = outside.execute({ ...ORDER, strategy: 'linear' }, 'ada')
    const [{ id, request }] = asked as [Asked]
    expect(request).toMatchObject({ action: 'execute', actor: 'ada', fields: { qty: '1' } })
    expect(request.permit).toEqual([...seen, plane.strategy(1).load(), plane.symbol(1).load()])
    setReason(plane, ALL_SCOPE, 'KILL', 'operator')
    expect(request.permit[0]).toBe(seen[0])
    link.onReply(id, { status: 202, body: { state: 'ACCEPTED' } })
    expect(await answer).toEqual({ status: 202, body: { state: 'ACCEPTED' } })
  })

  it('S9: answers 503 shutting_down by itself, whatever the main thread does', async () => {
    const { plane, asked, outside } = door()
    setReason(plane, ALL_SCOPE, 'SHUTDOWN', 'shutdown')
    expect(await outside.execute(ORDER, 'ada')).toMatchObject({
      status: 503,
      body: { error: { code: 'shutting_down' }, operation: 'broker order placement', cause: 'shutdown' },
    })
    expect(asked).toEqual([])
  })

  it('A4: a request that the main thread did not begin in time is 503, and can never be begun', async () => {
    const { asked, outside } = door(1)
    expect(await outside.execute(ORDER, 'ada')).toMatchObject({
      status: 503,
      body: { error: { code: 'MAIN_NOT_RESPONDING' } },
    })
    expect(asked[0]?.claim.take()).toBe(false)
  })

  it('A4: one that was begun and not finished is 504 with the client id, also without one', async () => {
    for (const id of ['tg-a-1-1', null]) {
      const { asked, outside, link } = door(1)
      const answer = outside.execute(ORDER, 'ada')
      expect(asked[0]?.claim.take()).toBe(true)
      if (id !== null) link.onSending((asked[0] as Asked).id, id)
      expect(await answer).toMatchObject({ status: 504, body: { client_order_id: id } })
      link.onReply((asked[0] as Asked).id, { status: 202, body: {} })
      link.onSending((asked[0] as Asked).id, 'late')
    }
  })

  it('A4: symbols and strategies that the run does not have are refused at the door', async () => {
    const { asked, outside } = door()
    for (const symbol of ['XRP', 5, undefined]) {
      expect(await outside.execute({ ...ORDER, symbol }, 'ada')).toMatchObject({
        status: 400,
        body: { error: { code: 'SYMBOL_UNKNOWN' } },
      })
    }
    expect(await outside.execute({ ...ORDER, strategy: 'x' }, 'ada')).toMatchObject({
      status: 400,
      body: { error: { code: 'STRATEGY_UNKNOWN' } },
    })
    expect(asked).toEqual([])
  })
})

describe('a claim', () => {
  it('is taken or expired, once, by whoever comes first', () => {
    for (const [first, second] of [
      ['take', 'expire'],
      ['expire', 'take'],
    ] as const) {
      const claim = Claim.create()
      const other = Claim.attach(claim.buffer)
      expect([claim[first](), other[second](), other[first]()]).toEqual([true, false, false])
    }
  })
})
