import { afterEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/core/errors.ts'
import { TERMINAL_STATES } from '../../../src/domain/order.ts'
import type { ShutdownSummary } from '../../../src/engine/shutdown-summary.ts'
import { CELLS, FAULTS, type Fault, SITUATIONS } from './fault-matrix.ts'
import { cleanUp, Rig, settle } from './rig.ts'

afterEach(cleanUp)

const TOTAL_MS = 9_500

/** Every truth that a summary must hold, whatever happened. */
function checkTruth(rig: Rig, summary: ShutdownSummary): void {
  const { orders } = rig.assembly.desk
  const left = new Set(summary.orders_left)
  expect(
    rig.venue.open().filter((id) => !left.has(id)),
    'open at the venue and not named',
  ).toEqual([])
  for (const id of left) {
    const ended = TERMINAL_STATES.has(orders.get(id)?.state as never)
    expect(ended && !rig.venue.open().includes(id), `${id} is named and closed`).toBe(false)
  }
  const canceled = [...orders.all()].filter(({ state }) => state === 'CANCELED')
  expect(summary.orders_canceled).toBe(canceled.length)
  for (const { reason } of canceled) expect(reason).toBe('graceful_shutdown')
  expect([...orders.open()].filter(({ state }) => state === 'SUBMITTED')).toEqual([])
  if (summary.verified) expect(summary.orders_left).toEqual([])
  if (summary.exit_code === EXIT.OK) expect(summary.verified).toBe(true)
  for (const step of summary.steps.filter(({ outcome }) => outcome !== 'done'))
    expect(summary.errors.join()).toContain(step.name)
}

describe('S4, S6, S7, S8: the fault matrix of shutdown', () => {
  it.each(CELLS)('%s × %s', async (faultName, situation) => {
    const fault = FAULTS[faultName] as Fault
    const rig = await Rig.open(fault.fs?.())
    await SITUATIONS[situation]?.(rig)
    const startMs = performance.now()
    const sent = rig.venue.submits.length
    fault.set(rig)
    // The strategy goes on deciding all the while.
    const deciding = setInterval(() => rig.decide(), 97)
    const summary = await settle(rig.shutDown())
    clearInterval(deciding)
    expect(rig.decide()).toBe(null)
    expect(rig.venue.submits.length, 'orders after the flag').toBe(sent)
    expect(performance.now() - startMs).toBeLessThanOrEqual(TOTAL_MS)
    checkTruth(rig, summary)
    const leaves = sent > 0 && !fault.clears
    expect(summary.orders_left.length > 0, summary.orders_left.join()).toBe(leaves)
    expect(summary.exit_code).toBe(leaves ? EXIT.ORDERS_LEFT : fault.code)
    expect(summary.steps.at(-1)?.name).toBe('end workers')
    expect(rig.venue.closed).toBe(true)
    expect(summary.state_flushed).toBe(fault.fs === undefined)
    if (fault.fs !== undefined) return
    const after = rig.recovered()
    expect(after.endedClean).toBe(true)
    const unfinished = [...after.orders.open()].map(({ request }) => request.clientOrderId)
    expect(unfinished.toSorted()).toEqual(summary.orders_left.toSorted())
  })
})
