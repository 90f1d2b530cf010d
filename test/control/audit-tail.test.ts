import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { auditTail } from '../../src/control/audit-tail.ts'
import { segmentName } from '../../src/journal/segments.ts'
import { temporaryFolder } from './support.ts'

/** A journal of `counts` records by segment, some of them long. */
function journal(...counts: number[]): string {
  const folder = path.join(temporaryFolder(), 'journal')
  mkdirSync(folder)
  let seq = 0
  for (const [index, count] of counts.entries()) {
    let text = ''
    for (let n = 0; n < count; n++) {
      seq++
      const kind = seq % 3 === 0 ? 'CONTROL' : 'REPORT'
      text += `${JSON.stringify({ seq, kind, data: { pad: 'x'.repeat((seq * 37) % 900) } })}\n`
    }
    writeFileSync(path.join(folder, segmentName(index + 1)), text)
  }
  return folder
}

async function seqs(folder: string, query: object = {}): Promise<number[]> {
  const { status, body } = await auditTail(folder, query as Record<string, unknown>)
  expect(status).toBe(200)
  return (body as { records: { seq: number }[] }).records.map(({ seq }) => seq)
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('GET /audit', () => {
  it('A4: gives the newest records, oldest first, over segments', async () => {
    const folder = journal(500, 30, 0)
    expect(await seqs(folder, { limit: '50' })).toEqual(range(481, 530))
    expect(await seqs(folder)).toEqual(range(431, 530))
    expect(await seqs(folder, { limit: 1_000 })).toEqual(range(1, 530))
  })

  it.each([1, 2, 3, 100, 250, 499, 500, 501, 530, 9_999])('A4: gives those before %d', async (before) => {
    const newest = Math.min(before - 1, 530)
    expect(await seqs(journal(500, 30), { before, limit: 5 })).toEqual(range(Math.max(1, newest - 4), newest))
  })

  it('A4: gives those of one kind', async () => {
    expect(await seqs(journal(10, 10), { kind: 'CONTROL', limit: 4 })).toEqual([9, 12, 15, 18])
  })

  it('A4: leaves a line that is still being written out', async () => {
    const folder = journal(3)
    appendFileSync(path.join(folder, segmentName(1)), '{"seq":4,"kind":"REP')
    expect(await seqs(folder)).toEqual([1, 2, 3])
    expect(await seqs(folder, { before: 3 })).toEqual([1, 2])
  })

  it('A4: finds its place among lines longer than a block, damaged ones, and one that never ends', async () => {
    const folder = journal(3)
    const long = (seq: number): string =>
      `${JSON.stringify({ seq, kind: 'REPORT', pad: 'x'.repeat(200_000) })}\n`
    appendFileSync(path.join(folder, segmentName(1)), long(4) + long(5))
    expect(await seqs(folder, { before: 5 })).toEqual([1, 2, 3, 4])
    appendFileSync(path.join(folder, segmentName(1)), `{"seq":6,"pad":"${'x'.repeat(150_000)}`)
    expect(await seqs(folder, { before: 5 })).toEqual([1, 2, 3, 4])
    expect(await seqs(folder)).toEqual([1, 2, 3, 4, 5])
    const begun = journal(0)
    appendFileSync(path.join(begun, segmentName(1)), `{"seq":1,"pad":"${'x'.repeat(500)}`)
    expect(await seqs(begun, { before: 9 })).toEqual([])
    const damaged = journal(2)
    appendFileSync(path.join(damaged, segmentName(1)), 'no record at all\n')
    expect(await seqs(damaged, { before: 2 })).toEqual([1])
  })

  it('A4: reads a bounded part, and says so', async () => {
    const folder = journal(4_000)
    const { body } = await auditTail(folder, { kind: 'NONE' })
    expect(body).toEqual({ records: [], complete: false })
    expect((await auditTail(journal(5), {})).body).toMatchObject({ complete: true })
  })

  it('A4: an empty journal gives none, and a query that means nothing is refused', async () => {
    expect(await seqs(path.join(temporaryFolder(), 'none'))).toEqual([])
    for (const query of [{ limit: 'x' }, { limit: 0 }, { limit: 1_001 }, { before: -1 }, { before: '1.5' }]) {
      expect(await auditTail(journal(1), query)).toMatchObject({ status: 400 })
    }
  })
})
