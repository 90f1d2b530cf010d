import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { DECODE_CODE } from '../../src/domain/decode-codes.ts'
import { runTape } from '../../src/engine/tape.ts'
import { FRAME_BYTES_MAX, RESOLVED_BYTES_MAX, SNAPSHOT_BYTES_MAX } from '../../src/feed/decode/limits.ts'
import { LINE_BYTES_MAX } from '../../src/feed/recording/lines.ts'

const PAGE = readFileSync('docs/recordings.md', 'utf8')
const EXAMPLES = [...PAGE.matchAll(/^```text\n([^`]*)^```$/gm)].map(([, text]) => text as string)

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-recordings-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('docs/recordings.md', () => {
  it('F8: its examples are recordings of the kinds that it says, without a fault', async () => {
    const read: unknown[] = []
    for (const [i, example] of EXAMPLES.entries()) {
      const file = path.join(folder, `EURUSD_${i}`)
      writeFileSync(file, example)
      const { kind, by_type, errors } = await runTape([file], { native: 'off' })
      read.push([kind, by_type, errors])
    }
    expect(read).toEqual([
      ['binance-spot', { rest_depth_snapshot: 1, trade: 1 }, {}],
      ['binance-spot', { trade: 1 }, {}],
      ['mt5', { TICK: 1 }, {}],
      ['mt5-csv', { TICK: 2 }, {}],
    ])
  })

  it('F8: its limits and codes are those of the source', () => {
    const sizes = [FRAME_BYTES_MAX, SNAPSHOT_BYTES_MAX, LINE_BYTES_MAX, RESOLVED_BYTES_MAX]
    for (const bytes of sizes) expect(PAGE).toContain(`${bytes.toLocaleString('en-US')} bytes`)
    const codes = [...PAGE.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, code]) => code as string)
    expect(new Set(codes).size).toBeGreaterThan(8)
    expect(codes.filter((code) => !Object.hasOwn(DECODE_CODE, code))).toEqual([])
  })
})
