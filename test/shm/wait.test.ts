import { describe, expect, it } from 'vitest'
import { createWait, ring, SpinBudget, type WaitWords } from '../../src/shm/wait.ts'

function words(): WaitWords {
  return { words: new Int32Array(new SharedArrayBuffer(128)), doorbellAt: 0, parkedAt: 16 }
}

/** True from the `n`th look on. */
function fromLook(n: number): { (): boolean; looks: number } {
  const hasWork = (): boolean => ++hasWork.looks >= n
  hasWork.looks = 0
  return hasWork
}

describe('waiting', () => {
  it('the main thread never parks', () => {
    expect(() => createWait('park', words(), false)).toThrow(/must not park/)
    expect(() => createWait('spin-then-park', words(), false)).toThrow(/must not park/)
    expect(createWait('spin', words(), false).kind).toBe('spin')
  })

  it('spin looks a bounded number of times, and ends at the first work', async () => {
    const wait = createWait('spin', words(), false, 50)
    const never = fromLook(Number.POSITIVE_INFINITY)
    wait.idle(never)
    expect(never.looks).toBe(50)
    const third = fromLook(3)
    wait.idle(third)
    expect(third.looks).toBe(3)
    await wait.idleAsync(never)
    expect(never.looks).toBe(100)
  })

  it('park looks once more after it has said so, and ends by itself', async () => {
    for (const kind of ['park', 'spin-then-park'] as const) {
      const at = words()
      const wait = createWait(kind, at, true, 8, 1)
      const parkedAtLook: number[] = []
      const look = (): boolean => parkedAtLook.push(at.words[at.parkedAt] as number) > 100
      wait.idle(look)
      await wait.idleAsync(look)
      expect(parkedAtLook.at(-1)).toBe(1)
      expect(at.words[at.parkedAt]).toBe(0)
    }
  })

  it('does not park where there is work, neither while spinning nor at the last look', async () => {
    for (const [kind, lookThatFinds] of [
      ['spin-then-park', 3],
      ['spin-then-park', 9],
      ['park', 1],
    ] as const) {
      const wait = createWait(kind, words(), true, 8, 60_000)
      const hasWork = fromLook(lookThatFinds)
      wait.idle(hasWork)
      expect(hasWork.looks).toBe(lookThatFinds)
      await wait.idleAsync(() => true)
    }
  })

  it('a doorbell rings only for a parked thread, and ends its wait', async () => {
    const at = words()
    expect(ring(at)).toBe(false)
    expect(at.words[at.doorbellAt]).toBe(0)
    const waiting = createWait('park', at, true, 8, 60_000).idleAsync(() => false)
    expect(ring(at)).toBe(true)
    await waiting
    expect(at.words[at.doorbellAt]).toBe(1)
  })

  it('a spin budget shrinks where spinning is in vain, and grows where it pays', () => {
    const budget = new SpinBudget(800)
    const looksOf = (isDone: { (): boolean; looks: number }): number => {
      budget.spin(isDone)
      return isDone.looks
    }
    const vain = [1, 2, 3].map(() => looksOf(fromLook(Number.POSITIVE_INFINITY)))
    expect(vain).toEqual([800, 200, 100])
    expect(budget.spin(fromLook(100))).toBe(true)
    expect([1].map(() => looksOf(fromLook(Number.POSITIVE_INFINITY)))).toEqual([200])
  })
})
