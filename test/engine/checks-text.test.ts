import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChecksText } from '../../src/engine/checks-text.ts'
import { atMost, type CheckResult, createCheckResult, deny, skip } from '../../src/risk/check.ts'

/** The text as it is defined: no memory. */
function plain(results: readonly CheckResult[]): string {
  const exact = (value: number, big: bigint | null): unknown =>
    big === null ? (Number.isFinite(value) ? value : null) : `${big}`
  return JSON.stringify(
    results.map(({ check, code, applied, value, limit, exactValue, exactLimit, unit }) => [
      ...[check, code ?? (applied ? 'pass' : 'skip')],
      ...[exact(value, exactValue), exact(limit, exactLimit), unit],
    ]),
  )
}

const amount = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(0.5, 2 ** 52, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom(2n ** 60n, -(2n ** 70n)),
)
const change = fc.record({
  check: fc.integer({ min: 0, max: 2 }),
  what: fc.constantFrom('judge', 'deny', 'skip', 'unit'),
  value: amount,
  limit: amount,
})

describe('checks as text', () => {
  it('R1: what is kept of earlier orders never shows in the text', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const results = [
          createCheckResult('throttle', 'qty'),
          createCheckResult('price_collar', 'price'),
          createCheckResult('daily_loss', 'notional'),
        ]
        for (const result of results) skip(result)
        const text = new ChecksText()
        for (const { check, what, value, limit } of changes) {
          const result = results[check] as CheckResult
          if (what === 'judge') atMost(result, 'DAILY_LOSS', value, limit)
          else if (what === 'deny') deny(result, 'DAILY_LOSS', value, limit)
          else if (what === 'skip') skip(result)
          else result.unit = result.unit === 'qty' ? 'notional' : 'qty'
          expect(text.of(results)).toBe(plain(results))
        }
      }),
    )
  })
})
