import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { JOURNAL_FAILED, type JournalPort } from '../../src/domain/journal.ts'
import { Journal } from '../../src/journal/journal.ts'
import { ResumedJournal } from '../../src/journal/resume.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { FailingFs } from './failing-fs.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidegate-resume-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const open = (at = dir): Journal => Journal.open(at, { clock: new VirtualClock(7n), segmentBytesMax: 1_000 })

/** What a deterministic run appends, up to a record. */
function run(journal: JournalPort, from: number, to: number): void {
  for (let n = from; n <= to; n++) {
    const data = { id: `o${n}`, features: { 20: 0.1, sma: n / 3 } }
    const seq =
      n % 2 === 0
        ? journal.append('INTENT', 'strategy:sma', data)
        : journal.appendText(
            'REPORT',
            'venue:sim',
            JSON.stringify({ ...data, durations: { a: Number(journal.events) } }),
            'buffered',
          )
    expect(seq).toBeGreaterThan(0)
    journal.maintain()
  }
}

describe('ResumedJournal', () => {
  it('O3: a run that goes on compares what is stored, then appends, and ends like an unbroken one', () => {
    const first = open()
    run(first, 1, 10)
    first.close()
    const bytes = readFileSync(join(dir, '000001.ndjson'))
    const resumed = new ResumedJournal(open())
    expect(resumed.comparing).toBe(true)
    run(resumed, 1, 10)
    expect(readFileSync(join(dir, '000001.ndjson'))).toEqual(bytes)
    expect([resumed.comparing, resumed.compared, resumed.events, resumed.failure]).toEqual([
      false,
      10,
      10,
      null,
    ])
    run(resumed, 11, 15)
    expect(resumed.flush()).toBe(true)
    resumed.close()
    const unbroken = join(dir, 'unbroken')
    const other = open(unbroken)
    run(other, 1, 15)
    expect(resumed.contentHead).toBe(other.contentHead)
    expect(resumed.head).toBe(verifyJournal(dir).head)
    other.close()
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 15, content_sha256: other.contentHead })
  })

  it('O3: records of the run and of operators are neither expected nor swallowed', () => {
    const first = open()
    first.append('BOOT', 'engine', { boot: 0 })
    run(first, 1, 3)
    first.append('CONTROL', 'operator:ann', { scope: 'all' })
    first.append('CANCEL', 'operator:ann', { id: 'o1' })
    run(first, 4, 5)
    first.close()
    const passed: number[] = []
    const resumed = new ResumedJournal(open(), ({ seq }) => passed.push(seq))
    expect(passed).toEqual([1])
    expect(resumed.append('BOOT', 'engine', { boot: 0 })).toBe(9)
    expect(resumed.append('RECOVERY', 'recovery', {})).toBe(10)
    run(resumed, 1, 3)
    expect(passed).toEqual([1, 5, 6])
    run(resumed, 4, 6)
    resumed.close()
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 11 })
    const third = new ResumedJournal(open(), ({ seq }) => passed.push(seq))
    run(third, 1, 6)
    expect([third.comparing, third.events]).toEqual([false, 11])
    expect(passed).toEqual([1, 5, 6, 1, 5, 6, 9, 10])
    third.close()
  })

  it.each([
    ['other data', 'INTENT', 'strategy:sma', { id: 'o2', features: { 20: 0.1, sma: 0.67 } }],
    ['another kind', 'DENIED', 'strategy:sma', { id: 'o2', features: { 20: 0.1, sma: 2 / 3 } }],
    ['another actor', 'INTENT', 'strategy:ema', { id: 'o2', features: { 20: 0.1, sma: 2 / 3 } }],
  ])('O3: %s is a divergence that fails the journal for good', (_what, kind, actor, data) => {
    const first = open()
    run(first, 1, 4)
    first.close()
    const resumed = new ResumedJournal(open())
    const failures: unknown[] = []
    resumed.onFailure = (failure) => failures.push(failure)
    run(resumed, 1, 1)
    expect(resumed.append(kind, actor, data)).toBe(JOURNAL_FAILED)
    expect(failures).toMatchObject([{ code: 'RECOVERY_DIVERGED', seq: 2 }])
    expect(resumed.failure?.message).toContain('record 2 is INTENT')
    expect(resumed.append('BOOT', 'engine', {})).toBe(JOURNAL_FAILED)
    expect(resumed.append('INTENT', 'strategy:sma', {})).toBe(JOURNAL_FAILED)
    resumed.close()
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 4 })
  })

  it('passes on the failure of the journal behind it', () => {
    const journal = Journal.open(dir, { clock: new VirtualClock(7n), fs: new FailingFs('write') })
    const resumed = new ResumedJournal(journal)
    const failures: unknown[] = []
    resumed.onFailure = (failure) => failures.push(failure)
    expect(resumed.append('INTENT', 'x', {})).toBe(JOURNAL_FAILED)
    expect(failures).toMatchObject([{ code: 'JOURNAL_IO' }])
    expect(resumed.failure?.code).toBe('JOURNAL_IO')
    resumed.close()
  })
})
