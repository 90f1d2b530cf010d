import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SystemClock } from '../src/core/clock.ts'
import { Histogram } from '../src/core/histogram.ts'
import { createInstrument } from '../src/domain/instrument.ts'
import type { Durability } from '../src/domain/journal.ts'
import type { Fill } from '../src/domain/report.ts'
import { Journal } from '../src/journal/journal.ts'
import { verifyJournal } from '../src/journal/verify.ts'
import { Ledger } from '../src/ledger/ledger.ts'
import { OrderStore } from '../src/order/order-store.ts'

/*
 * What the order side costs: an append by durability and size, an order's life in the order store, a fill in the ledger,
 * and reading a journal back. Usage: node bench/journal.ts [--json]
 */

interface Row {
  readonly what: string
  readonly n: number
  readonly p50_ns: number
  readonly p99_ns: number
  readonly mean_ns: number
  /** processor time a call, which other processes on the machine disturb less */
  readonly cpu_ns: number
}

const REPORT_TEXT = JSON.stringify({
  id: 'tg-a1-1a-1f3',
  report: 'fill',
  ts: '1723161278092000000',
  fill: {
    trade_id: '3735683617',
    symbol: 'BTCUSDT',
    side: 'buy',
    qty: 1_000,
    price: 6_182_981,
    t_ms: 1_723_161_278_092,
    fee: '0.463723575',
    fee_asset: 'USDT',
    liquidity: 'taker',
  },
  outcome: 'applied',
  state: 'FILLED',
  cum: 1_000,
  leaves: 0,
})
const CHECKS = Array.from({ length: 26 }, (_, i) => [
  `some_check_${i}`,
  'pass',
  61_829_810 + i,
  1_000_000_000,
  'notional',
])
const INTENT_TEXT = JSON.stringify({
  id: 'tg-a1-1a-1f3',
  order: { symbol: 'BTCUSDT', strategy: 'sma', side: 'buy', type: 'market', qty: 1_000, price: null },
  decision: {
    tick: { seq: 123_456, event_ns: '1723161278092000000' },
    features: { sma_20: 61_829.81, close: 61_830.2 },
  },
  throttle: null,
  checks: CHECKS,
})

const clock = new SystemClock()
const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))

/** Times each call of `work` after a warm-up; `between` runs untimed every 256 calls, as the engine does between ticks. */
function measure(what: string, n: number, work: (i: number) => void, between?: () => void): Row {
  const histogram = new Histogram()
  for (let i = 0; i < Math.min(n, 20_000); i++) work(i)
  const startNs = clock.monoNs()
  const cpu = process.cpuUsage()
  for (let i = 0; i < n; i++) {
    const before = clock.monoNs()
    work(i)
    histogram.record(clock.monoNs() - before)
    if (i % 256 === 255) between?.()
  }
  const mean_ns = Math.round((clock.monoNs() - startNs) / n)
  const { user, system } = process.cpuUsage(cpu)
  const cpu_ns = Math.round(((user + system) * 1000) / n)
  const { p50, p99 } = histogram.percentiles()
  return { what, n, p50_ns: p50, p99_ns: p99, mean_ns, cpu_ns }
}

function appends(what: string, text: string, durability: Durability, n: number): Row {
  const journal = Journal.open(path.join(folder, what.replaceAll(/\W+/g, '-')), { clock })
  const append = (): void => {
    journal.appendText('REPORT', 'venue:sim', text, durability)
  }
  const row = measure(what, n, append, () => journal.maintain())
  journal.close()
  return row
}

const instrument = createInstrument({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' }, 0)

function fillOf(i: number): Fill {
  return {
    tradeId: `t${i}`,
    instrument: 0,
    side: i % 3 === 1 ? 'sell' : 'buy',
    qty: i % 3 === 1 ? 2_000 : 1_000,
    price: 6_182_981 + (i % 997),
    tMs: 1_723_161_278_092 + i,
    feeText: '0.463723575',
    feeAsset: 'USDT',
    liquidity: 'taker',
  }
}

function orderLives(n: number): Row {
  const store = new OrderStore()
  let last = 0
  return measure('order store: create, submit, accept, fill', n, () => {
    last += 1
    const clientOrderId = `tg-a1-1-${last.toString(36)}`
    store.create(
      {
        clientOrderId,
        instrument: 0,
        strategy: 0,
        side: 'buy',
        type: 'market',
        timeInForce: 'IOC',
        qty: 1_000,
        price: null,
        stopPrice: null,
        reducing: false,
      },
      last,
      '0',
    )
    store.submitted(clientOrderId)
    store.apply({ kind: 'accepted', clientOrderId, venueOrderId: '1', ts: '0' })
    store.apply({ kind: 'fill', clientOrderId, fill: { ...fillOf(0), tradeId: `t${last}` }, ts: '0' })
  })
}

function fills(n: number): Row {
  const ledger = new Ledger()
  return measure('ledger: fill with fee', n, (i) => {
    ledger.applyFill(instrument, 0, fillOf(i))
  })
}

function verification(): { records: number; records_per_s: number } {
  const dir = path.join(folder, 'report-buffered')
  const startNs = clock.monoNs()
  const { events, ok } = verifyJournal(dir)
  if (!ok) throw new Error('the journal of this benchmark does not verify')
  return { records: events, records_per_s: Math.round(events / ((clock.monoNs() - startNs) / 1e9)) }
}

const rows = [
  appends('report buffered', REPORT_TEXT, 'buffered', 200_000),
  appends('report process', REPORT_TEXT, 'process', 200_000),
  appends(`intent process (${INTENT_TEXT.length} B)`, INTENT_TEXT, 'process', 100_000),
  appends('report power', REPORT_TEXT, 'power', 300),
  orderLives(200_000),
  fills(200_000),
]
const verify = verification()
rmSync(folder, { recursive: true, force: true })

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ rows, verify }, null, 2)}\n`)
} else {
  for (const { what, p50_ns, p99_ns, mean_ns, cpu_ns } of rows) {
    process.stdout.write(
      `${what.padEnd(44)} p50 ${p50_ns} ns  p99 ${p99_ns} ns  mean ${mean_ns} ns  cpu ${cpu_ns} ns\n`,
    )
  }
  process.stdout.write(`verify ${verify.records} records: ${verify.records_per_s} records/s\n`)
}
