import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { JOURNAL_FAILED, type JournalFailure } from '../../src/domain/journal.ts'
import { Journal, type JournalOptions } from '../../src/journal/journal.ts'
import { LINE_BYTES_MAX } from '../../src/journal/line.ts'
import { readJournal, scanLines } from '../../src/journal/read.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { FailingFs, ShortWriteFs } from './failing-fs.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidegate-failure-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const open = (options: Partial<JournalOptions> = {}): Journal =>
  Journal.open(dir, { clock: new VirtualClock(7n), ...options })

function watched(journal: Journal): JournalFailure[] {
  const failures: JournalFailure[] = []
  journal.onFailure = (failure) => failures.push(failure)
  return failures
}

describe('Journal durability', () => {
  it('writes nothing for buffered, one write for process, write and sync for power', () => {
    const fs = new FailingFs()
    const journal = open({ fs })
    fs.calls.length = 0
    journal.append('A', 'x', { n: 1 }, 'buffered')
    expect(fs.calls).toEqual([])
    journal.append('B', 'x', { n: 2 })
    expect(fs.calls).toEqual(['write'])
    journal.append('C', 'x', { n: 3 }, 'power')
    expect(fs.calls).toEqual(['write', 'write', 'sync'])
    expect(journal.sync()).toBe(true)
    expect(fs.calls).toHaveLength(3)
    journal.append('D', 'x', {}, 'buffered')
    expect(journal.flush()).toBe(true)
    expect(fs.calls.at(-1)).toBe('write')
    journal.close()
    expect(fs.calls.slice(-2)).toEqual(['sync', 'close'])
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 4 })
  })

  it('syncs the directory with a new segment, and a segment before its successor exists', () => {
    const fs = new FailingFs()
    const journal = open({ fs, segmentBytesMax: 1 })
    expect(fs.calls).toEqual(['open', 'syncDir'])
    journal.append('A', 'x', {})
    fs.calls.length = 0
    journal.maintain()
    expect(fs.calls).toEqual(['sync', 'open', 'syncDir', 'close'])
    journal.append('A', 'x', {}, 'buffered')
    journal.append('A', 'x', {}, 'buffered')
    expect(fs.calls.slice(4)).toEqual(['write', 'sync', 'open', 'syncDir', 'close'])
    journal.close()
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 3 })
  })

  it('goes on after short writes until the line is whole', () => {
    const fs = new ShortWriteFs(7)
    const journal = open({ fs })
    for (let n = 0; n < 5; n++) expect(journal.append('A', 'x', { text: 'ü'.repeat(30) })).toBe(n + 1)
    journal.close()
    expect(fs.calls.filter((call) => call === 'write').length).toBeGreaterThan(50)
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 5 })
  })

  it('writes a record larger than its buffer, and refuses one beyond the limit of a line', () => {
    const journal = open()
    const failures = watched(journal)
    journal.append('A', 'x', {}, 'buffered')
    expect(journal.append('A', 'x', { text: '€'.repeat(300_000) })).toBe(2)
    expect(journal.append('A', 'x', { text: 'a'.repeat(LINE_BYTES_MAX / 4) })).toBe(JOURNAL_FAILED)
    expect(failures).toMatchObject([{ code: 'JOURNAL_TOO_LARGE', seq: 3 }])
    journal.close()
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 2 })
    expect([...readJournal(dir)][1]?.data['text']).toHaveLength(300_000)
  })
})

describe('Journal failures', () => {
  it.each([
    ['write', 'ENOSPC', 'JOURNAL_FULL'],
    ['write', 'EFBIG', 'JOURNAL_FULL'],
    ['write', 'EDQUOT', 'JOURNAL_FULL'],
    ['write', 'EIO', 'JOURNAL_IO'],
    ['sync', 'EIO', 'JOURNAL_IO'],
  ])('K10: %s %s fails the journal once, with a code, for the rest of the run', (on, code, expected) => {
    const fs = new FailingFs(on, 2, code)
    const journal = open({ fs })
    const failures = watched(journal)
    expect(journal.append('A', 'x', { n: 1 }, 'power')).toBe(1)
    expect(journal.append('B', 'x', { n: 2 }, 'power')).toBe(JOURNAL_FAILED)
    const calls = fs.calls.length
    expect(journal.append('C', 'x', { n: 3 })).toBe(JOURNAL_FAILED)
    expect([journal.flush(), journal.sync()]).toEqual([false, false])
    journal.maintain()
    // A sync that is tried again would report success for pages that are lost already.
    expect(fs.calls).toHaveLength(calls)
    expect(failures).toMatchObject([{ code: expected, seq: 2 }])
    expect(journal.failure).toEqual(failures[0])
    expect(journal.events).toBe(1)
    journal.close()
    expect(journal.failure?.code).toBe(expected)
  })

  it('fails when a rotation fails, on the path and off it', () => {
    const off = open({ fs: new FailingFs('open', 2, 'EMFILE'), segmentBytesMax: 1 })
    off.append('A', 'x', {})
    off.maintain()
    expect(off.failure).toMatchObject({ code: 'JOURNAL_IO', seq: 2 })
    off.close()
    rmSync(dir, { recursive: true })
    const on = open({ fs: new FailingFs('syncDir', 2, 'ENOSPC'), segmentBytesMax: 1 })
    on.append('A', 'x', {})
    expect(on.append('A', 'x', {})).toBe(JOURNAL_FAILED)
    expect(on.failure).toMatchObject({ code: 'JOURNAL_FULL', seq: 2 })
    on.close()
  })

  it('a write that makes no progress is an error, not a loop', () => {
    const journal = open({ fs: new ShortWriteFs(0) })
    expect(journal.append('A', 'x', {})).toBe(JOURNAL_FAILED)
    expect(journal.failure?.code).toBe('JOURNAL_IO')
    journal.close()
  })

  it('after close nothing is appended, and closing again is nothing', () => {
    const journal = open({ fs: new FailingFs('close') })
    journal.close()
    journal.close()
    expect(journal.append('A', 'x', {})).toBe(JOURNAL_FAILED)
    expect(journal.failure?.code).toBe('JOURNAL_CLOSED')
  })

  it('a directory that cannot be used is a coded error', () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    expect(() => Journal.open(join(file, 'journal'), { clock: new VirtualClock(7n) })).toThrow(
      expect.objectContaining({ code: 'JOURNAL_IO' }),
    )
    expect(() => verifyJournal(join(file, 'journal'))).toThrow()
    expect(verifyJournal(join(dir, 'nothing'))).toMatchObject({ ok: true, events: 0 })
  })
})

describe('torn tails', () => {
  it('O3: every prefix of the file opens to its whole records, and goes on', () => {
    const journal = open()
    for (let n = 1; n <= 3; n++) journal.append('A', 'x', { n })
    journal.close()
    const path = join(dir, '000001.ndjson')
    const whole = readFileSync(path)
    for (let length = 0; length <= whole.length; length++) {
      const cut = whole.subarray(0, length)
      writeFileSync(path, cut)
      const lines = cut.filter((byte) => byte === 10).length
      const again = open()
      expect(again.events).toBe(lines)
      expect(again.tornTail?.bytes ?? 0).toBe(length - (cut.lastIndexOf(10) + 1))
      expect(again.append('B', 'y', {})).toBe(lines + 1)
      again.close()
      expect(verifyJournal(dir)).toMatchObject({ ok: true, events: lines + 1 })
    }
  })

  it('zeros that a power loss left behind the last record are cut', () => {
    const journal = open()
    journal.append('A', 'x', {})
    journal.close()
    const path = join(dir, '000001.ndjson')
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4_096)]))
    const again = open()
    expect(again.tornTail?.bytes).toBe(4_096)
    again.close()
    expect(verifyJournal(dir).ok).toBe(true)
  })
})

describe('reading', () => {
  it.each([
    '{"seq":1,"ts":"1","mono":"0","kind":"A","actor":"x","data":{}}',
    '{"ts":"1","seq":1,"mono":"0","kind":"A","actor":"x","data":{},"hash":"H"}',
    '{"seq":1,"ts":"1","mono":"0","kind":"A","actor":"x","data":{},"more":1,"hash":"H"}',
    '{"seq":1,"ts":"1","mono":"0","kind":"A","actor":"x","data":null,"hash":"H"}',
    '{"seq":1,"ts":"1","mono":"0","kind":1,"actor":"x","data":{},"hash":"H"}',
    '{"seq":1,"ts":"1","mono":"0","kind":"A","actor":2,"data":{},"hash":"H"}',
    '{"seq":1,"ts":"1","mono":"0","kind":"A", "actor":"x","data":{},"hash":"H"}',
    '{"seq":1,"ts":"1","mono":"0","kind":"A","actor":"x","data":{},,"hash":"H"}',
    '[]',
    '',
  ])('A3: %s is no record', (line) => {
    writeFileSync(join(dir, '000001.ndjson'), `${line.replace('"H"', `"${'0'.repeat(64)}"`)}\n`)
    expect(verifyJournal(dir)).toMatchObject({
      ok: false,
      fault: { code: 'LINE_INVALID', seq: 1, offset: 0 },
    })
    expect(() => [...readJournal(dir)]).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT', exitCode: 5 }),
    )
  })

  it('a line without end is refused before it fills the memory', () => {
    writeFileSync(join(dir, '000001.ndjson'), Buffer.alloc(LINE_BYTES_MAX + 10, 97))
    expect(() => [...scanLines(dir)]).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT', exitCode: 4 }),
    )
  })

  it('a missing segment is a break of the sequence; other files are none of ours', () => {
    const journal = open({ segmentBytesMax: 1 })
    for (let n = 0; n < 4; n++) {
      journal.append('A', 'x', { n })
      journal.maintain()
    }
    journal.close()
    writeFileSync(join(dir, 'README'), 'hello')
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events: 4 })
    rmSync(join(dir, '000002.ndjson'))
    expect(verifyJournal(dir)).toMatchObject({
      ok: false,
      events: 1,
      fault: { code: 'SEQUENCE_BROKEN', seq: 3 },
    })
  })

  it('the iterator leaves a torn tail out and ends with where it stands', () => {
    const journal = open()
    journal.append('A', 'x', { n: 1 })
    journal.append('A', 'x', { n: 2 })
    journal.close()
    const path = join(dir, '000001.ndjson')
    writeFileSync(path, readFileSync(path).subarray(0, -3))
    const iterator = readJournal(dir)
    expect(iterator.next().value).toMatchObject({ seq: 1 })
    expect(iterator.next()).toMatchObject({ done: true, value: { events: 1, fault: { code: 'TORN_TAIL' } } })
  })

  it('names with quotes and unknown actors by the thousand keep their text', () => {
    const journal = open()
    for (let n = 0; n < 1_100; n++) journal.append('A "b"', `actor ${n} \\`, { n })
    expect(journal.contentHead).toBe(verifyJournal(dir).content_sha256)
    journal.close()
    expect([...readJournal(dir)].at(-1)).toMatchObject({ kind: 'A "b"', actor: 'actor 1099 \\' })
  })
})
