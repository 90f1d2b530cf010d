import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { replayJournal } from '../../src/engine/recovery.ts'
import { readJournal } from '../../src/journal/read.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { beginningOf, SPOT_DAY_1, SPOT_DAY_2, type Tree } from './files.ts'
import { expectBooksEqual } from './live-books.ts'
import { flipping, LiveRig, terminate } from './live-rig.ts'
import { ONCE_MORE } from './once-more.ts'
import { statusWhere } from './operator.ts'
import { type Program, tempFolder } from './program.ts'

interface Expected {
  readonly messages: number
  readonly trades: { readonly count: number; readonly tape_sha256: string }
  readonly bookTicker: { readonly count: number }
  readonly depth: { readonly book_sha256: string }
}
const expected = JSON.parse(
  readFileSync('test/fixtures/binance-raw/spot_btcusdt.expected.json', 'utf8'),
) as Expected

function withTape(tree: Tree, trades: number, file: string): void {
  const [sma] = tree.strategies
  tree.strategies.push({
    ...sma,
    id: 'tape',
    file: path.resolve('test/process/strategies/tape.ts'),
    warmup_bars: 0,
    params: { trades, file, base_ms: Date.UTC(2024, 7, 8) },
  } as never)
}

/** All that the venue was given to play, once the engine is ready to trade; then SIGTERM, and everything that must hold. */
async function endOf(rig: LiveRig, engine: Program): Promise<RunDocument> {
  await statusWhere(engine, rig.folder, ({ control }) => control.armed)
  await engine.says('market data up')
  await rig.sim('start', {})
  const { frames_delivered } = await rig.played()
  await statusWhere(engine, rig.folder, ({ frames }) => frames === frames_delivered)
  const { ended, document } = await terminate(engine)
  expect(ended.code, ended.stderr).toBe(0)
  expect([document.frames, document.errors]).toEqual([frames_delivered, {}])
  const book = createHash('sha256')
    .update(await rig.bookText())
    .digest('hex')
  expect(document.books['BTCUSDT']).toMatchObject({ sha256: book, breaks: 0, resyncs: 0 })
  expect(document.fills.count).toBeGreaterThan(10)
  await expectBooksEqual(rig, document)
  expect(document.fills.count).toBe((await rig.trades()).length)
  expect(document.shutdown).toMatchObject({ orders_left: [], verified: true, state_flushed: true })
  const journal = path.join(rig.folder, 'journal')
  expect(verifyJournal(journal)).toMatchObject({ ok: true, events: document.journal.events })
  expect(replayJournal(readJournal(journal)).ledger.balancesText()).toEqual(document.balances)
  expect(readdirSync(rig.folder)).not.toContain('control.sock')
  return document
}

describe('live over sockets', ONCE_MORE, () => {
  it.each([
    // A worker that is held up for the whole of it loses nothing.
    ['full speed', 'max', 20, 262_144],
    ['10 times real time', 10, 100, 65_536],
  ] as const)(
    'F9, F2, P10: both days at %s: every frame counted, tape in the worker and book as expected, ledger equal to the account',
    async (_name, speed, every, tick_ring_slots) => {
      const file = path.join(tempFolder(), 'tape')
      const edit = (tree: Tree): void => {
        flipping(tree, every)
        withTape(tree, expected.trades.count, file)
        tree.workers = { tick_ring_slots } as never
      }
      const rig = await LiveRig.start([SPOT_DAY_1, SPOT_DAY_2], speed, edit, 'request')
      const document = await endOf(rig, rig.run())
      expect(document.frames).toBe(expected.messages - 1)
      expect(document.ticks).toBe(expected.trades.count + expected.bookTicker.count)
      expect(readFileSync(file, 'utf8')).toBe(expected.trades.tape_sha256)
      expect(document.books['BTCUSDT']?.sha256).toBe(expected.depth.book_sha256)
      expect(document.pnl['BTCUSDT']?.fees).not.toBe('0')
    },
  )

  it('F9, P10: the beginning at 10 times real time, fees in what is received, inline: the same', async () => {
    const edit = (tree: Tree): void => {
      flipping(tree)
      Object.assign(tree.strategies[0] as object, { placement: 'inline' })
      tree.fees = { bps: '7.5', asset: 'received' }
      Object.assign(tree.sim, { cash: { USDT: '100000', BTC: '1' } })
    }
    const rig = await LiveRig.start([beginningOf(SPOT_DAY_1, 60)], 10, edit, 'request')
    const document = await endOf(rig, rig.run())
    expect(document.pnl['BTCUSDT']?.fees).not.toBe('0')
  })
})
