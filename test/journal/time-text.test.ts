import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { TimeText } from '../../src/journal/time-text.ts'

describe('TimeText', () => {
  it('A3: follows a steered UTC at the next anchor, and does not jitter while it is steady', () => {
    let mono = 0
    let offset = 1_000_000_000_000n
    const clock = {
      monoNs: () => {
        mono += 300
        return mono
      },
      utcNs: () => offset + BigInt(clock.monoNs()),
    }
    const time = new TimeText(clock)
    time.read()
    const first = BigInt(time.ts) - BigInt(time.mono)
    for (let i = 0; i < 5; i++) {
      time.anchor()
      time.read()
      expect(BigInt(time.ts) - BigInt(time.mono)).toBe(first)
    }
    offset -= 5_000n
    time.anchor()
    time.read()
    expect(BigInt(time.ts) - BigInt(time.mono)).toBe(first - 5_000n)
  })

  it('A3: gives the very numbers of the clock, whatever it started at', () => {
    const ns = fc.bigInt({ min: 0n, max: 5_000_000_000_000_000_000n })
    const steps = fc.array(fc.bigInt({ min: 0n, max: 3_000_000_000n }), { maxLength: 20 })
    fc.assert(
      fc.property(ns, steps, fc.bigInt({ min: 0n, max: 10n ** 15n }), (start, moves, before) => {
        const clock = new VirtualClock(start)
        clock.advanceTo(start + before)
        const time = new TimeText(clock)
        let at = start + before
        for (const move of moves) {
          at += move
          clock.advanceTo(at)
          if (move % 3n === 0n) time.anchor()
          time.read()
          expect([time.ts, time.mono]).toEqual([String(at), String(at - start)])
        }
      }),
    )
  })
})
