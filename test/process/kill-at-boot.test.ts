import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import { createInstrument } from '../../src/domain/instrument.ts'
import type { SimTrade } from '../../src/venue/sim/types.ts'
import { documentOf, LiveEngine } from './live-engine.ts'
import { haltedBy, operate, recordsOf, statusWhere } from './operator.ts'
import type { Program } from './program.ts'

const ORDERS = 3
const BTCUSDT = createInstrument(
  {
    ...{ symbol: 'BTCUSDT', venue: 'sim', priceIncrement: '0.01', qtyIncrement: '0.00001' },
    ...{ baseAsset: 'BTC', quoteAsset: 'USDT' },
  },
  0,
)

/** An engine whose process was killed while its orders rest at the venue. */
async function crashed(action: 'cancel' | 'shutdown', drainSeconds = 600): Promise<LiveEngine> {
  const engine = await LiveEngine.prepare({
    orders: ORDERS,
    edit: (tree) => {
      Object.assign(tree, {
        kill: { action },
        shutdown: { total_seconds: Math.max(9.5, drainSeconds), drain_seconds: drainSeconds },
      })
      // A venue that is held up has not failed to answer.
      Object.assign(tree.venues?.['sim'] as object, { request_timeout_ms: 60_000 })
    },
  })
  const first = await engine.startWithOrders(ORDERS)
  first.kill('SIGKILL')
  await first.ended
  expect(engine.openAtVenue().length).toBeGreaterThanOrEqual(ORDERS)
  return engine
}

function cancelled(engine: LiveEngine, program: Program): Promise<Record<string, unknown>> {
  return program.until(
    () => recordsOf(engine.stateDir).find(({ kind }) => kind === 'CANCEL_ALL')?.data ?? null,
  )
}

describe('a kill that stands when the engine starts', () => {
  const lockFile = (engine: LiveEngine): string => path.join(engine.stateDir, 'kill.lock')
  it.each([
    ['the environment', (): Record<string, string> => ({ KILL_SWITCH: '1' })],
    [
      'the lock file',
      (engine: LiveEngine): Record<string, string> => {
        writeFileSync(lockFile(engine), '')
        return {}
      },
    ],
    [
      'a halt file that is missing',
      (engine: LiveEngine): Record<string, string> => ({
        EXECUTION_HALTED_FILE: path.join(engine.stateDir, 'nowhere'),
      }),
    ],
  ])('K13, K6: by %s, with action cancel, cancels what the run before left open', async (_name, assert) => {
    const engine = await crashed('cancel')
    const resting = engine.openAtVenue()
    const program = engine.start([], { env: assert(engine) })
    expect(await cancelled(engine, program)).toMatchObject({
      ...{ scope: 'all', reason: 'kill', left: [], errors: [], verified: true },
      canceled: expect.arrayContaining(resting),
    })
    expect(engine.openAtVenue()).toEqual([])
    expect(haltedBy(await statusWhere(program, engine.stateDir, ({ ready }) => ready))).toContain('KILL')
    rmSync(lockFile(engine), { force: true })
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })

  it('K13, K6: with action shutdown, ends the run when nothing of ours is open', async () => {
    const engine = await crashed('shutdown')
    const ended = await engine.start([], { env: { EXECUTION_HALTED: 'yes' } }).ended
    const { shutdown } = documentOf(ended)
    expect(shutdown).toMatchObject({ reason: 'kill of all', orders_left: [], verified: true })
    expect(shutdown.orders_canceled).toBeGreaterThanOrEqual(ORDERS)
    expect([ended.code, engine.openAtVenue()]).toEqual([0, []])
  })

  it('K13, S8: with action shutdown, waits for a venue that is not there no longer than for a drain', async () => {
    const engine = await crashed('shutdown', 1)
    const resting = engine.openAtVenue()
    await engine.server.close()
    const ended = await engine.start([], { env: { EXECUTION_HALTED: 'yes' } }).ended
    expect(documentOf(ended).shutdown).toMatchObject({ reason: 'kill of all' })
    expect(documentOf(ended).shutdown.orders_left).toEqual(expect.arrayContaining(resting))
    expect(ended.code).toBe(6)
  })
})

describe('cash that differs from the books when the engine starts', () => {
  it('O5, K8: the refused re-arm names account, asset and amounts; re-arming the account accepts them', async () => {
    const engine = await LiveEngine.prepare()
    const first = engine.start()
    await statusWhere(first, engine.stateDir, ({ control }) => control.armed)
    first.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
    const { account, history } = engine.server.desk.matching
    const deposit = { side: 'buy', price: 0, qty: 0, feeAsset: 'USDT', fee: -moneyFromText('250.5') }
    account.settle(BTCUSDT, deposit as unknown as SimTrade)
    expect(history.open(null)).toEqual([])
    const program = engine.start()
    const status = await statusWhere(program, engine.stateDir, ({ control }) => control.kill === 'ENGAGED')
    const scope = status.control.words.find(({ reasons }) => reasons.includes('KILL'))?.scope as string
    expect(scope).toMatch(/^account:/)
    const refused = await operate<{ error: { code: string; message: string } }>(
      engine.stateDir,
      ...(['rearm', '--reason', 'looked'] as const),
    )
    expect([refused.code, refused.document.error.code]).toEqual([8, 'CANNOT_ARM'])
    expect(refused.document.error.message).toMatch(/cash USDT: ours \d+, the venue's \d+\.5 \(account:/)
    expect(status.not_ready).toContain('cash USDT')
    expect((await operate(engine.stateDir, 'rearm', '--scope', scope, '--reason', 'a deposit')).code).toBe(0)
    await statusWhere(program, engine.stateDir, ({ ready, control }) => ready && control.armed)
    const adjusted = recordsOf(engine.stateDir).find(
      ({ kind, data }) => kind === 'CASH' && data['event'] === 'adjust',
    )
    expect(adjusted?.data).toMatchObject({ asset: 'USDT', amount: '250.5' })
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
})
