import { describe, expect, it } from 'vitest'
import { EXECUTIONS_MAX, RepeatedExecutions } from '../../../src/risk/breakers/repeated-executions.ts'

describe('R6: repeated executions', () => {
  it('R6: trips at the execution that fills the window, its bounds included, and not before', () => {
    const latch = new RepeatedExecutions({ max: 3, windowNs: 10 })
    expect([0, 5, 11, 14, 22].map((nowNs) => latch.add(nowNs))).toEqual([false, false, false, true, false])
    expect(latch.add(24)).toBe(true)
  })

  it('R6: counts from zero after a clear', () => {
    const latch = new RepeatedExecutions({ max: 2, windowNs: 10 })
    expect([latch.add(0), latch.add(1)]).toEqual([false, true])
    latch.clear()
    expect([latch.add(2), latch.add(3)]).toEqual([false, true])
  })

  it('R6: one execution is enough where the limit is one', () => {
    expect(new RepeatedExecutions({ max: 1, windowNs: 1 }).add(7)).toBe(true)
  })

  it.each([
    { max: 0, windowNs: 1 },
    { max: 1.5, windowNs: 1 },
    { max: EXECUTIONS_MAX + 1, windowNs: 1 },
    { max: 1, windowNs: 0 },
  ])('R6: refuses limits of %j', (limits) => {
    expect(() => new RepeatedExecutions(limits)).toThrow(/execution/)
  })
})
