import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TERMINAL_STATES } from '../../src/domain/order.ts'
import type { ExecutionReport } from '../../src/domain/report.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { bust, correct, fill, fills, ID, replaced, request, says, storeAfter } from './orders.ts'

const order = (store: OrderStore): unknown => {
  const { state, cumQty, leavesQty } = store.get(ID) as { state: string; cumQty: number; leavesQty: number }
  return [state, cumQty, leavesQty]
}

describe('OrderStore: a life', () => {
  it('O1: goes from INITIALIZED to FILLED with cum and leaves', () => {
    const store = new OrderStore()
    const created = store.create(request(), 7, '99')
    expect(created).toMatchObject({ state: 'INITIALIZED', leavesQty: 100, tickSeq: 7, createdUtcNs: '99' })
    expect(store.submitted(ID)).toMatchObject({ outcome: 'applied', from: 'INITIALIZED', to: 'SUBMITTED' })
    expect(store.apply(says('accepted'))).toMatchObject({
      outcome: 'applied',
      to: 'ACCEPTED',
      surprise: false,
    })
    expect(store.get(ID)?.venueOrderId).toBe('77')
    expect(store.apply(fills('t1', 30))).toMatchObject({ to: 'PARTIALLY_FILLED', fill: { tradeId: 't1' } })
    expect(order(store)).toEqual(['PARTIALLY_FILLED', 30, 70])
    store.apply(fills('t2', 70))
    expect(order(store)).toEqual(['FILLED', 100, 0])
    expect([...store.open()]).toEqual([])
    expect(store.openCount).toBe(0)
    expect(store.fillsOf(ID).map(({ tradeId }) => tradeId)).toEqual(['t1', 't2'])
  })

  it('O1: a denial by us ends it with the reason', () => {
    const store = new OrderStore()
    store.create(request(), -1, '1')
    store.deny(ID, 'BLOCKED')
    expect(store.get(ID)).toMatchObject({ state: 'DENIED', reason: 'BLOCKED', leavesQty: 0 })
    expect(store.openQty(0, 'buy')).toBe(0)
  })

  it('O2: refuses a client order id that was used before, also by a closed order', () => {
    const store = storeAfter(says('canceled'))
    expect(() => store.create(request(), 8, '2')).toThrow(/used twice/)
  })

  it('keeps the first reason and the first venue id', () => {
    const store = storeAfter(says('accepted'), says('canceled'))
    expect(store.get(ID)?.reason).toBe('CANCELED')
    store.apply({ kind: 'accepted', clientOrderId: ID, venueOrderId: '99', ts: '2' })
    store.apply(says('expired'))
    expect(store.get(ID)).toMatchObject({ reason: 'CANCELED', venueOrderId: '77', state: 'CANCELED' })
  })

  it('asserts on acts of ours that the table does not allow', () => {
    const store = storeAfter(says('canceled'))
    expect(() => store.submitted(ID)).toThrow(/submitted of tg-a1-1-1 in CANCELED/)
    expect(() => store.deny('nobody', 'X')).toThrow(/denied of nobody in no order/)
    expect(() => store.requestReplace('nobody', 5)).toThrow(/pending_replace of nobody/)
  })
})

describe('OrderStore: surprises', () => {
  it('O6: a fill after CANCELED wins where nothing is left', () => {
    const store = storeAfter(says('accepted'), says('canceled'))
    expect(store.apply(fills('t1', 100))).toMatchObject({ outcome: 'applied', surprise: true, to: 'FILLED' })
    expect(order(store)).toEqual(['FILLED', 100, 0])
  })

  it('O6: a partial fill after CANCELED is booked, and the rest stays canceled', () => {
    const store = storeAfter(says('accepted'), says('canceled'))
    expect(store.apply(fills('t1', 40))).toMatchObject({
      outcome: 'applied',
      surprise: true,
      fill: { qty: 40 },
    })
    expect(order(store)).toEqual(['CANCELED', 40, 0])
  })

  it.each(['rejected', 'expired'] as const)('O6: a fill after %s is booked and the end stays', (end) => {
    const store = storeAfter(says(end))
    expect(store.apply(fills('t1', 100))).toMatchObject({ outcome: 'applied', surprise: true })
    expect(store.get(ID)).toMatchObject({ state: end.toUpperCase(), cumQty: 100 })
  })

  it('O6: more than ordered is booked and said', () => {
    const store = storeAfter(fills('t1', 90))
    expect(store.apply(fills('t2', 30))).toMatchObject({
      surprise: true,
      note: 'more was filled than ordered',
      fill: { qty: 30 },
    })
    expect(order(store)).toEqual(['FILLED', 120, 0])
  })

  it('O1: an illegal report is put aside and changes nothing', () => {
    const store = storeAfter(fills('t1', 100))
    const before = store.stateCanon()
    expect(store.apply(says('rejected'))).toMatchObject({
      outcome: 'quarantined',
      note: 'ILLEGAL_TRANSITION',
      surprise: true,
      from: 'FILLED',
    })
    expect(store.apply(replaced(50))).toMatchObject({ outcome: 'quarantined', note: 'ILLEGAL_TRANSITION' })
    expect(store.stateCanon()).toBe(before)
    expect(store.quarantine.kept.map(({ reason }) => reason)).toEqual([
      'ILLEGAL_TRANSITION',
      'ILLEGAL_TRANSITION',
    ])
  })

  it('O1: a report of an order that is not ours is put aside, its fill kept', () => {
    const store = storeAfter()
    expect(store.apply(fills('t1', 5, {}, 'other'))).toMatchObject({
      outcome: 'quarantined',
      order: null,
      to: null,
      note: 'ORDER_UNKNOWN',
      fill: null,
    })
    expect(store.quarantine.kept[0]?.report).toMatchObject({ kind: 'fill', fill: { qty: 5 } })
  })

  it('keeps the newest thousand quarantined reports and the count of all', () => {
    const store = new OrderStore()
    for (let i = 0; i < 1_100; i++) store.apply(says('accepted', `x${i}`))
    expect(store.quarantine.total).toBe(1_100)
    expect(store.quarantine.kept).toHaveLength(1_000)
    expect(store.quarantine.kept[0]?.report.clientOrderId).toBe('x100')
  })
})

describe('OrderStore: fills exactly once', () => {
  it('O6: a repetition is a duplicate, whatever came between', () => {
    const store = storeAfter(fills('t1', 30), fills('t2', 70))
    expect(store.apply(fills('t1', 30))).toMatchObject({ outcome: 'duplicate', fill: null, surprise: false })
    expect(order(store)).toEqual(['FILLED', 100, 0])
  })

  it.each([{ qty: 31 }, { price: 4_999 }])(
    'O6: a repetition that says %j is told, and the first stays',
    (other) => {
      const store = storeAfter(fills('t1', 30))
      expect(store.apply(fills('t1', 30, other))).toMatchObject({ outcome: 'duplicate', surprise: true })
      expect(order(store)).toEqual(['PARTIALLY_FILLED', 30, 70])
    },
  )

  it('O6: one trade id in two symbols, accounts or sides is several trades', () => {
    const store = storeAfter(fills('t1', 10))
    store.create(request({ clientOrderId: 'b', instrument: 1 }), 1, '1')
    store.create(request({ clientOrderId: 'c', side: 'sell' }), 1, '1')
    expect(store.apply(fills('t1', 10, { account: 'second' })).outcome).toBe('applied')
    expect(store.apply(fills('t1', 10, { instrument: 1 }, 'b')).outcome).toBe('applied')
    expect(store.apply(fills('t1', 10, { side: 'sell' }, 'c')).outcome).toBe('applied')
  })

  it('O6: the trade id of another order of the same side is put aside', () => {
    const store = storeAfter(fills('t1', 10))
    store.create(request({ clientOrderId: 'b' }), 1, '1')
    expect(store.apply(fills('t1', 10, {}, 'b'))).toMatchObject({
      outcome: 'quarantined',
      note: 'FILL_CONFLICT',
    })
  })

  it.each([
    { qty: 0 },
    { qty: -5 },
    { qty: 1.5 },
    { qty: Number.NaN },
    { price: Number.NaN },
    { price: 2 ** 60 },
    { tMs: Number.NaN },
    { feeText: '' },
    { feeText: 'NaN' },
    { feeText: '1e5' },
    { instrument: 1 },
    { side: 'sell' as const },
  ])('O6: a fill with %j is put aside, not booked', (wrong) => {
    const store = storeAfter(says('accepted'))
    expect(store.apply(fills('t1', 10, wrong))).toMatchObject({
      outcome: 'quarantined',
      note: 'FILL_INVALID',
    })
    expect(order(store)).toEqual(['ACCEPTED', 0, 100])
  })

  it('O6: any order and repetition of the same reports books the same fills', () => {
    const trades = [10, 20, 30, 40].map((qty, i) => fills(`t${i}`, qty))
    const reports: ExecutionReport[] = [...trades, ...trades, says('accepted')]
    fc.assert(
      fc.property(fc.shuffledSubarray(reports, { minLength: 5 }), (shuffled) => {
        const all = storeAfter(...shuffled, ...reports)
        expect(order(all)).toEqual(['FILLED', 100, 0])
        expect(
          all
            .fillsOf(ID)
            .map(({ tradeId }) => tradeId)
            .sort(),
        ).toEqual(['t0', 't1', 't2', 't3'])
      }),
    )
  })
})

describe('OrderStore: cancel and replace', () => {
  it('O10: a refused cancel goes back to where the order was, fills included', () => {
    const store = storeAfter(says('accepted'))
    store.requestCancel(ID, '1')
    store.apply(fills('t1', 10))
    expect(order(store)).toEqual(['PENDING_CANCEL', 10, 90])
    expect(store.apply(says('cancel_rejected'))).toMatchObject({ to: 'PARTIALLY_FILLED' })
  })

  it('S5: CANCELED is explained by our request, by the venue where nobody asked', () => {
    const asked = storeAfter(says('accepted'))
    asked.requestCancel(ID, '1', 'graceful_shutdown')
    asked.apply(says('canceled'))
    expect(asked.get(ID)).toMatchObject({ state: 'CANCELED', reason: 'graceful_shutdown' })
    const expired = storeAfter(says('accepted'))
    expired.requestCancel(ID, '1', 'graceful_shutdown')
    expired.apply(says('expired'))
    const unasked = storeAfter(says('accepted'), says('canceled'))
    for (const store of [expired, unasked]) expect(store.get(ID)?.reason).not.toBe('graceful_shutdown')
  })

  it('S5: a fill that races the cancel wins, also after its confirmation', () => {
    const store = storeAfter(says('accepted'))
    store.requestCancel(ID, '1', 'graceful_shutdown')
    store.apply(says('canceled'))
    expect(store.apply(fills('t1', 100))).toMatchObject({ outcome: 'applied', to: 'FILLED' })
    expect(order(store)).toEqual(['FILLED', 100, 0])
  })

  it('O10: the acknowledgement that crosses a cancel or replace is remembered', () => {
    for (const pending of ['pending_cancel', 'pending_replace'] as const) {
      const store = storeAfter(says(pending), says('accepted'))
      const rejected = pending === 'pending_cancel' ? 'cancel_rejected' : 'replace_rejected'
      expect(store.apply(says(rejected))).toMatchObject({ from: pending.toUpperCase(), to: 'ACCEPTED' })
    }
    expect(storeAfter(says('pending_cancel'), says('cancel_rejected')).get(ID)?.state).toBe('SUBMITTED')
    const triggered = storeAfter(says('accepted'), says('pending_replace'), says('triggered'))
    expect(triggered.apply(says('replace_rejected')).to).toBe('TRIGGERED')
  })

  it('O10: a cancel over a replace, refused, goes back behind both', () => {
    const store = storeAfter(says('accepted'), says('pending_replace'), says('pending_cancel'))
    expect(order(store)).toEqual(['PENDING_CANCEL', 0, 100])
    expect(store.apply(says('cancel_rejected')).to).toBe('ACCEPTED')
  })

  it('O4: a request to cancel does not end UNKNOWN, and neither does its refusal', () => {
    const store = storeAfter(says('unknown'))
    expect(store.requestCancel(ID, '1')).toMatchObject({ outcome: 'ignored', to: 'UNKNOWN' })
    expect(store.apply(says('cancel_rejected'))).toMatchObject({ outcome: 'ignored', to: 'UNKNOWN' })
    expect(store.apply(says('accepted'))).toMatchObject({ outcome: 'applied', to: 'ACCEPTED' })
  })

  it('O10: new terms hold from the confirmation on', () => {
    const store = storeAfter(says('accepted'), fills('t1', 30))
    store.requestReplace(ID, 150)
    expect(store.openQty(0, 'buy')).toBe(120)
    expect(order(store)).toEqual(['PENDING_REPLACE', 30, 70])
    expect(store.apply(replaced(150, 4_990))).toMatchObject({ to: 'PARTIALLY_FILLED' })
    expect(store.get(ID)?.request).toMatchObject({ qty: 150, price: 4_990 })
    expect(order(store)).toEqual(['PARTIALLY_FILLED', 30, 120])
  })

  it('O10: a refused replace leaves the old terms and the old reservation', () => {
    const store = storeAfter(says('accepted'))
    store.requestReplace(ID, 500)
    expect(store.openQty(0, 'buy')).toBe(500)
    store.apply(says('replace_rejected'))
    expect(store.openQty(0, 'buy')).toBe(100)
    expect(order(store)).toEqual(['ACCEPTED', 0, 100])
  })

  it('O10: asking again reserves the newest quantity; asking for a closed order reserves nothing', () => {
    const store = storeAfter(says('accepted'))
    store.requestReplace(ID, 500)
    expect(store.requestReplace(ID, 300)).toMatchObject({ outcome: 'ignored', to: 'PENDING_REPLACE' })
    expect(store.openQty(0, 'buy')).toBe(300)
    store.apply(says('canceled'))
    expect(store.requestReplace(ID, 900)).toMatchObject({ outcome: 'ignored', to: 'CANCELED' })
    expect(store.openQty(0, 'buy')).toBe(0)
  })

  it('O10: a replace that proves the acceptance, and one down to what is filled', () => {
    expect(storeAfter(says('pending_replace'), replaced(80)).get(ID)?.state).toBe('ACCEPTED')
    const store = storeAfter(says('accepted'), fills('t1', 30), says('pending_replace'), replaced(30))
    expect(order(store)).toEqual(['FILLED', 30, 0])
  })

  it('O10: a replace to no quantity is put aside', () => {
    const store = storeAfter(says('accepted'), says('pending_replace'))
    expect(store.apply(replaced(0))).toMatchObject({ outcome: 'quarantined', note: 'TERMS_INVALID' })
  })
})

describe('OrderStore: busts and corrections', () => {
  it('O10: a bust takes the fill back; a live order works on the rest', () => {
    const store = storeAfter(fills('t1', 30), fills('t2', 20))
    expect(store.apply(bust('t1'))).toMatchObject({
      outcome: 'applied',
      restated: { booked: { tradeId: 't1', qty: 30 }, corrected: null },
    })
    expect(order(store)).toEqual(['PARTIALLY_FILLED', 20, 80])
    expect(store.openQty(0, 'buy')).toBe(80)
    expect(store.apply(bust('t1'))).toMatchObject({ outcome: 'quarantined', note: 'TRADE_UNKNOWN' })
    expect(store.apply(fills('t1', 30)).outcome).toBe('duplicate')
  })

  it('O10: a bust of a filled order does not make it work again, and is a surprise', () => {
    const store = storeAfter(fills('t1', 100))
    expect(store.apply(bust('t1'))).toMatchObject({ outcome: 'applied', surprise: true, to: 'FILLED' })
    expect(order(store)).toEqual(['FILLED', 0, 0])
    expect(store.apply(fills('t9', 60))).toMatchObject({ outcome: 'applied', surprise: true })
    expect(order(store)).toEqual(['FILLED', 60, 0])
  })

  it('O10: a correction restates quantity and price, up to the end of the order', () => {
    const store = storeAfter(fills('t1', 30))
    expect(store.apply(correct('t1', 40, 4_900))).toMatchObject({
      restated: { booked: { qty: 30 }, corrected: { qty: 40, price: 4_900 } },
    })
    expect(order(store)).toEqual(['PARTIALLY_FILLED', 40, 60])
    store.apply(correct('t1', 100, 4_900))
    expect(order(store)).toEqual(['FILLED', 100, 0])
    expect(store.fillsOf(ID)).toEqual([fill('t1', 100, { price: 4_900 })])
  })

  it('O10: what cannot be corrected is put aside', () => {
    const store = storeAfter(fills('t1', 30))
    expect(store.apply(correct('t1', 0, 4_900)).note).toBe('TERMS_INVALID')
    expect(store.apply(correct('t2', 5, 4_900)).note).toBe('TRADE_UNKNOWN')
    expect(storeAfter().apply(bust('t1')).note).toBe('ILLEGAL_TRANSITION')
  })
})

describe('OrderStore: worst case', () => {
  it('R4: counts what may still fill by side, symbol and strategy until it is proved over', () => {
    const store = new OrderStore()
    store.create(request({ clientOrderId: 'a' }), 1, '1')
    store.create(request({ clientOrderId: 'b', qty: 7, strategy: 1 }), 1, '1')
    store.create(request({ clientOrderId: 'c', qty: 5, side: 'sell' }), 1, '1')
    store.create(request({ clientOrderId: 'd', qty: 3, instrument: 1, strategy: -1 }), 1, '1')
    expect([store.openQty(0, 'buy'), store.openQty(0, 'sell'), store.openQty(1, 'buy')]).toEqual([107, 5, 3])
    expect([store.strategyOpenQty(0, 0, 'buy'), store.strategyOpenQty(1, 0, 'buy')]).toEqual([100, 7])
    expect(store.strategyOpenQty(0, 0, 'sell')).toBe(5)
    expect([store.workingOrders(0, 0, 'buy'), store.workingOrders(0, 0, 'sell')]).toEqual([1, 1])
    expect(store.workingOrders(-1, 1, 'buy')).toBe(1)
    expect([
      store.openQty(9, 'buy'),
      store.strategyOpenQty(3, 0, 'sell'),
      store.workingOrders(3, 3, 'buy'),
    ]).toEqual([0, 0, 0])
    store.submitted('a')
    store.apply(says('unknown', 'a'))
    expect([store.hasUnknown(0, 0), store.hasUnknown(1, 0), store.hasUnknown(4, 4)]).toEqual([
      true,
      false,
      false,
    ])
    expect(store.openQty(0, 'buy')).toBe(107)
    store.apply(says('rejected', 'a'))
    expect([store.hasUnknown(0, 0), store.openQty(0, 'buy'), store.openCount]).toEqual([false, 7, 3])
  })

  it('R4: the sums equal a recount after any reports', () => {
    const kinds = [
      'accepted',
      'rejected',
      'canceled',
      'pending_cancel',
      'cancel_rejected',
      'unknown',
      'pending_replace',
      'replace_rejected',
    ] as const
    const report = fc.oneof(
      fc.constantFrom(...kinds).map((kind) => (id: string) => says(kind, id)),
      fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 60 })).map(
        ([trade, qty]) =>
          (id: string) =>
            fills(`${id}-${trade}`, qty, {}, id),
      ),
      fc.integer({ min: 1, max: 150 }).map(
        (qty) =>
          (id: string): ExecutionReport => ({ kind: 'replaced', clientOrderId: id, qty, price: 1, ts: '1' }),
      ),
      fc.integer({ min: 0, max: 9 }).map(
        (trade) =>
          (id: string): ExecutionReport => ({
            kind: 'trade_bust',
            clientOrderId: id,
            tradeId: `${id}-${trade}`,
            ts: '1',
          }),
      ),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), report), { maxLength: 60 }), (steps) => {
        const store = new OrderStore()
        for (const id of ['o0', 'o1', 'o2']) {
          store.create(request({ clientOrderId: id }), 1, '1')
          store.submitted(id)
        }
        for (const [at, make] of steps) store.apply(make(`o${at}`))
        let open = 0
        for (const { state, request: terms, cumQty, leavesQty } of store.all()) {
          const terminal = TERMINAL_STATES.has(state)
          expect(leavesQty).toBe(terminal ? 0 : Math.max(0, terms.qty - cumQty))
          open += leavesQty
        }
        expect(store.openQty(0, 'buy')).toBe(open)
        expect(store.openCount).toBe([...store.open()].length)
      }),
      { numRuns: 300 },
    )
  })
})

describe('OrderStore: memory', () => {
  it('keeps so many closed orders and every open one', () => {
    const store = new OrderStore({ closedOrdersMax: 3 })
    store.create(request({ clientOrderId: 'open' }), 1, '1')
    for (let i = 0; i < 10; i++) {
      store.create(request({ clientOrderId: `c${i}` }), 1, '1')
      store.apply(i % 2 === 0 ? fills(`t${i}`, 100, {}, `c${i}`) : says('canceled', `c${i}`))
    }
    expect([...store.all()].map((one) => one.request.clientOrderId)).toEqual(['open', 'c7', 'c8', 'c9'])
    expect(store.fillsOf('c0')).toEqual([])
    expect(store.apply(fills('t0', 100, {}, 'c0')).note).toBe('ORDER_UNKNOWN')
    expect(store.get('open')?.state).toBe('INITIALIZED')
  })
})
