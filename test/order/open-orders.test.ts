import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Side } from '../../src/domain/action.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { fill, request } from './orders.ts'

const SIDES = ['buy', 'sell'] as const

/** The same by a walk over everything that is open. */
function walked(store: OrderStore, instrument: number, side: Side): number | null {
  const prices = [...store.open()]
    .filter((order) => order.request.instrument === instrument && order.request.side === side)
    .map((order) => order.request.price ?? (side === 'buy' ? Infinity : -Infinity))
  if (prices.length === 0) return null
  return side === 'buy' ? Math.max(...prices) : Math.min(...prices)
}

const step = fc.record({
  act: fc.constantFrom('create', 'cancel', 'fill', 'replace', 'deny'),
  instrument: fc.nat(2),
  side: fc.constantFrom(...SIDES),
  price: fc.option(fc.integer({ min: 1, max: 5 })),
  pick: fc.nat(),
})

describe('the best price of open orders', () => {
  it('R6: is that of a walk over all of them, whatever is created, repriced, filled and cancelled', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = new OrderStore()
        const ids: string[] = []
        for (const { act, instrument, side, price, pick } of steps) {
          const clientOrderId = act === 'create' ? `o${ids.length}` : (ids[pick % (ids.length || 1)] ?? '')
          const state = store.get(clientOrderId)?.state
          const ts = '1'
          if (act === 'create') {
            ids.push(clientOrderId)
            store.create(request({ clientOrderId, instrument, side, price }), 0, '1')
            if (pick % 2 === 0) store.submitted(clientOrderId)
          } else if (act === 'deny') {
            if (state === 'INITIALIZED') store.deny(clientOrderId, 'BLOCKED')
          } else if (act === 'cancel') store.apply({ kind: 'canceled', clientOrderId, ts, reason: '' })
          else if (act === 'replace') store.apply({ kind: 'replaced', clientOrderId, ts, qty: 100, price })
          else {
            const { instrument: on = 0, side: of = 'buy' } = store.get(clientOrderId)?.request ?? {}
            const booked = fill(`t${pick}`, 60, { instrument: on, side: of })
            store.apply({ kind: 'fill', clientOrderId, ts, fill: booked })
          }
          for (let at = 0; at < 3; at++) {
            for (const of of SIDES) expect(store.bestOpenPrice(at, of)).toBe(walked(store, at, of))
          }
        }
      }),
    )
  })

  it('R6: a market or stop order without a limit price counts as one that crosses everything', () => {
    const store = new OrderStore()
    expect(store.bestOpenPrice(0, 'buy')).toBeNull()
    store.create(request({ clientOrderId: 'a', price: null }), 0, '1')
    store.create(request({ clientOrderId: 'b', side: 'sell', price: null }), 0, '1')
    expect(SIDES.map((side) => store.bestOpenPrice(0, side))).toEqual([Infinity, -Infinity])
    expect(SIDES.map((side) => store.bestOpenPrice(1, side))).toEqual([null, null])
  })
})
