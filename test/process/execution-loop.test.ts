import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import type { JournalRecord } from '../../src/domain/journal.ts'
import { CHECK_NAMES } from '../../src/risk/check.ts'
import { beginningOf, editedConfig, SPOT_DAY_1, type Tree } from './files.ts'
import { recordsOf } from './operator.ts'
import { tempFolder, tidegate } from './program.ts'

const SECONDS = 130
/** Trades between two answers: the order before has filled by then. */
const EVERY = 5

interface Outcome {
  readonly document: ReplayDocument
  readonly stderr: string
  readonly records: readonly JournalRecord[]
  readonly trades: readonly Trade[]
}

interface Trade {
  readonly T: number
  readonly t: number
  readonly p: string
}

interface Intent {
  readonly id: string
  readonly order: { readonly side: string }
  readonly decision: { readonly model: { readonly action: string }; readonly tick: { readonly seq: number } }
}

/** The trades of a raw recording, read by nothing of ours. */
function tradesOf(file: string): Trade[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line.slice(line.indexOf(' ') + 1)) as { data?: Trade & { e?: string } }).data)
    .filter((data) => data?.e === 'trade') as Trade[]
}

/** A replay of the whole engine with a strategy that answers what `params` say. */
async function run(params: object, edit: (tree: Tree) => void = () => {}): Promise<Outcome> {
  const file = beginningOf(SPOT_DAY_1, SECONDS)
  const config = editedConfig('examples/sma-cross.yaml', (tree) => {
    Object.assign(tree.strategies[0] as object, {
      file: path.resolve('test/process/strategies/answering.ts'),
      warmup_bars: 0,
      params,
      order: { sizing: { fixed: '0.001' }, type: 'market', time_in_force: 'IOC' },
    })
    tree.replay.data = [file]
    edit(tree)
  })
  const out = tempFolder()
  const { code, stdout, stderr } = await tidegate(['replay', '--config', config, '--out', out, '--json'])
  expect(code, stderr).toBe(0)
  return {
    document: JSON.parse(stdout) as ReplayDocument,
    stderr,
    records: recordsOf(out),
    trades: tradesOf(file),
  }
}

/** Orders that decisions led to, and were journaled before they left. */
function intents(
  records: readonly JournalRecord[],
): { id: string; side: string; action: string; tick: number }[] {
  return records.flatMap(({ kind, data }) => {
    if (kind !== 'INTENT') return []
    const { id, order, decision } = data as unknown as Intent
    return [{ id, side: order.side, action: decision.model.action, tick: decision.tick.seq }]
  })
}

/** What the documents of origin name of the execution loop, on a whole engine that plays a recording. */
describe('execution loop', () => {
  it('P2: action enum integration: 0, 1, 2 and their names become no order, a buy or a sell; all else is a named error', async () => {
    const answers = '0,1,2,HOLD,BUY,SELL,7,LONG'
    const { document, records, stderr, trades } = await run({ answers, every: EVERY })
    const decided = Math.floor(trades.length / EVERY)
    const made = intents(records)
    expect(made.map(({ action, side }) => `${action} ${side}`)).toEqual(
      made.map((_, n) => (n % 2 === 0 ? 'BUY buy' : 'SELL sell')),
    )
    // Four of each eight answers are an order, two are errors.
    const ofTurns = (places: readonly number[]): number =>
      Array.from({ length: decided }, (_, n) => n % 8).filter((place) => places.includes(place)).length
    expect(made).toHaveLength(ofTurns([1, 2, 4, 5]))
    expect(document.orders).toMatchObject({ intents: made.length, submitted: made.length, denied: {} })
    expect(stderr).toContain('ACTION_INVALID (model): predicted 7')
    expect(stderr).toContain(`ACTION_INVALID (model): ${ofTurns([6, 7])} times`)
  })

  it('P3, P9: async model prediction: a model that promises its answers gives the orders of one that gives them', async () => {
    const now = await run({ answers: 'BUY,SELL', every: EVERY })
    for (const placement of ['worker', 'inline']) {
      const later = await run({ answers: 'BUY,SELL', every: EVERY, later: true }, (tree) => {
        Object.assign(tree.strategies[0] as object, { placement })
      })
      expect(intents(later.records)).toEqual(intents(now.records))
      expect(later.document.fills).toEqual(now.document.fills)
    }
    expect(now.document.fills.count).toBeGreaterThan(100)
  })

  it('P1: complete order path: from a tick to position and P&L, each step on record in its order', async () => {
    const { document, records, trades } = await run({ answers: 'BUY', every: 1_000 })
    const made = intents(records)
    expect(made).toHaveLength(Math.floor(trades.length / 1_000))
    for (const [n, { id, side }] of made.entries()) {
      const story = records.filter(({ data }) => data['id'] === id)
      expect(story.map(({ kind, data }) => [kind, data['report'], data['state']])).toEqual([
        ['INTENT', undefined, undefined],
        ['SUBMITTED', undefined, undefined],
        ['REPORT', 'accepted', 'ACCEPTED'],
        ['REPORT', 'fill', 'FILLED'],
      ])
      // The venue fills at the next trade.
      const next = trades[(n + 1) * 1_000] as Trade
      expect(story.at(-1)?.data['fill']).toMatchObject({
        trade_id: String(next.t),
        t_ms: next.T,
        price: Math.round(Number(next.p) * 100),
        side,
        qty: 100,
      })
    }
    const cost = made.reduce((sum, _, n) => sum + Number((trades[(n + 1) * 1_000] as Trade).p) / 1_000, 0)
    const last = Number((trades.at(-1) as Trade).p)
    const pnl = document.pnl['BTCUSDT'] as ReplayDocument['pnl'][string]
    expect(pnl.position).toBe(String(made.length / 1_000))
    expect(Number(pnl.fees)).toBeCloseTo(cost * 0.00075, 8)
    expect(Number(pnl.unrealized)).toBeCloseTo((made.length * last) / 1_000 - cost, 8)
  })

  it('P1, R1: risk check integration: what a check denies leaves no order, and its record has every check', async () => {
    const { document, records, trades } = await run({ answers: 'BUY,SELL', every: EVERY }, (tree) => {
      Object.assign(tree, { risk: { order_value_max: '60' } })
    })
    // 0.001 BTC is more than that all day: nothing is ever bought, so that nothing can be sold.
    const decided = Math.floor(trades.length / EVERY)
    expect(document.orders).toMatchObject({ intents: decided, submitted: 0, filled: 0 })
    const denied = records.filter(({ kind }) => kind === 'DENIED')
    expect(denied).toHaveLength(decided)
    expect(document.orders.denied).toEqual({ ORDER_VALUE_MAX: decided })
    for (const { data } of denied) {
      const checks = data['checks'] as readonly (readonly [string, string])[]
      expect(checks.map(([name]) => name)).toEqual([...CHECK_NAMES])
      expect(checks.find(([name]) => name === 'order_value_max')?.[1]).toBe('ORDER_VALUE_MAX')
      const { side } = data['order'] as { side: string }
      expect(checks.find(([name]) => name === 'long_only')?.[1]).toBe(side === 'buy' ? 'skip' : 'LONG_ONLY')
    }
  })

  it.each([1, 7, 60, null])(
    'P4: configurable bar period: %s s, a decision at each bar that closes (60 where nothing is said)',
    async (seconds) => {
      const { records, trades } = await run({ answers: 'BUY,SELL' }, (tree) => {
        const change = { decide_on: 'bar', bar_period_seconds: seconds ?? undefined }
        Object.assign(tree.strategies[0] as object, change)
      })
      const periods = trades.map(({ T }) => Math.floor(T / 1_000 / (seconds ?? 60)))
      const closed = new Set(periods).size - 1
      expect(closed).toBeGreaterThan(1)
      expect(intents(records)).toHaveLength(closed)
    },
  )
})
