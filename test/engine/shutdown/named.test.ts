import { afterEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/core/errors.ts'
import type { JournalPort } from '../../../src/domain/journal.ts'
import { ShutdownOutcome } from '../../../src/engine/shutdown-summary.ts'
import { cleanUp, Rig, settle } from './rig.ts'

afterEach(cleanUp)

const rejected = (): Promise<void> => Promise.reject(new Error('went wrong'))

/** The eleven behaviours that the documents of origin name for a graceful shutdown. */
describe('graceful shutdown', () => {
  it('S3: dry-run skips cancellation', async () => {
    const rig = await Rig.open()
    await rig.rest(2)
    rig.options = { dryRun: true }
    const summary = await settle(rig.shutDown())
    expect(rig.venue.cancels).toEqual([])
    expect(summary).toMatchObject({ orders_canceled: 0, orders_left: [], verified: true, exit_code: EXIT.OK })
    expect(rig.venue.open()).toHaveLength(2)
  })

  it('S3, S5: paper cancels, and the orders close with the reason of the shutdown', async () => {
    const rig = await Rig.open()
    const ids = await rig.rest(3)
    const summary = await settle(rig.shutDown())
    expect(ids.map((id) => [rig.stateOf(id), rig.reasonOf(id)])).toEqual(
      ids.map(() => ['CANCELED', 'graceful_shutdown']),
    )
    expect(rig.venue.open()).toEqual([])
    expect(summary).toMatchObject({ orders_canceled: 3, orders_left: [], verified: true, exit_code: EXIT.OK })
    const after = rig.recovered()
    expect(ids.map((id) => after.orders.get(id)?.reason)).toEqual(ids.map(() => 'graceful_shutdown'))
  })

  it('S4: no orders to cancel: none is asked for, and the end is clean', async () => {
    const rig = await Rig.open()
    const summary = await settle(rig.shutDown())
    expect(rig.venue.cancels).toEqual([])
    expect(summary).toMatchObject({
      orders_canceled: 0,
      cancel_errors: 0,
      verified: true,
      exit_code: EXIT.OK,
    })
    expect(rig.recovered().endedClean).toBe(true)
  })

  it('S4: a single order is cancelled by a request of its own, also where the venue has batches', async () => {
    const rig = await Rig.open()
    rig.venue.withBatch('works')
    const [id] = await rig.rest(1)
    const summary = await settle(rig.shutDown())
    expect(rig.venue.batches).toEqual([])
    expect(rig.venue.cancels.map(({ clientOrderId }) => clientOrderId)).toEqual([id])
    expect(summary).toMatchObject({
      orders_canceled: 1,
      cancel_errors: 0,
      orders_left: [],
      exit_code: EXIT.OK,
    })
  })

  it('S4: many orders are cancelled in batches of the size that the venue takes', async () => {
    const rig = await Rig.open()
    rig.venue.withBatch('works')
    await rig.rest(45)
    const summary = await settle(rig.shutDown())
    expect(rig.venue.batches).toEqual([20, 20, 5])
    expect(rig.venue.cancels).toEqual([])
    expect(summary).toMatchObject({
      orders_canceled: 45,
      cancel_errors: 0,
      verified: true,
      exit_code: EXIT.OK,
    })
  })

  it('S7: the summary is logged, journaled, and told to metrics and alerts', async () => {
    const rig = await Rig.open()
    await rig.rest(2)
    const summary = await settle(rig.shutDown())
    expect(summary).toMatchObject({
      reason: 'SIGTERM',
      orders_canceled: 2,
      cancel_errors: 0,
      orders_left: [],
      state_flushed: true,
      runs: { count: 3, clean: 2 },
    })
    expect(summary.duration_ms).toBeGreaterThanOrEqual(0)
    expect(summary.steps.every(({ outcome }) => outcome === 'done')).toBe(true)
    expect(rig.lines.filter(({ text }) => text.startsWith('shutdown step')).map(({ text }) => text)).toEqual(
      summary.steps.map(({ name }, index) => `shutdown step ${index + 1}: ${name}`),
    )
    const told = rig.told.find(({ kind }) => kind === 'shutdown_summary')
    expect(told).toMatchObject({ summary: { orders_canceled: 2, state_flushed: true, exit_code: EXIT.OK } })
    expect(rig.told.filter(({ kind }) => kind === 'shutdown_step')).toHaveLength(summary.steps.length)
    const { endedClean, runs } = rig.recovered()
    expect([endedClean, runs]).toEqual([true, { count: 1, clean: 1 }])
  })

  it('S4: an order without a venue id that the venue does not know is skipped, stays UNKNOWN, and is named', async () => {
    const rig = await Rig.open()
    const [known] = await rig.rest(1)
    rig.venue.faults.submit = 'lost'
    const lost = rig.decide() as string
    rig.assembly.reports.onReport({ kind: 'unknown', clientOrderId: lost, reason: 'TIMEOUT', ts: '0' })
    const summary = await settle(rig.shutDown())
    expect(rig.stateOf(lost)).toBe('UNKNOWN')
    expect(rig.stateOf(known as string)).toBe('CANCELED')
    expect(summary).toMatchObject({
      orders_canceled: 1,
      orders_left: [lost],
      orders_skipped: [lost],
      exit_code: EXIT.ORDERS_LEFT,
    })
    expect(rig.lines.some(({ text, details }) => text.startsWith('skipped') && details['id'] === lost)).toBe(
      true,
    )
  })

  it('S6: a cancel that fails does not keep the others', async () => {
    const rig = await Rig.open()
    const ids = await rig.rest(5)
    rig.venue.faults.cancel = { rateLimited: 2 }
    const summary = await settle(rig.shutDown())
    expect(ids.map((id) => rig.stateOf(id))).toEqual(ids.map(() => 'CANCELED'))
    expect(summary).toMatchObject({
      orders_canceled: 5,
      cancel_errors: 2,
      orders_left: [],
      exit_code: EXIT.OK,
    })
    expect(summary.errors).toEqual([
      `${ids[0]}: TOO_MANY_REQUESTS -1003`,
      `${ids[1]}: TOO_MANY_REQUESTS -1003`,
    ])
    expect(rig.lines.filter(({ text }) => text === 'cancel failed')).toHaveLength(2)
  })

  it('S6: a venue that throws does not keep the procedure', async () => {
    const rig = await Rig.open()
    const ids = await rig.rest(2)
    rig.venue.faults.cancel = 'throws'
    const summary = await settle(rig.shutDown())
    expect(summary.orders_left.toSorted()).toEqual(ids.toSorted())
    expect(summary.exit_code).toBe(EXIT.ORDERS_LEFT)
    expect(summary.errors.join()).toContain('the venue adapter threw')
    expect(summary.steps.at(-1)).toMatchObject({ name: 'end workers', outcome: 'done' })
    expect([summary.state_flushed, rig.venue.closed]).toEqual([true, true])
  })

  it('S6: a flush that fails is logged, and the exit code says so', async () => {
    const rig = await Rig.open()
    await rig.rest(1)
    rig.journal.close = () => {
      throw new Error('EIO: the disk is gone')
    }
    const summary = await settle(rig.shutDown())
    expect(summary).toMatchObject({ orders_canceled: 1, state_flushed: false, exit_code: EXIT.FAILURE })
    expect(summary.errors).toEqual(['flush and close the journal: EIO: the disk is gone'])
    const line = rig.lines.find(({ level }) => level === 'error')
    expect(line).toMatchObject({ details: { error: 'EIO: the disk is gone' } })
    expect(summary.steps.at(-1)).toMatchObject({ name: 'end workers', outcome: 'done' })
  })

  it('S6: an order whose state cannot be marked is cancelled all the same', async () => {
    const rig = await Rig.open()
    const ids = await rig.rest(2)
    const { recorder } = rig.assembly.desk
    recorder.cancel = () => {
      throw new Error('the store is broken')
    }
    const summary = await settle(rig.shutDown())
    expect(ids.map((id) => rig.stateOf(id))).toEqual(['CANCELED', 'CANCELED'])
    expect(summary).toMatchObject({
      orders_canceled: 2,
      cancel_errors: 2,
      orders_left: [],
      exit_code: EXIT.OK,
    })
    expect(summary.errors).toEqual(ids.map((id) => `${id}: not marked: the store is broken`))
  })

  it.each([
    ['stops the feeds', { stopFeeds: rejected }],
    ['closes the venues', { closeVenues: rejected }],
    ['ends the workers', { closeWorkers: rejected as never }],
    ['books the last fills', { bookFills: rejected }],
    [
      'stops the intake',
      {
        stopIntake: (): never => {
          throw new Error('went wrong')
        },
      },
    ],
  ] as const)('S6: a step that %s and throws does not keep the next ones', async (_name, parts) => {
    const rig = await Rig.open()
    await rig.rest(2)
    rig.parts = parts
    const summary = await settle(rig.shutDown())
    expect(summary).toMatchObject({ orders_canceled: 2, state_flushed: true, exit_code: EXIT.FAILURE })
    expect(summary.steps.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { error: 'went wrong' },
    ])
    expect(summary.steps).toHaveLength(13)
  })
})

describe('what a shutdown says of what it could not know', () => {
  it('S7: a journal that neither closes nor says why is a failed step and no clean end', async () => {
    const rig = await Rig.open()
    rig.options = { journal: { failure: null, close: () => {} } as unknown as JournalPort }
    const { state_flushed, exit_code, steps } = await settle(rig.shutDown())
    expect([state_flushed, exit_code]).toEqual([false, EXIT.FAILURE])
    expect(steps.find(({ name }) => name === 'flush and close the journal')).toMatchObject({
      outcome: 'failed',
      error: 'not closed',
    })
    rig.journal.close()
  })

  it('S7: before the venues were asked, what our books do not know the end of is left', async () => {
    const rig = await Rig.open()
    const ids = await rig.rest(2)
    const outcome = new ShutdownOutcome(rig.assembly.desk, false)
    expect([outcome.left(), outcome.verified]).toEqual([ids, false])
  })
})
