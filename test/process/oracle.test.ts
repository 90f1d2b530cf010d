import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import type { TapeDocument } from '../../src/engine/tape.ts'
import { beginningOf, SPOT_DAY_1, SPOT_DAY_2, USDM } from './files.ts'
import { type ProgramOptions, tidegate } from './program.ts'

interface OracleRun {
  readonly trades_in_tape: number
  readonly fills: number
  readonly fills_sha256: string
  readonly position: string
  readonly fifo_realized_gross: string
  readonly fifo_unrealized: string
  readonly fees: string
  readonly by_utc_day_of_fill: Readonly<Record<string, object>>
}
const oracle = JSON.parse(readFileSync('test/fixtures/strategy-oracle/sma_cross.json', 'utf8')) as {
  readonly runs: readonly [OracleRun, OracleRun]
}

const RUNS = [
  { example: 'examples/sma-cross.yaml', data: [SPOT_DAY_1, SPOT_DAY_2], run: oracle.runs[0] },
  { example: 'examples/sma-cross-usdm.yaml', data: [USDM], run: oracle.runs[1] },
] as const

/** The long runs at a real pace take minutes: `TIDEGATE_TEST_LONG=1 npx vitest run test/process/oracle.test.ts`. */
const LONG = process.env['TIDEGATE_TEST_LONG'] === '1'

async function replay(args: readonly string[], options: ProgramOptions = {}): Promise<ReplayDocument> {
  const { code, stdout, stderr } = await tidegate(['replay', '--json', ...args], options)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as ReplayDocument
}

const IN = {
  worker: { env: { TIDEGATE_STRATEGIES__0__PLACEMENT: 'worker' } },
  inline: { env: { TIDEGATE_STRATEGIES__0__PLACEMENT: 'inline' } },
} as const

/** What must not depend on placement, decoder, speed or the run. */
function content({ orders, fills, pnl, journal, symbols, by_type, errors }: ReplayDocument): object {
  const { content_sha256, events } = journal
  return { orders, fills, pnl, symbols, by_type, errors, content_sha256, events }
}

function expectOracle(document: ReplayDocument, run: OracleRun): void {
  expect(document.fills).toEqual({ count: run.fills, sha256: run.fills_sha256 })
  expect(document.pnl).toEqual({
    BTCUSDT: {
      realized: run.fifo_realized_gross,
      unrealized: run.fifo_unrealized,
      fees: run.fees,
      position: run.position,
      by_utc_day: run.by_utc_day_of_fill,
    },
  })
  expect(document.symbols['BTCUSDT']?.trades?.count).toBe(run.trades_in_tape)
  expect(document.orders).toEqual({
    intents: document.orders.intents,
    blocked_gate1: 0,
    blocked_gate2: 0,
    denied: {},
    submitted: run.fills,
    filled: run.fills,
    canceled: 0,
    unknown: 0,
  })
}

describe.each(RUNS)('the strategy oracle through $example', ({ example, data, run }) => {
  let worker: ReplayDocument
  beforeAll(async () => {
    worker = await replay(['--config', example], IN.worker)
  })

  it('P1, P10, O8: a strategy in a worker gives the fills, P&L, fees and days of two independent implementations', () => {
    expectOracle(worker, run)
  })

  it('P1: a strategy on the main thread gives the same, journal content included', async () => {
    const inline = await replay(['--config', example], IN.inline)
    expectOracle(inline, run)
    expect(content(inline)).toEqual(content(worker))
  })

  it('F8: TIDEGATE_NATIVE=0 gives the same hashes, journal content included', async () => {
    const env = { TIDEGATE_NATIVE: '0' }
    expect(content(await replay(['--config', example], { env }))).toEqual(content(worker))
  })

  it('A11: prints the members of the contract and no other, and the counts of tape', async () => {
    const { stdout } = await tidegate(['tape', '--json', ...data])
    const tape = JSON.parse(stdout) as TapeDocument
    expect(Object.keys(tape)).toEqual(['files', 'kind', 'messages', 'by_type', 'errors', 'symbols'])
    expect(Object.keys(worker)).toEqual([
      ...Object.keys(tape),
      'orders',
      'fills',
      'pnl',
      'journal',
      'latency_ns',
      'wall_s',
      'events_per_s',
    ])
    expect(worker).toMatchObject({ ...tape })
    expect(Object.keys(worker.journal)).toEqual(['events', 'head', 'content_sha256'])
    for (const percentiles of Object.values(worker.latency_ns)) {
      expect(Object.keys(percentiles)).toEqual(['p50', 'p99', 'p999', 'max'])
    }
  })

  it('A11: the beginning at 10 times real time gives what it gives at full speed, in both placements', async () => {
    const short = beginningOf(data[0], 45)
    const args = ['--config', example, '--data', short]
    const [atOnce, inWorker, inline] = await Promise.all([
      replay(args, IN.inline),
      replay([...args, '--speed', '10'], IN.worker),
      replay([...args, '--speed', '10'], IN.inline),
    ])
    expect(atOnce.fills.count).toBeGreaterThan(1)
    expect(inWorker.wall_s).toBeGreaterThan(4)
    expect(content(inWorker)).toEqual(content(atOnce))
    expect(content(inline)).toEqual(content(atOnce))
  })

  it('A11: the whole recording at 10 times real time gives the same', async ({ skip }) => {
    skip(!LONG, 'it takes minutes at its real pace: TIDEGATE_TEST_LONG=1 runs it')
    const documents = await Promise.all([
      replay(['--config', example, '--speed', '10'], IN.worker),
      replay(['--config', example, '--speed', '10'], IN.inline),
    ])
    for (const document of documents) {
      expectOracle(document, run)
      expect(content(document)).toEqual(content(worker))
    }
  }, 300_000)
})

it('A1: the example configuration of the contract gives the fills of the oracle', async () => {
  const config = ['--config', 'test/process/contracts.yaml', '--data', SPOT_DAY_1, SPOT_DAY_2]
  expectOracle(await replay(config), oracle.runs[0])
})
