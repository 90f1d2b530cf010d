import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REASON, REASON_MASK } from '../../src/domain/reasons.ts'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import { CLEAR_FAILED, generationOf, isOpen, raisedWord, reasonsOf } from '../../src/shm/control-word.ts'
import { PLANE } from '../../src/shm/layout.ts'

describe('control word', () => {
  it('K4: zero is halted, a generation without a reason is open, any reason halts', () => {
    expect(isOpen(0)).toBe(false)
    expect(isOpen(raisedWord(0, 0))).toBe(true)
    for (const bit of Object.values(REASON)) expect(isOpen(raisedWord(0, bit))).toBe(false)
  })

  it('raises the generation with every change, also where the reason is set already', () => {
    const word = ControlPlane.create().all
    const first = word.set(REASON.KILL)
    const second = word.set(REASON.KILL)
    expect(generationOf(first)).toBe(1)
    expect(generationOf(second)).toBe(2)
    expect(reasonsOf(second)).toBe(REASON.KILL)
    expect(word.load()).toBe(second)
  })

  it('K5: a clear that did not see the last change fails and changes nothing', () => {
    const word = ControlPlane.create().all
    const seen = word.set(REASON.KILL)
    const later = word.set(REASON.KILL)
    expect(word.clear(REASON.KILL, seen)).toBe(CLEAR_FAILED)
    expect(word.load()).toBe(later)
    const cleared = word.clear(REASON.KILL, later)
    expect(isOpen(cleared)).toBe(true)
    expect(word.load()).toBe(cleared)
  })

  it('the generation wraps to 1, never to 0', () => {
    const last = (0xfffff << 12) | REASON.STALE
    expect(generationOf(last)).toBe(0xfffff)
    expect(raisedWord(last, 0)).toBe(1 << 12)
    expect(generationOf(raisedWord(last, REASON_MASK))).toBe(1)
  })

  it('any sequence of sets and clears equals a model of a set of reasons and a count of changes', () => {
    const change = fc.record({ set: fc.boolean(), reasons: fc.integer({ min: 1, max: REASON_MASK }) })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.integer({ min: 0, max: 0xfffff }),
        (changes, start) => {
          const plane = ControlPlane.create()
          plane.words[PLANE.all] = start << 12
          let reasons = 0
          let generation = start
          for (const { set, reasons: bits } of changes) {
            reasons = set ? reasons | bits : reasons & ~bits
            generation = generation === 0xfffff ? 1 : generation + 1
            const after = set ? plane.all.set(bits) : plane.all.clear(bits, plane.all.load())
            expect([reasonsOf(after), generationOf(after)]).toEqual([reasons, generation])
            expect(isOpen(after)).toBe(reasons === 0)
          }
        },
      ),
    )
  })

  it('a change of a scope raises the epoch; a change of all needs none', () => {
    const plane = ControlPlane.create()
    plane.all.set(REASON.BOOT)
    expect(plane.words[PLANE.epoch]).toBe(0)
    const word = plane.symbol(9)
    word.clear(REASON.STALE, word.set(REASON.STALE))
    expect(plane.words[PLANE.epoch]).toBe(2)
    expect(word.clear(REASON.STALE, 0)).toBe(CLEAR_FAILED)
    expect(plane.words[PLANE.epoch]).toBe(2)
  })
})
