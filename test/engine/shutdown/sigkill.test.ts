import { afterEach, describe, expect, it } from 'vitest'
import type { OrderState } from '../../../src/domain/order.ts'
import { settleInFlight } from '../../../src/engine/recovery.ts'
import { CELLS, FAULTS, type Fault, SITUATIONS } from './fault-matrix.ts'
import { cleanUp, Rig, settle } from './rig.ts'

afterEach(cleanUp)

const IN_FLIGHT: readonly (OrderState | undefined)[] = ['INITIALIZED', 'SUBMITTED']

/** The next start after a SIGKILL now: verified and replayed, halted until an operator arms, every order of ours by name. */
function expectRecovers(rig: Rig, point: string): void {
  const home = rig.nextStart()
  try {
    expect([home.dir.previous, home.mayArmItself], point).toEqual(['crashed', false])
    const { open } = home.recoveryData()
    expect(
      rig.venue.open().filter((id) => !open.includes(id)),
      `${point}: open at the venue and not named`,
    ).toEqual([])
    const { orders } = home.before
    const inFlight = open.filter((id) => IN_FLIGHT.includes(orders.get(id)?.state))
    const recorded: string[] = []
    const unknown = settleInFlight(orders, { unknown: (id: string) => recorded.push(id) } as never, '0')
    expect([unknown, recorded], point).toEqual([inFlight, inFlight])
    expect(
      inFlight.map((id) => orders.get(id)?.state),
      point,
    ).toEqual(inFlight.map(() => 'UNKNOWN'))
  } finally {
    home.close(false)
  }
}

describe('S4, K8, O3: a SIGKILL at the points of the fault matrix of shutdown', () => {
  it.each(CELLS)(
    '%s × %s: the next start recovers, boots halted and names what it found',
    async (faultName, situation) => {
      const fault = FAULTS[faultName] as Fault
      const rig = await Rig.open(fault.fs?.())
      await SITUATIONS[situation]?.(rig)
      expectRecovers(rig, 'before the end')
      fault.set(rig)
      let points = 0
      const wrong: unknown[] = []
      const seen = new Set<string>()
      rig.options = {
        onLine: (_level, text) => {
          // Each step, and of lines that repeat the first.
          if (seen.has(text) || /^cancel ([2-9]|\d\d)/.test(text)) return
          seen.add(text)
          points++
          try {
            expectRecovers(rig, text)
          } catch (error) {
            // A step that throws is only a step that failed.
            wrong.push(error)
          }
        },
      }
      await settle(rig.shutDown())
      if (wrong.length > 0) throw wrong[0]
      expect(points).toBeGreaterThanOrEqual(13)
    },
  )
})
