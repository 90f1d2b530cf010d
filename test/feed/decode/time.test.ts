import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rfc3339Ns } from '../../../src/feed/decode/time.ts'

const BASE_MS = Date.UTC(2024, 0, 31)

function read(text: string): number {
  const bytes = new TextEncoder().encode(text)
  return rfc3339Ns(bytes, 0, bytes.length, BASE_MS)
}

describe('rfc3339Ns', () => {
  it('P5: is exact to the nanosecond', () => {
    expect(read('2024-02-29T23:59:59.123456789Z')).toBe((30 * 86_400 - 1) * 1e9 + 123_456_789)
    expect(read('2024-01-31T05:30:00.5+05:30')).toBe(5e8)
    expect(read('2024-01-30T19:00:00-05:00')).toBe(0)
  })

  it('P5: equals Date.parse for every millisecond in reach', () => {
    fc.assert(
      fc.property(fc.integer({ min: -104 * 86_400_000, max: 104 * 86_400_000 }), (offsetMs) => {
        expect(read(new Date(BASE_MS + offsetMs).toISOString())).toBe(offsetMs * 1e6)
      }),
    )
  })

  it.each([
    '',
    '2024-01-31',
    '2024-01-31T00:00:00',
    '2024-01-31 00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-01-31T24:00:00Z',
    '2024-01-31T00:60:00Z',
    '2024-01-31T00:00:60Z',
    '2024-01-31T00:00:00.Z',
    '2024-01-31T00:00:00.1234567890Z',
    '2024-01-31T00:00:00z',
    '2024-01-31T00:00:00+0530',
    '2024-01-31T00:00:00ZZ',
    '2025-01-31T00:00:00Z',
  ])('P5: refuses %j', (text) => {
    expect(read(text)).toBeNaN()
  })
})
