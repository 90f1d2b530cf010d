import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CLIENT_ORDER_ID_MAX,
  ClientOrderIds,
  clientOrderIdPrefix,
  isOurs,
  parseClientOrderId,
} from '../../src/order/client-order-id.ts'

describe('client order ids', () => {
  it('O2: are tg-<node>-<boot base36>-<sequence base36>', () => {
    const ids = new ClientOrderIds('a1', 46)
    expect([ids.next(), ids.next()]).toEqual(['tg-a1-1a-1', 'tg-a1-1a-2'])
    expect(new ClientOrderIds('a1', 0, 35).next()).toBe('tg-a1-0-10')
    expect(ids.sequence).toBe(2)
  })

  it('O2: parse back to their parts and never exceed 36 characters', () => {
    const node = fc.stringMatching(/^[a-z0-9](?:[a-z0-9_-]{0,10}[a-z0-9])?$/)
    const boot = fc.integer({ min: 0, max: 10_000_000 })
    fc.assert(
      fc.property(node, boot, fc.maxSafeNat(), (name, bootNumber, last) => {
        const before = Math.min(last, Number.MAX_SAFE_INTEGER - 1)
        const id = new ClientOrderIds(name, bootNumber, before).next()
        expect(id.length).toBeLessThanOrEqual(CLIENT_ORDER_ID_MAX)
        expect(parseClientOrderId(id)).toEqual({ node: name, boot: bootNumber, sequence: before + 1 })
        expect(id.startsWith(clientOrderIdPrefix(name))).toBe(true)
        expect(isOurs(id, name)).toBe(true)
      }),
    )
  })

  it('O2: another node is another owner, also where one name begins like the other', () => {
    const id = new ClientOrderIds('a-b', 1).next()
    expect(isOurs(id, 'a')).toBe(false)
    expect(isOurs(id, 'a-b')).toBe(true)
  })

  it.each([
    '',
    'tg-a',
    'tg-a-1',
    'x-a-1-1',
    'tg-a-01-1',
    'tg-a-1-1A',
    'tg-a-1-zzzzzzzzzzz',
    'tg--1-1',
    `tg-${'a'.repeat(40)}-1-1`,
  ])('O2: %j is not one', (text) => {
    expect(parseClientOrderId(text)).toBeNull()
    expect(isOurs(text, 'a')).toBe(false)
  })

  it.each([
    ['', 1],
    ['A', 1],
    ['a/b', 1],
    ['a'.repeat(30), 1],
    ['a', -1],
    ['a', 1.5],
  ])('O2: node %j with boot %d is refused', (node, boot) => {
    expect(() => new ClientOrderIds(node, boot)).toThrow(expect.objectContaining({ code: 'NODE_ID_INVALID' }))
  })
})
