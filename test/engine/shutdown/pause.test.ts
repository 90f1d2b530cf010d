import { afterEach, describe, expect, it } from 'vitest'
import { TradingAction } from '../../../src/domain/action.ts'
import { REASON, type ReasonName } from '../../../src/domain/reasons.ts'
import { ALL_SCOPE } from '../../../src/shm/control-plane.ts'
import { cleanUp, Rig } from './rig.ts'

afterEach(cleanUp)

const CAUSE = { code: 'OPERATOR', text: 'lunch', source: 'test' } as const

/** An engine that holds what it bought. */
async function holding(): Promise<Rig> {
  const rig = await Rig.open()
  const [id] = (await rig.rest(1)) as [string]
  rig.venue.fill(id)
  expect(rig.assembly.desk.portfolio.position(0)).toBe(1_000)
  return rig
}

describe('pause', () => {
  it('S11: stops entries and keeps managing exits; resume re-arms', async () => {
    const rig = await holding()
    const { halts } = rig.assembly
    halts.halt(ALL_SCOPE, 'PAUSE', 'operator', CAUSE)
    expect(rig.decide()).toBe(null)
    expect(rig.run(rig.intent(0, TradingAction.SELL))).not.toBe(null)
    expect(halts.clear(ALL_SCOPE, REASON.PAUSE, 'operator', rig.plane.all.load(), {}, CAUSE).done).toBe(true)
    expect(rig.decide()).not.toBe(null)
  })

  it.each(['KILL', 'SHUTDOWN'] as const satisfies readonly ReasonName[])(
    'S11: under %s exits stop as well',
    async (reason) => {
      const rig = await holding()
      rig.assembly.halts.halt(ALL_SCOPE, reason, reason === 'KILL' ? 'operator' : 'shutdown', CAUSE)
      expect(rig.run(rig.intent(0, TradingAction.SELL))).toBe(null)
    },
  )
})
