import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { runTape } from '../../src/engine/tape.ts'
import { fixture } from '../feed/fixtures.ts'
import { tidegate } from './tidegate.ts'

const CAPTURE = fixture('raw-ws/BINANCE.wscap.ndjson.gz')

describe('tidegate tape', () => {
  it('F2: prints exactly the document, the same with and without the native module', async () => {
    const printed = await tidegate(['tape', CAPTURE, '--json'])
    expect(printed).toMatchObject({ code: 0, stderr: '' })
    const document: unknown = JSON.parse(printed.stdout)
    expect(document).toEqual(await runTape([CAPTURE], { native: 'off' }))
    expect(document).toEqual(await runTape([CAPTURE], { native: 'auto' }))
    expect(Object.keys(document as object)).toEqual([
      'files',
      'kind',
      'messages',
      'by_type',
      'errors',
      'symbols',
    ])
  })

  it('is readable without --json', async () => {
    const { code, stdout } = await tidegate(['tape', CAPTURE])
    expect(code).toBe(0)
    expect(stdout).toContain('BINANCE.wscap.ndjson.gz: binance-spot, 265 messages')
    expect(stdout).toContain('errors: none')
    expect(stdout).toContain('614 x 994 levels, 0.3527 / 0.3531')
  })

  it('ends with 4 on data that cannot be read, with 2 without a file', async () => {
    const missing = path.join('no', 'such', 'file')
    const unreadable = await tidegate(['tape', missing])
    expect(unreadable).toMatchObject({ code: 4, stdout: '' })
    expect(unreadable.stderr).toContain(missing)
    expect(await tidegate(['tape'])).toMatchObject({ code: 2, stdout: '' })
    const mixed = await tidegate([
      'tape',
      CAPTURE,
      fixture('fx-mt5/XAUUSD_oanda_20140504_fracms.mt5.ndjson.gz'),
    ])
    expect(mixed.code).toBe(4)
    expect(mixed.stderr).toContain('XAUUSD')
  })
})
