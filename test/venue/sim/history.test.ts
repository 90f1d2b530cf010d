import { describe, expect, it } from 'vitest'
import { SimHistory } from '../../../src/venue/sim/history.ts'
import type { SimOrder, SimTrade } from '../../../src/venue/sim/types.ts'

function orderOf(id: number, status: SimOrder['status']): SimOrder {
  return { id, clientOrderId: `c${id}`, status, input: { instrument: 0 } } as SimOrder
}

describe('SimHistory', () => {
  it('F9: keeps the newest up to its limit, and every open order', () => {
    const history = new SimHistory(10)
    for (let id = 1; id <= 100; id++) {
      const order = orderOf(id, id === 3 ? 'new' : 'filled')
      history.addOrder(order)
      if (id !== 3) history.close(order)
      history.addTrade({ id, instrument: 0 } as SimTrade)
    }
    expect(history.open(null).map(({ id }) => id)).toEqual([3])
    expect(history.byClientId('c3')?.id).toBe(3)
    expect(history.byClientId('c4')).toBeUndefined()
    expect(history.byId(100)?.id).toBe(100)
    for (const kept of [history.orders(0), history.trades(0)]) {
      expect(kept.length).toBeGreaterThan(4)
      expect(kept.length).toBeLessThanOrEqual(10)
      expect(kept.at(-1)?.id).toBe(100)
    }
  })
})
