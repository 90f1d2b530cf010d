import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTimers } from '../../src/core/timers.ts'
import { FirstLooks } from '../../src/engine/first-looks.ts'
import { KillSweeps } from '../../src/engine/kill-sweeps.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
/** Pauses between sweeps that fail at once: they double up to ten seconds. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]

interface Ending {
  readonly end: (verified: boolean) => void
  readonly signal: AbortSignal
}

/** Sweeps whose ends the test decides. */
class Swept {
  readonly standing = new Set<string>()
  readonly open = new Set<string>()
  due = true
  readonly stop = new AbortController()
  /** scopes, in the order of their sweeps */
  readonly begun: string[] = []
  readonly #ends: Ending[] = []
  readonly sweeps = new KillSweeps({
    stands: (scope) => this.standing.has(scope),
    isOpen: (scope) => this.open.has(scope),
    isDue: () => this.due,
    sweep: (scope, signal) => {
      this.begun.push(scope)
      return new Promise((resolve) => {
        const end = (verified: boolean): void => resolve({ verified })
        this.#ends.push({ end, signal })
        signal.addEventListener('abort', () => end(false), { once: true })
      })
    },
    stop: this.stop.signal,
  })

  kill(scope: string): void {
    this.standing.add(scope)
    this.sweeps.follow(scope)
  }

  rearm(scope: string): void {
    this.standing.delete(scope)
    this.sweeps.cleared()
  }

  /** Ends the oldest sweep; whether it was broken off before. */
  async end(verified: boolean): Promise<boolean> {
    const { end, signal } = this.#ends.shift() as Ending
    const { aborted } = signal
    end(verified)
    await pass(0)
    return aborted
  }

  /** Nothing waits and nothing comes again. */
  async expectOver(): Promise<void> {
    const begun = this.begun.length
    await pass(3_600_000)
    expect(this.begun).toHaveLength(begun)
    expect(openTimers().filter(({ owner }) => owner.startsWith('kill'))).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  }
}

describe('the sweeps of a kill', () => {
  it('K13: one that is verified and leaves nothing is the last, until the next kill', async () => {
    const swept = new Swept()
    swept.kill('all')
    await swept.end(true)
    await swept.expectOver()
    swept.kill('all')
    await swept.end(true)
    expect(swept.begun).toEqual(['all', 'all'])
    await swept.expectOver()
  })

  it('K13, S12: go on with a pause that grows and is bounded while the kill stands; the re-arm ends it', async () => {
    const swept = new Swept()
    swept.kill('all')
    for (const [index, pauseMs] of PAUSES_MS.entries()) {
      await swept.end(false)
      expect(openTimers().map(({ owner }) => owner)).toContain('kill: the next sweep')
      await pass(pauseMs - 1)
      expect(swept.begun).toHaveLength(index + 1)
      await pass(1)
      expect(swept.begun).toHaveLength(index + 2)
    }
    await swept.end(false)
    swept.rearm('all')
    await swept.expectOver()
  })

  it('K13: an order that is open by our books when a sweep ends is swept again', async () => {
    const swept = new Swept()
    swept.kill('all')
    swept.open.add('all')
    await swept.end(true)
    await pass(500)
    swept.open.clear()
    await swept.end(true)
    expect(swept.begun).toEqual(['all', 'all'])
    await swept.expectOver()
  })

  it('K13: kills of a scope while it is swept join that sweep, each scope has its own', async () => {
    const swept = new Swept()
    for (const scope of ['symbol:A', 'symbol:A', 'symbol:B', 'symbol:A']) swept.kill(scope)
    expect(swept.begun).toEqual(['symbol:A', 'symbol:B'])
    await swept.end(true)
    await swept.end(true)
    await swept.expectOver()
  })

  it('K13: kills of parts join a sweep of everything, and what it leaves there is swept', async () => {
    const swept = new Swept()
    for (const scope of ['all', 'symbol:A', 'symbol:B']) swept.kill(scope)
    swept.open.add('symbol:B')
    expect(swept.begun).toEqual(['all'])
    swept.rearm('all')
    await pass(0)
    expect(swept.begun).toEqual(['all', 'symbol:B'])
    await swept.end(false)
    await swept.end(true)
    swept.open.clear()
    await pass(500)
    await swept.end(true)
    await swept.expectOver()
    expect(swept.begun).toEqual(['all', 'symbol:B', 'symbol:B'])
  })

  it('K13: a kill of everything waits for no part', async () => {
    const swept = new Swept()
    swept.kill('symbol:A')
    swept.kill('all')
    expect(swept.begun).toEqual(['symbol:A', 'all'])
    // The part is left, and from then on it is everything's.
    swept.open.add('symbol:A')
    await swept.end(false)
    await pass(500)
    expect(swept.begun).toEqual(['symbol:A', 'all'])
    swept.open.clear()
    await swept.end(true)
    await swept.expectOver()
  })

  it('K13: a re-arm ends the sweep that runs, and a kill after it has one of its own', async () => {
    const swept = new Swept()
    swept.kill('all')
    swept.kill('strategy:a')
    swept.rearm('strategy:a')
    swept.rearm('all')
    swept.kill('all')
    expect(swept.begun).toEqual(['all', 'all'])
    expect(await swept.end(false)).toBe(true)
    swept.kill('all')
    expect(swept.begun).toEqual(['all', 'all'])
    expect(await swept.end(true)).toBe(false)
    await swept.expectOver()
  })

  it('K13: what is cleared beside a kill does not end its sweep', async () => {
    const swept = new Swept()
    swept.kill('all')
    swept.sweeps.cleared()
    expect(await swept.end(true)).toBe(false)
    await swept.expectOver()
  })

  it('K13: a kill that was re-armed before anybody followed it cancels nothing', async () => {
    const swept = new Swept()
    swept.sweeps.follow('all')
    await swept.expectOver()
    expect(swept.begun).toEqual([])
  })

  it.each(['while a sweep runs', 'between two sweeps', 'before the kill'])(
    'S1: the shutdown takes over %s',
    async (when) => {
      const swept = new Swept()
      if (when === 'before the kill') swept.stop.abort()
      swept.kill('all')
      if (when === 'between two sweeps') await swept.end(false)
      swept.stop.abort()
      await swept.expectOver()
      expect(swept.begun).toHaveLength(when === 'before the kill' ? 0 : 1)
    },
  )

  it('K13: a venue that comes is swept at once, also where it came during a sweep', async () => {
    const swept = new Swept()
    swept.due = false
    swept.kill('all')
    await pass(3_000)
    expect(swept.begun).toEqual([])
    swept.due = true
    swept.sweeps.wake()
    await pass(0)
    expect(swept.begun).toEqual(['all'])
    swept.sweeps.wake()
    await swept.end(false)
    expect(swept.begun).toEqual(['all', 'all'])
    await swept.end(false)
    await pass(1_000)
    expect(swept.begun).toEqual(['all', 'all', 'all'])
    await swept.end(true)
    await swept.expectOver()
  })
})

describe('the first looks at venues after a start', () => {
  interface Looks {
    readonly looks: FirstLooks
    readonly see: (() => void)[]
    readonly stop: AbortController
    readonly changes: () => number
  }
  function looksAt(...venues: string[]): Looks {
    const stop = new AbortController()
    const each = venues.map((venue) => ({ venue, ...Promise.withResolvers<void>() }))
    let changes = 0
    const looks = new FirstLooks(
      each.map(({ venue, promise }) => ({ venue, looked: promise })),
      ...([8_000, stop.signal, () => changes++] as const),
    )
    return { looks, see: each.map(({ resolve }) => resolve), stop, changes: () => changes }
  }

  it('K13: each venue may be acted upon from its own first look on, whatever the others do', async () => {
    const { looks, see, changes } = looksAt('a', 'b')
    expect([looks.has('a'), looks.has('b'), looks.all]).toEqual([false, false, false])
    see[0]?.()
    await pass(0)
    expect([looks.has('a'), looks.has('b'), looks.all, changes()]).toEqual([true, false, false, 1])
    see[1]?.()
    await looks.over
    expect([looks.has('b'), looks.all, changes()]).toEqual([true, true, 2])
  })

  it('K13: after the limit also those that were not looked at; a look that comes later is told all the same', async () => {
    const { looks, see, changes } = looksAt('a', 'b')
    await pass(7_999)
    expect([looks.all, changes()]).toEqual([false, 0])
    await pass(1)
    await looks.over
    expect([looks.has('a'), looks.all, changes()]).toEqual([true, true, 1])
    see[1]?.()
    await pass(0)
    expect(changes()).toBe(2)
  })

  it('S12: after the end of the run nothing is waited for, and nobody is told', async () => {
    const { looks, see, stop, changes } = looksAt('a')
    let over = false
    void looks.over.then(() => {
      over = true
    })
    stop.abort()
    see[0]?.()
    await pass(3_600_000)
    expect([looks.all, over, changes(), vi.getTimerCount()]).toEqual([false, false, 0, 0])
  })
})
