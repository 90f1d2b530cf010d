import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runTape, type TapeDocument } from '../../src/engine/tape.ts'
import { ALPACA_FAULTS, BINANCE_FAULTS, gzipLines } from '../feed/faults.ts'
import { fixtureJson, fixtureLines } from '../feed/fixtures.ts'
import { only, tape } from './tape-support.ts'

interface Labels {
  lines: number
  fault_counts: Record<string, number>
  rules: Record<string, string>
  clean: {
    by_stream: Record<string, number>
    trades: { count: number; sum_qty: string; sum_notional: string; tape_sha256: string }
    depth: { levels: [number, number]; best_bid: string; best_ask: string; book_sha256: string }
  }
}

/** Labels that are no fault: what they mark must be accepted. */
const ACCEPTED = ['resync_snapshot']

function faultsOf(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([label]) => !ACCEPTED.includes(label)))
}

describe('labelled faults', () => {
  it('F8: Binance: each label is counted under its name, and the clean tape and book come out', async () => {
    const labels = fixtureJson<Labels>('faults/spot_btcusdt_basic.labels.json')
    const document = await tape(['faults/spot_btcusdt_basic.gz'])
    const { trades, quotes, book } = only(document)
    const { count, sum_qty, sum_notional, tape_sha256 } = labels.clean.trades
    const { levels, best_bid, best_ask, book_sha256 } = labels.clean.depth
    expect(document.messages).toBe(labels.lines)
    expect(document.errors).toEqual(faultsOf(labels.fault_counts))
    expect(trades).toMatchObject({ count, sum_qty, sum_notional, tape_sha256 })
    expect(trades.flagged).toBe(labels.fault_counts['spike_x10'])
    expect(quotes.crossed).toBe(labels.fault_counts['crossed_quote'])
    expect(book).toMatchObject({ levels, best_bid, best_ask, sha256: book_sha256 })
    expect(book?.breaks).toBe(labels.fault_counts['depth_gap'])
    expect(book?.resyncs).toBe(labels.fault_counts['resync_snapshot'])
  })

  it('F8: Alpaca: each label is counted under its name, and the clean tapes come out', async () => {
    const labels = fixtureJson<Labels>('faults/IBM_20131009_basic.labels.json')
    const clean = only(await tape(['alpaca-wire/IBM_20131009_P_day.wscap.ndjson.gz']))
    const document = await tape(['faults/IBM_20131009_basic.wscap.ndjson.gz'])
    const { trades, quotes, bars_1m } = only(document)
    expect(document.errors).toEqual(faultsOf(labels.fault_counts))
    expect(trades).toEqual({ ...clean.trades, flagged: labels.fault_counts['spike_x10'] })
    expect(quotes).toEqual(clean.quotes)
    expect(bars_1m).toEqual(clean.bars_1m)
  })
})

const CLEAN_LINES = 4_000
const STEP = 70
/** ids that a fault brings along; moving a watermark to one would drop everything after */
const FRESH_ID = 1_000_000_000_000_000

describe('faults of every class, injected into clean lines', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-faults-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function tapeOf(name: string, lines: readonly (string | Uint8Array)[]): Promise<TapeDocument> {
    const file = path.join(folder, name)
    writeFileSync(file, gzipLines(lines))
    return runTape([file], { native: 'off' })
  }

  /** Puts each fault behind a trade of its own, some trades into the recording; returns lines and expected counts. */
  function inject(
    clean: readonly string[],
    isTrade: (line: string) => boolean,
    faults: typeof BINANCE_FAULTS,
    wrap: (line: string, fault: (typeof BINANCE_FAULTS)[number], fresh: number) => string | Uint8Array,
  ): { lines: (string | Uint8Array)[]; counts: Record<string, number> } {
    const lines: (string | Uint8Array)[] = []
    const counts: Record<string, number> = {}
    let due = 200
    let next = 0
    clean.forEach((line, i) => {
      lines.push(line)
      const fault = faults[next]
      if (fault === undefined || i < due || !isTrade(line)) return
      lines.push(wrap(line, fault, FRESH_ID + next))
      if (fault.code !== null) counts[fault.code] = (counts[fault.code] ?? 0) + 1
      due += STEP
      next++
    })
    expect(next).toBe(faults.length)
    return { lines, counts }
  }

  describe('Binance', () => {
    const clean = fixtureLines('binance-raw/spot_btcusdt_20240808.gz').slice(0, CLEAN_LINES).map(String)
    let cleanTape: TapeDocument
    let faulty: TapeDocument
    let counts: Record<string, number>
    beforeAll(async () => {
      cleanTape = await tapeOf('clean.gz', clean)
      const injected = inject(
        clean,
        (line) => line.includes('@trade'),
        BINANCE_FAULTS,
        (line, fault, fresh) => {
          const made = fault.make(line.slice(20), fresh)
          return Buffer.concat([Buffer.from(line.slice(0, 20)), Buffer.from(made as string)])
        },
      )
      counts = injected.counts
      faulty = await tapeOf('faulty.gz', injected.lines)
    })

    it('F8: clean lines give no error', () => {
      expect(cleanTape.errors).toEqual({})
    })

    it('F8: each fault is counted once, under its code', () => {
      expect(faulty.errors).toEqual(counts)
    })

    it('F8: none leaves a trace in trades, quotes, book or bars', () => {
      const strip = (document: TapeDocument): unknown => ({
        ...only(document),
        trades: { ...only(document).trades, flagged: 0 },
      })
      expect(strip(faulty)).toEqual(strip(cleanTape))
    })

    it('F8: what was flagged is counted as such', () => {
      const flags = ['spike_x10', 'spike_div10', 'event_time_plus_1h', 'event_time_minus_1h', 'id_jump']
      const flagged = flags.reduce((sum, code) => sum + (counts[code] ?? 0), 0)
      expect(only(faulty).trades.flagged).toBe(flagged)
    })

    it('F8: no key of Object.prototype changed', () => {
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    })

    it('F8: trades that come late a second time, or with an old id, are dropped', async () => {
      const trades = clean.filter((line) => line.includes('@trade'))
      const late = trades[100] as string
      const stale = (trades[300] as string).replace(/"t":\d+/, '"t":3735683000')
      const lines = clean.flatMap((line) => (line === trades[301] ? [line, late, stale] : [line]))
      const document = await tapeOf('late.gz', lines)
      expect(document.errors).toEqual({ duplicate_late: 1, stale_trade_id: 1 })
      expect(document.symbols).toEqual(cleanTape.symbols)
    })

    it('F8: extra fields are accepted, in any order', async () => {
      const lines = clean.map((line) =>
        line.includes('@trade') ? line.replace('"data":{', '"data":{"new":{"x":[1,"}"]},"z":null,') : line,
      )
      const document = await tapeOf('extra.gz', lines)
      expect(document.errors).toEqual({})
      expect(document.symbols).toEqual(cleanTape.symbols)
    })
  })

  describe('Alpaca', () => {
    const clean = fixtureLines('alpaca-wire/IBM_20131009_P_day.wscap.ndjson.gz')
      .slice(0, CLEAN_LINES)
      .map(String)
    const single = (line: string): boolean => {
      const { m } = JSON.parse(line) as { m?: string }
      return m?.startsWith('[{"T":"t"') === true && !m.includes('},{')
    }

    it('F8: each fault is counted once, and none leaves a trace', async () => {
      const cleanTape = await tapeOf('alpaca-clean.gz', clean)
      const { lines, counts } = inject(clean, single, ALPACA_FAULTS, (line, fault, fresh) => {
        const { t, c, m } = JSON.parse(line) as { t: string; c: string; m: string }
        const made = fault.make(m.slice(1, -1), fresh)
        const row = { t, c, d: 'in' }
        const text = typeof made === 'string' ? { m: made } : { b64: Buffer.from(made).toString('base64') }
        return JSON.stringify({ ...row, ...text })
      })
      const faulty = await tapeOf('alpaca-faulty.gz', lines)
      expect(cleanTape.errors).toEqual({})
      expect(faulty.errors).toEqual(counts)
      expect(only(faulty)).toEqual({
        ...only(cleanTape),
        trades: { ...only(cleanTape).trades, flagged: only(faulty).trades.flagged },
      })
    })
  })
})
