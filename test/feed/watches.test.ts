import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DECODE_CODE } from '../../src/domain/decode-codes.ts'
import { TICK_FLAG } from '../../src/domain/tick.ts'
import { ClockWatch } from '../../src/feed/clock-watch.ts'
import { PRICE_VERDICT, PriceWatch } from '../../src/feed/price-watch.ts'
import { ExchangeIds, RisingIds } from '../../src/feed/trade-memory.ts'

const SECOND = 1e9
const HOUR = 3_600e9
const { FUTURE, LATE } = TICK_FLAG

describe('ClockWatch', () => {
  const watch = (): ClockWatch => new ClockWatch(5_000, 60_000)

  it.each([0, 1.27 * SECOND, -400 * 86_400 * SECOND])(
    'P5: a constant difference of %d ns loses nothing',
    (offset) => {
      const clock = watch()
      const flags = Array.from({ length: 100 }, (_, i) =>
        clock.judge(i * SECOND + offset, i * SECOND + (i % 7) * 1e7),
      )
      expect(flags.every((flag) => flag === 0)).toBe(true)
      expect(Math.abs(clock.offsetNs - offset)).toBeLessThan(1e8)
    },
  )

  it('P5: bounds hold beyond the estimate, and what is out of bounds does not move it', () => {
    const clock = watch()
    for (let i = 0; i < 30; i++) clock.judge(i * SECOND + SECOND, i * SECOND)
    const before = clock.offsetNs
    expect(clock.judge(100 * SECOND + 5.9 * SECOND, 100 * SECOND)).toBe(0)
    expect(clock.judge(101 * SECOND + HOUR, 101 * SECOND)).toBe(FUTURE)
    expect(clock.judge(102 * SECOND - HOUR, 102 * SECOND)).toBe(LATE)
    expect(clock.judge(103 * SECOND - 50 * SECOND, 103 * SECOND)).toBe(0)
    expect(Math.abs(clock.offsetNs - before)).toBeLessThan(2.5 * SECOND)
  })

  it('P5: a first tick that is wrong costs two more, a changed clock nineteen', () => {
    const early = watch()
    early.judge(HOUR, 0)
    expect([1, 2, 3, 4].map((i) => early.judge(i * SECOND, i * SECOND))).toEqual([LATE, LATE, 0, 0])
    const settled = watch()
    for (let i = 0; i < 30; i++) settled.judge(i * SECOND, i * SECOND)
    const flags = Array.from({ length: 22 }, (_, i) =>
      settled.judge((40 + i) * SECOND + HOUR, (40 + i) * SECOND),
    )
    expect(flags.filter((flag) => flag === FUTURE)).toHaveLength(19)
    expect(flags.slice(19)).toEqual([0, 0, 0])
  })

  it('P5: faults spread over good ticks are no new clock', () => {
    const clock = watch()
    for (let i = 0; i < 200; i++) {
      expect(clock.judge(i * SECOND, i * SECOND)).toBe(0)
      expect(clock.judge(i * SECOND + HOUR, i * SECOND)).toBe(FUTURE)
    }
  })
})

describe('PriceWatch', () => {
  const { PLAUSIBLE, TOO_HIGH, TOO_LOW } = PRICE_VERDICT

  it('flags what is more than the ratio away, either way', () => {
    const watch = new PriceWatch(5)
    expect(watch.judge(1)).toBe(PLAUSIBLE)
    watch.accept(1_000)
    expect([5_000, 5_001, 200, 199, 0, -5].map((price) => watch.judge(price))).toEqual([
      PLAUSIBLE,
      TOO_HIGH,
      PLAUSIBLE,
      TOO_LOW,
      PLAUSIBLE,
      PLAUSIBLE,
    ])
  })

  it('takes the middle of the quote before the first trade', () => {
    const watch = new PriceWatch(5)
    watch.quote(990, 1_010)
    expect(watch.judge(10_000)).toBe(TOO_HIGH)
  })

  it('P5: a quote from nothing to a fortune tells nothing of the first trade', () => {
    const watch = new PriceWatch(5)
    watch.quote(1, 19_999_999)
    expect(watch.judge(17_905)).toBe(PRICE_VERDICT.PLAUSIBLE)
    watch.quote(17_900, 17_910)
    watch.quote(1, 19_999_999)
    expect(watch.judge(179_050)).toBe(PRICE_VERDICT.TOO_HIGH)
  })

  it('P5: a quote whose bid is negative is no reference, and ends the one before', () => {
    for (const [bid, ask] of [
      [-1, 2],
      [-3, -2],
      [0, 2],
    ] as const) {
      const watch = new PriceWatch(5)
      watch.quote(290, 310)
      watch.quote(bid, ask)
      expect(watch.judge(2)).toBe(PLAUSIBLE)
      watch.quote(290, 310)
      expect(watch.judge(2)).toBe(TOO_LOW)
    }
  })

  it('takes twenty in a row within 10 % as a new level, and the twentieth is accepted', () => {
    const watch = new PriceWatch(5)
    watch.accept(1_000)
    const verdicts = Array.from({ length: 20 }, (_, i) => watch.judge(10_000 + i * 50))
    expect(verdicts.slice(0, 19).every((verdict) => verdict === TOO_HIGH)).toBe(true)
    expect(verdicts[19]).toBe(PLAUSIBLE)
  })

  it('begins the row anew at a plausible trade, and at one that is off the level', () => {
    const watch = new PriceWatch(5)
    watch.accept(1_000)
    for (let i = 0; i < 19; i++) watch.judge(10_000)
    expect(watch.judge(1_000)).toBe(PLAUSIBLE)
    for (let i = 0; i < 19; i++) expect(watch.judge(10_000)).toBe(TOO_HIGH)
    expect(watch.judge(20_000)).toBe(TOO_HIGH)
    for (let i = 0; i < 18; i++) expect(watch.judge(20_000)).toBe(TOO_HIGH)
    expect(watch.judge(20_000)).toBe(PLAUSIBLE)
  })
})

const EXACT = DECODE_CODE.duplicate_exact.n
const REPEATED_LATE = DECODE_CODE.duplicate_late.n
const STALE = DECODE_CODE.stale_trade_id.n

describe('RisingIds', () => {
  it('F6: tells the same again, the same late, and an id from the past', () => {
    const ids = new RisingIds()
    for (const id of [10, 11, 12, 20]) {
      expect(ids.find(id, 0, 100 + id, 1)).toBe(0)
      ids.accept(id, 0, 100 + id, 1)
    }
    expect(ids.find(20, 0, 120, 1)).toBe(EXACT)
    expect(ids.find(20, 0, 121, 1)).toBe(STALE)
    expect(ids.find(11, 0, 111, 1)).toBe(REPEATED_LATE)
    expect(ids.find(15, 0, 111, 1)).toBe(STALE)
    expect(ids.find(21, 0, 1, 1)).toBe(0)
  })

  it('F6: remembers a thousand trades and still knows older ids as stale', () => {
    const ids = new RisingIds()
    for (let id = 0; id < 5_000; id++) ids.accept(id, 0, id, 1)
    expect(ids.find(4_500, 0, 4_500, 1)).toBe(REPEATED_LATE)
    expect(ids.find(100, 0, 100, 1)).toBe(STALE)
  })

  it('F6: forgets a trade only for one whose id lies a multiple of 1,024 above, however ids are spread', () => {
    const steps = fc.array(fc.constantFrom(1, 2, 63, 64, 128, 1_000, 1_024, 4_096), { maxLength: 200 })
    fc.assert(
      fc.property(steps, (rises) => {
        const ids = new RisingIds()
        const byPlace = new Map<number, number>()
        let id = 0
        for (const rise of rises) {
          id += rise
          ids.accept(id, 0, id, 1)
          byPlace.set(id % 1_024, id)
        }
        for (const kept of byPlace.values()) expect(ids.has(kept, 0, kept, 1)).toBe(true)
        const known = [...byPlace.values()]
        for (let old = 0; old <= id; old += 1 + Math.floor(id / 500)) {
          expect(ids.has(old, 0, old, 1)).toBe(known.includes(old))
        }
      }),
    )
  })
})

describe('jumps of ids', () => {
  it('F6: an id far beyond the last is a jump, twenty rising ones are a new series', () => {
    const ids = new RisingIds()
    expect(ids.jumps(1e15)).toBe(false)
    ids.accept(100, 0, 1, 1)
    expect([101, 1e9 + 100, 1e9 + 101, 1e15].map((id) => ids.jumps(id))).toEqual([false, false, true, true])
    expect(ids.jumps(102)).toBe(false)
    const jumps = Array.from({ length: 20 }, (_, i) => ids.jumps(2e9 + i))
    expect(jumps.filter((jump) => jump)).toHaveLength(19)
    expect(jumps[19]).toBe(false)
  })

  it('F6: an exchange whose ids go up and down has no jumps', () => {
    const ordered = new ExchangeIds()
    for (let id = 0; id < 200; id++) ordered.accept(id, 81, id, 1)
    expect(ordered.jumps(1e15)).toBe(true)
    const mixed = new ExchangeIds()
    for (let id = 0; id < 200; id++) {
      const next = id % 2 === 0 ? id : 1e13 + id
      if (mixed.find(next, 81, id, 1) === 0) mixed.accept(next, 81, id, 1)
    }
    expect(mixed.jumps(1e15)).toBe(false)
  })
})

describe('ExchangeIds', () => {
  it('F6: the same id of two exchanges is two trades', () => {
    const ids = new ExchangeIds()
    ids.accept(7, 81, 100, 1)
    expect(ids.find(7, 80, 100, 1)).toBe(0)
    ids.accept(7, 80, 100, 1)
    expect(ids.find(7, 80, 100, 1)).toBe(EXACT)
    expect(ids.has(7, 80, 100, 1)).toBe(true)
  })

  it('F6: lower ids are stale while ids have been rising, and accepted from a feed whose ids jump', () => {
    const rising = new ExchangeIds()
    for (let id = 1_000; id < 1_200; id++) rising.accept(id, 81, id, 1)
    expect(rising.find(5, 81, 1, 1)).toBe(STALE)
    const jumping = new ExchangeIds()
    let dropped = 0
    for (let i = 0; i < 2_000; i++) {
      const id = (i * 7_919) % 100_000
      if (jumping.find(id, 81, i, 1) === 0) jumping.accept(id, 81, i, 1)
      else dropped++
    }
    expect(dropped).toBeLessThan(5)
  })
})
