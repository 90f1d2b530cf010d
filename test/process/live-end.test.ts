import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { ENDLESS, SPOT_BOTH_DAYS, type Tree } from './files.ts'
import { flipping, LiveRig, terminate } from './live-rig.ts'
import { operate, recordsOf, statusWhere } from './operator.ts'

/** Passive limit orders that rest far from the market. */
function resting(tree: Tree): void {
  flipping(tree, 5)
  const [strategy] = tree.strategies
  Object.assign(strategy as object, {
    order: {
      sizing: { fixed: '0.001' },
      type: 'limit',
      time_in_force: 'GTC',
      limit_offset_increments: -100_000,
      working_orders_per_side: 10,
    },
  })
}

describe('the end of a live run', () => {
  it('S4, S5, S8: SIGTERM with orders that rest: each is cancelled and confirmed, exit code 0, nothing of ours is open', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, resting)
    const engine = rig.run()
    await statusWhere(engine, rig.folder, ({ orders }) => orders.open >= 3)
    const { ended, document } = await terminate(engine)
    expect(ended.code, ended.stderr).toBe(0)
    expect(document.shutdown.orders_canceled).toBeGreaterThanOrEqual(3)
    expect(document.shutdown).toMatchObject({
      reason: 'SIGTERM',
      cancel_errors: 0,
      orders_left: [],
      verified: true,
      state_flushed: true,
    })
    expect(await rig.openOrders()).toEqual([])
    const states = new Map<string, string>()
    for (const { data } of recordsOf(rig.folder)) {
      const { id, state } = data as { id?: string; state?: string }
      if (typeof id === 'string' && state !== undefined) states.set(id, state)
    }
    expect(new Set(states.values())).toEqual(new Set(['CANCELED']))
    expect(states.size).toBe(document.orders.submitted)
    expect(recordsOf(rig.folder).at(-1)?.kind).toBe('SUMMARY')
    expect(verifyJournal(path.join(rig.folder, 'journal'))).toMatchObject({ ok: true })
  })

  it('S1, S4: on the total that nobody configured it ends within it, with orders to cancel, by its own procedure', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => {
      resting(tree)
      Object.assign(tree, { shutdown: undefined })
    })
    const engine = rig.run()
    await statusWhere(engine, rig.folder, ({ orders }) => orders.open >= 3)
    const { ended, document } = await terminate(engine)
    expect(ended.code, ended.stderr).toBe(0)
    const summary = recordsOf(rig.folder).at(-1)
    expect(summary).toMatchObject({ kind: 'SUMMARY', data: { orders_left: [], exit_code: 0 } })
    const durations = summary?.data['durations'] as unknown as { total_ms: number }
    for (const ms of [durations.total_ms, document.shutdown.duration_ms]) {
      expect(ms).toBeLessThanOrEqual(9_500)
    }
  })

  it('S1, S4: shutdown by an operator, with the venue silent: the total is kept and exit code 6 names the orders that are left', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, resting)
    const engine = rig.run([], {
      TIDEGATE_SHUTDOWN__TOTAL_SECONDS: '20',
      TIDEGATE_SHUTDOWN__DRAIN_SECONDS: '1',
    })
    await statusWhere(engine, rig.folder, ({ orders }) => orders.open >= 3)
    await rig.sim('faults', { hang: true })
    expect((await operate(rig.folder, 'shutdown', '--text', 'the venue is silent')).code).toBe(0)
    const { code, stdout } = await engine.ended
    const { shutdown } = JSON.parse(stdout) as RunDocument
    expect(code).toBe(6)
    await rig.sim('faults', { hang: false })
    const open = (await rig.openOrders()) as { clientOrderId: string }[]
    expect(shutdown.orders_left).toEqual(
      expect.arrayContaining(open.map(({ clientOrderId }) => clientOrderId)),
    )
    expect(shutdown.orders_left.length).toBeGreaterThanOrEqual(3)
    expect(shutdown.duration_ms).toBeLessThanOrEqual(20_000)
  })

  it('S1: a venue that is not there holds up no end', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS)
    rig.venue.kill('SIGTERM')
    await rig.venue.ended
    const engine = rig.run()
    await engine.says('venue not connected')
    const status = await statusWhere(engine, rig.folder)
    expect([status.ready, status.control.armed]).toEqual([false, false])
    const { ended, document } = await terminate(engine)
    // Nobody could say that none of ours is open, and 0 would mean just that.
    expect(ended.code, ended.stderr).toBe(1)
    expect(document.shutdown).toMatchObject({ verified: false, orders_left: [], state_flushed: true })
    expect(document.orders.submitted).toBe(0)
  })

  it('S3: a dry run sends nothing to the venue, fills in the process, and counts nothing as open', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree))
    const engine = rig.run([], { EXEC_DRY_RUN: '1' })
    await statusWhere(engine, rig.folder, ({ orders }) => orders.filled >= 3)
    const { ended, document } = await terminate(engine)
    expect(ended.code, ended.stderr).toBe(0)
    expect([document.mode, document.shutdown.orders_left]).toEqual(['dry-run', []])
    expect((await rig.sim('status')).orders).toBe(0)
    expect(await rig.trades()).toEqual([])
  })

  it('A1: a second run on the same state directory is refused, and the first goes on', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree))
    const first = rig.run()
    await statusWhere(first, rig.folder, ({ orders }) => orders.filled >= 1)
    const second = await rig.run().ended
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`belongs to a running engine (process ${first.pid})`)
    expect((await statusWhere(first, rig.folder)).control.armed).toBe(true)
    expect((await terminate(first)).ended.code).toBe(0)
  })
})

describe('a run with an end of its own', () => {
  it('P15: --once decides once and ends, and says that no loop is running', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS)
    const { code, stdout, stderr } = await rig.run(['--once']).ended
    expect(code, stderr).toBe(0)
    expect((JSON.parse(stdout) as RunDocument).shutdown.reason).toBe('once')
    expect(stderr).toMatch(/INFO .*no loop is running/)
  })

  it('L4: --acceptance N watches the first N ticks and gives a verdict', async () => {
    const rig = await LiveRig.start(SPOT_BOTH_DAYS, ENDLESS)
    const { code, stdout, stderr } = await rig.run(['--acceptance', '500']).ended
    const { acceptance } = JSON.parse(stdout) as RunDocument
    expect(acceptance?.ticks, stderr).toBeGreaterThanOrEqual(500)
    expect(code).toBe(acceptance?.passed === true ? 0 : 5)
  })
})
