import { describe, expect, it } from 'vitest'
import { orderOutcome, REJECTION_PROOFS } from '../../../src/venue/binance-spot/outcome.ts'

const refused = (status: number, code: number, msg = 'text'): ReturnType<typeof orderOutcome> =>
  orderOutcome({ status, error: { code, msg } })

describe('orderOutcome', () => {
  it('O4: 200 with an order id is accepted, 200 without one is unknown', () => {
    expect(orderOutcome({ status: 200, result: { orderId: 12, transactTime: 5 } })).toEqual({
      kind: 'accepted',
      venueOrderId: '12',
      tMs: 5,
    })
    expect(orderOutcome({ status: 200, result: {} }).kind).toBe('unknown')
    expect(orderOutcome({ status: 200 }).kind).toBe('unknown')
  })

  it('O4: only listed codes under a client error prove a rejection', () => {
    for (const code of REJECTION_PROOFS.keys()) {
      expect(refused(400, code).kind).toBe('rejected')
      expect(refused(429, code).kind).toBe('rejected')
      for (const status of [200, 0, 403, 409, 500, 502, 503, 504])
        expect(refused(status, code).kind).toBe('unknown')
    }
  })

  it.each([-1000, -1001, -1006, -1007, -1008, -1016, -1034, -2011, -2013, -9999, 0])(
    'O4: %i never proves a rejection',
    (code) => {
      for (const status of [400, 401, 418, 429, 500, 503]) expect(refused(status, code).kind).toBe('unknown')
    },
  )

  it('O4: "Duplicate order sent." is no proof: that order is ours, and live', () => {
    expect(refused(400, -2010, 'Duplicate order sent.').kind).toBe('unknown')
    expect(refused(400, -2010, 'Account has insufficient balance for requested action.')).toEqual({
      kind: 'rejected',
      reason: 'NEW_ORDER_REJECTED -2010: Account has insufficient balance for requested action.',
    })
  })

  it('O4: malformed answers are unknown', () => {
    expect(orderOutcome({}).kind).toBe('unknown')
    expect(orderOutcome({ status: 400 }).kind).toBe('unknown')
    expect(orderOutcome({ status: 400, error: { code: '-2010' } }).kind).toBe('unknown')
    expect(orderOutcome({ status: '400', error: { code: -2010, msg: 'x' } }).kind).toBe('rejected')
  })
})
