import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { EngineHome } from '../../src/control/engine-home.ts'
import { type LatchedKill, writeLatch } from '../../src/control/latch.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import { isOpen } from '../../src/shm/control-word.ts'
import { INLINE, openPlane, startControl, temporaryFolder } from './support.ts'

const KILL: LatchedKill = {
  ...{ generation: 7, set_ns: 1, effective_ns: 2, latched_ns: 3, code: 'OPERATOR', text: 'x' },
  ...{ actor: 'ada', source: 'cli', scope: 'symbol:GONE', utc_ns: '1723161278000000000' },
}

function open(folder: string): EngineHome {
  const table = new InstrumentTable()
  table.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
  return EngineHome.open({
    ...{ folder, clock: new SystemClock(), segmentBytesMax: 1 << 20, table, strategies: ['sma'] },
  })
}

describe('who may arm a start by itself', () => {
  it('K4 K8: a first start and one after a clean stop may; one after a crash, with a kill or with a damaged latch may not', () => {
    const folder = path.join(temporaryFolder(), 'state')
    const starts = (before: () => void, clean: boolean): boolean => {
      before()
      const home = open(folder)
      const { mayArmItself } = home
      expect(home.recoveryData()).toMatchObject({ records: 0, torn_bytes: 0, open: [] })
      home.close(clean)
      return mayArmItself
    }
    const nothing = (): void => {}
    expect(starts(nothing, true)).toBe(true)
    expect(starts(nothing, false)).toBe(true)
    expect(starts(nothing, true)).toBe(false)
    expect(starts(() => writeLatch(folder, [KILL], true), true)).toBe(false)
    expect(starts(() => writeFileSync(path.join(folder, 'latch.json'), '{'), true)).toBe(false)
    expect(starts(() => writeLatch(folder, [], true), true)).toBe(true)
  })

  it.each(['PAUSE', 'BREAKER', 'JOURNAL', 'STALLED'])(
    'K4 R6 S11: %s that stood at a clean end is the operator’s to end, over any number of starts, and then it is over',
    (reason) => {
      const folder = path.join(temporaryFolder(), 'state')
      const scope = reason === 'BREAKER' ? 'strategy:sma' : 'all'
      const life = (
        ...changes: readonly (readonly [set: string[], cleared: string[], scope?: string])[]
      ): boolean => {
        const home = open(folder)
        const { mayArmItself } = home
        const boot = {
          boot: 1,
          node: 'a',
          mode: 'paper',
          version: '0',
          config_sha256: '',
          notional_unit: '1',
        }
        home.journal.append('BOOT', 'engine', { ...boot, instruments: [], strategies: ['sma'] })
        for (const [set, cleared, of = 'all'] of changes) {
          home.journal.append('CONTROL', 'x', {
            scope: of,
            set,
            cleared,
            generation: 2,
            code: null,
            text: '',
          })
        }
        home.journal.append('SUMMARY', 'engine', { exit_code: 0 })
        home.close(true)
        return mayArmItself
      }
      expect(life([[], ['BOOT']], [[reason, 'SHUTDOWN'], [], scope])).toBe(true)
      expect(life([['BOOT', 'SHUTDOWN'], []])).toBe(false)
      expect(life([['BOOT'], []], [[], ['BOOT']], [['SHUTDOWN'], []])).toBe(false)
      expect(life([['BOOT'], []], [[], ['BOOT']], [[reason], [], scope], [[], [reason], scope])).toBe(true)
      expect(life()).toBe(true)
    },
  )

  it('K8: a latched kill of a scope that the run no longer has kills everything', async () => {
    const folder = temporaryFolder()
    writeLatch(folder, [KILL], true)
    const { plane, host } = await startControl(openPlane(), folder, INLINE)
    expect(isOpen(plane.all.load())).toBe(false)
    await host.close()
  })
})
