import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { ENDLESS, SPOT_BOTH_DAYS } from './files.ts'
import { expectBooksEqual } from './live-books.ts'
import { flipping, LiveRig, terminate } from './live-rig.ts'
import { ONCE_MORE } from './once-more.ts'
import { haltedBy, operate, recordsOf, statusWhere } from './operator.ts'
import { tempFolder, tidegate } from './program.ts'

const LATCH = { TIDEGATE_BREAKERS__EXECUTIONS_MAX: '3' }

/** A venue, and a strategy that buys and sells all the time. */
const start = (): Promise<LiveRig> => LiveRig.start(SPOT_BOTH_DAYS, ENDLESS, (tree) => flipping(tree, 5))

describe('a breaker that trips in a live run', () => {
  it('S1, R6: with action shutdown, the third executed order ends the run, and the next start waits for an operator', async () => {
    const rig = await start()
    const { code, stdout, stderr } = await rig.run([], { ...LATCH, TIDEGATE_BREAKERS__ACTION: 'shutdown' })
      .ended
    expect(code, stderr).toBe(0)
    const document = JSON.parse(stdout) as RunDocument
    expect(document.shutdown).toMatchObject({ reason: 'breaker of strategy:sma', verified: true })
    expect(recordsOf(rig.folder).filter(({ kind }) => kind === 'BREAKER')).toMatchObject([
      { data: { breaker: 'executions', strategy: 'sma', value: 3, limit: 3 } },
    ])
    await expectBooksEqual(rig, document)
    const again = rig.run()
    const status = await statusWhere(again, rig.folder, ({ ready }) => ready)
    expect([status.control.armed, haltedBy(status)]).toEqual([false, ['BOOT']])
    await again.says('strategy:sma BREAKER')
    await terminate(again)
  })

  it(
    'R6, R12, K13: with action cancel its orders are cancelled and the run goes on, halted for entries until an operator clears it',
    ONCE_MORE,
    async () => {
      const rig = await start()
      const engine = rig.run([], { ...LATCH, TIDEGATE_BREAKERS__ACTION: 'cancel' })
      const status = await statusWhere(engine, rig.folder, ({ control }) =>
        control.words.some(({ scope, reasons }) => scope === 'strategy:sma' && reasons.includes('BREAKER')),
      )
      expect(haltedBy(status)).toEqual([])
      await engine.until(() => recordsOf(rig.folder).find(({ kind }) => kind === 'CANCEL_ALL') ?? null)
      const done = recordsOf(rig.folder).find(({ kind }) => kind === 'CANCEL_ALL')
      expect(done?.data).toMatchObject({ scope: 'strategy:sma', reason: 'breaker', left: [] })
      const rearmed = await operate(
        rig.folder,
        'rearm',
        '--scope',
        'strategy:sma',
        '--reason',
        'looked at it',
      )
      expect(rearmed.code).toBe(0)
      const filled = status.orders.filled
      await statusWhere(engine, rig.folder, ({ orders }) => orders.filled > filled)
      const { ended, document } = await terminate(engine)
      expect(ended.code, ended.stderr).toBe(0)
      await expectBooksEqual(rig, document)
    },
  )
})

describe('losses in a row in a replay', () => {
  const fillsOf = async (mode: string): Promise<number> => {
    const env = { TIDEGATE_MODE: mode, EXEC_CB_MAX_CONSECUTIVE_LOSSES: '2' }
    const args = ['replay', '--config', 'examples/sma-cross-usdm.yaml', '--out', tempFolder(), '--json']
    const { code, stdout, stderr } = await tidegate(args, { env })
    expect(code, stderr).toBe(0)
    return (JSON.parse(stdout) as RunDocument).fills.count
  }

  it('R9: they stop the strategy where the run is not dry; in a dry one they are not counted', async () => {
    expect(await fillsOf('paper')).toBe(4)
    expect(await fillsOf('dry-run')).toBe(59)
  })
})
