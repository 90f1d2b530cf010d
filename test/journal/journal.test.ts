import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import type { JournalRecord } from '../../src/domain/journal.ts'
import { Journal } from '../../src/journal/journal.ts'
import { readJournal } from '../../src/journal/read.ts'
import { verifyJournal } from '../../src/journal/verify.ts'

let dir: string
const clock = (startUtcNs = 1_723_161_268_501_000_000n): VirtualClock => new VirtualClock(startUtcNs)

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidegate-journal-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

describe('Journal', () => {
  it('A3: a record has the keys of the contract in their order, and sha256 over the line without its hash', () => {
    const journal = Journal.open(dir, { clock: clock() })
    expect(journal.append('INTENT', 'strategy:sma', { id: 'tg-a-0-1', qty: 5 })).toBe(1)
    journal.append('SUBMITTED', 'engine', { id: 'tg-a-0-1' })
    journal.close()
    const lines = readFileSync(join(dir, '000001.ndjson'), 'utf8').trimEnd().split('\n')
    let previous = '0'.repeat(64)
    for (const line of lines) {
      const record = JSON.parse(line) as JournalRecord
      expect(Object.keys(record)).toEqual(['seq', 'ts', 'mono', 'kind', 'actor', 'data', 'hash'])
      const body = line.replace(/,"hash":"[0-9a-f]{64}"/, '')
      expect(record.hash).toBe(createHash('sha256').update(`${previous}\n${body}`).digest('hex'))
      previous = record.hash
    }
    expect(journal.head).toBe(previous)
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 2, head: previous })
  })

  it('A3: the content hash knows no clock, no durations and no boot', () => {
    const write = (at: string, startUtcNs: bigint, boot: number): string => {
      const journal = Journal.open(join(dir, at), { clock: clock(startUtcNs) })
      journal.append('BOOT', 'engine', { boot, mode: 'paper' })
      journal.append('INTENT', 'strategy:sma', { id: 'x', durations: { risk: boot * 7 } })
      const head = journal.contentHead
      journal.close()
      expect(verifyJournal(join(dir, at))).toMatchObject({ ok: true, content_sha256: head })
      return head
    }
    expect(write('a', 1n, 1)).toBe(write('b', 99n, 2))
  })

  it('O3: a torn tail is cut off, reported, and the chain goes on', () => {
    const journal = Journal.open(dir, { clock: clock() })
    journal.append('A', 'x', { n: 1 })
    journal.append('B', 'x', { n: 2 })
    journal.close()
    const path = join(dir, '000001.ndjson')
    const whole = readFileSync(path)
    writeFileSync(path, whole.subarray(0, whole.length - 7))
    expect(verifyJournal(dir)).toMatchObject({ ok: false, events: 1, fault: { code: 'TORN_TAIL', seq: 2 } })
    const again = Journal.open(dir, { clock: clock() })
    expect(again.tornTail).toMatchObject({ segment: path })
    expect(again.events).toBe(1)
    again.append('C', 'x', { n: 3 })
    again.close()
    expect([...readJournal(dir)].map(({ kind }) => kind)).toEqual(['A', 'C'])
    expect(verifyJournal(dir).ok).toBe(true)
  })

  it('A3: a changed byte, a removed line and an inserted line are each found', () => {
    const journal = Journal.open(dir, { clock: clock() })
    for (let n = 1; n <= 5; n++) journal.append('A', 'x', { n })
    journal.close()
    const path = join(dir, '000001.ndjson')
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const check = (changed: string[]): unknown => {
      writeFileSync(path, `${changed.join('\n')}\n`)
      const verdict = verifyJournal(dir)
      expect(verdict.ok).toBe(false)
      expect(() => Journal.open(dir, { clock: clock() })).toThrow(
        expect.objectContaining({ code: 'JOURNAL_CORRUPT' }),
      )
      return verdict.fault
    }
    const swap = (i: number, line: string): string[] => lines.map((old, at) => (at === i ? line : old))
    expect(check(swap(2, (lines[2] as string).replace('"n":3', '"n":4')))).toMatchObject({
      code: 'HASH_MISMATCH',
      seq: 3,
    })
    expect(check(lines.filter((_, i) => i !== 1))).toMatchObject({ code: 'SEQUENCE_BROKEN', seq: 3 })
    expect(check([...lines.slice(0, 2), 'null', ...lines.slice(2)])).toMatchObject({
      code: 'LINE_INVALID',
      seq: 3,
    })
  })

  it('rotates into further segments and resumes the chain over them', () => {
    const options = { clock: clock(), segmentBytesMax: 2_000 }
    const journal = Journal.open(dir, options)
    for (let n = 1; n <= 50; n++) {
      journal.append('A', 'x', { n, text: 'é'.repeat(20) }, n % 3 === 0 ? 'buffered' : 'process')
      journal.maintain()
    }
    journal.close()
    expect(readdirSync(dir).length).toBeGreaterThan(3)
    const seen: number[] = []
    const again = Journal.open(dir, { ...options, onRecord: ({ seq }) => seen.push(seq) })
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    expect(again.head).toBe(journal.head)
    expect(again.contentHead).toBe(journal.contentHead)
    expect(again.append('B', 'x', {})).toBe(51)
    again.close()
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 51 })
  })

  it('A3: the content chain may lie thousands of records behind and still ends where verification does', () => {
    const journal = Journal.open(dir, { clock: clock() })
    for (let n = 1; n <= 9_000; n++) journal.append('A', 'x', { n }, 'buffered')
    const head = journal.contentHead
    journal.append('A', 'x', { n: 9_001 })
    expect(journal.contentHead).not.toBe(head)
    expect(verifyJournal(dir).content_sha256).toBe(journal.contentHead)
    journal.close()
  })

  it('refuses to cut a torn line that is not the last thing in the journal', () => {
    const journal = Journal.open(dir, { clock: clock(), segmentBytesMax: 100 })
    for (let n = 1; n <= 6; n++) {
      journal.append('A', 'x', { n })
      journal.maintain()
    }
    journal.close()
    appendFileSync(join(dir, '000001.ndjson'), '{"half":')
    expect(() => Journal.open(dir, { clock: clock() })).toThrow(/TORN_TAIL/)
  })
})
