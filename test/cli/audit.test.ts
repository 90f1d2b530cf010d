import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { Journal } from '../../src/journal/journal.ts'
import { journalDir } from '../../src/journal/segments.ts'
import { writeStory } from '../journal/story.ts'
import { inProcess as tidegate } from './in-process.ts'

let stateDir: string
let events: number
let head: string
let content: string

beforeAll(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tidegate-audit-'))
  const journal = Journal.open(journalDir(stateDir), { clock: new VirtualClock(1_723_161_268_501_000_007n) })
  writeStory(journal)
  ;({ events, head, contentHead: content } = journal)
  journal.close()
})
afterAll(() => {
  rmSync(stateDir, { recursive: true, force: true })
})

describe('tidegate audit', () => {
  it('A3: verify says that all records verify, with both heads', async () => {
    const { code, stdout } = await tidegate(['audit', 'verify', '--state-dir', stateDir])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${events} records verify\nhead ${head}\ncontent_sha256 ${content}\n`,
    })
    const json = await tidegate(['audit', 'verify', '--json', journalDir(stateDir)])
    expect(JSON.parse(json.stdout)).toEqual({ ok: true, events, head, content_sha256: content, fault: null })
  })

  it('A3: a changed record is exit code 5 with its sequence, for every command that reads it', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'tidegate-audit-'))
    const bytes = readFileSync(join(journalDir(stateDir), '000001.ndjson'), 'utf8')
    writeFileSync(join(copy, '000001.ndjson'), bytes.replace('"qty":100', '"qty":900'))
    const verify = await tidegate(['audit', 'verify', '--json', copy])
    expect(verify.code).toBe(5)
    expect(JSON.parse(verify.stdout)).toMatchObject({
      ok: false,
      events: 1,
      fault: { code: 'HASH_MISMATCH', seq: 2 },
    })
    expect((await tidegate(['audit', 'verify', copy])).stdout).toContain('1 records verify, then: ')
    expect((await tidegate(['audit', 'show', copy])).code).toBe(5)
    expect((await tidegate(['explain', 'tg-a-1-1', copy])).code).toBe(5)
    rmSync(copy, { recursive: true })
  })

  it('A3: show filters and limits', async () => {
    const shown = await tidegate(['audit', 'show', '--json', '--kind', 'report', '--limit', '2', stateDir])
    const document = JSON.parse(shown.stdout) as { events: number; records: { seq: number; data: unknown }[] }
    expect(document.events).toBe(events)
    expect(document.records.map(({ seq }) => seq)).toEqual([11, 18])
    expect(document.records[1]?.data).toMatchObject({ report: 'canceled' })
    const lines = await tidegate([
      'audit',
      'show',
      '--state-dir',
      stateDir,
      '--from',
      '2',
      '--to',
      '3',
      '--limit',
      '0',
    ])
    expect(lines.stdout).toMatch(
      /^2 2024-08-08T23:54:28\.501000007Z INTENT strategy:sma \{.*\n3 .* SUBMITTED .*\n$/,
    )
  })

  it('names what is wrong with the words after it', async () => {
    expect(await tidegate(['audit'])).toMatchObject({ code: 2 })
    expect(await tidegate(['audit', 'verfy'])).toMatchObject({ code: 2 })
    expect((await tidegate(['audit', 'verify'])).stderr).toContain('--state-dir DIR')
    expect((await tidegate(['audit', 'show', stateDir, '--limit', 'many'])).stderr).toContain(
      'not a whole number',
    )
    const missing = await tidegate(['audit', 'verify', tmpdir()])
    expect([missing.code, missing.stderr]).toEqual([4, expect.stringContaining('there is no journal in')])
  })

  it('A3: a file where a folder is due is data that cannot be read, with its name and no stack', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-audit-'))
    writeFileSync(journalDir(folder), '')
    for (const place of [import.meta.filename, folder])
      for (const word of ['verify', 'show']) {
        const { code, stderr } = await tidegate(['audit', word, place])
        expect([code, stderr]).toEqual([4, expect.stringContaining(`there is no journal in ${place}`)])
        expect(stderr).not.toMatch(/^\s+at /m)
      }
    rmSync(folder, { recursive: true })
  })
})

describe('tidegate explain', () => {
  it('A3: tells the story to people', async () => {
    const { code, stdout } = await tidegate(['explain', 'tg-a-1-1', '--state-dir', stateDir])
    expect(code).toBe(0)
    expect(stdout).toContain('order     id tg-a-1-1 · venue_order_id 881 · symbol BTCUSDT')
    expect(stdout).toContain('tick      seq 41 · event_time 2024-08-08T23:54:28.092000000Z')
    expect(stdout).toContain('check     pass  order_value_max  61.8298 against 10000 notional')
    expect(stdout).toContain('fill      trade_id t1')
    expect(stdout).toMatch(/REPORT by venue:sim → FILLED {2}fill 0\.0005 at 61829\.8, trade t2\n/)
  })

  it('A3: tells it as one document', async () => {
    const { stdout } = await tidegate(['explain', '#12', stateDir, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      order: { state: 'DENIED', reason: 'MARKET_CLOSED' },
      tick: null,
    })
  })

  it('an order that is not there is an error', async () => {
    expect(await tidegate(['explain', 'tg-x', stateDir])).toMatchObject({ code: 1, stdout: '' })
    expect(await tidegate(['explain', '--state-dir', stateDir])).toMatchObject({ code: 2 })
  })
})
