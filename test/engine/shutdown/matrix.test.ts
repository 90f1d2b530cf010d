import { afterEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/core/errors.ts'
import { TERMINAL_STATES } from '../../../src/domain/order.ts'
import type { ShutdownSummary } from '../../../src/engine/shutdown-summary.ts'
import type { WorkerStop } from '../../../src/engine/worker-types.ts'
import { nodeFs, type WriterFs } from '../../../src/journal/segment-writer.ts'
import { cleanUp, Rig, settle } from './rig.ts'

afterEach(cleanUp)

const TOTAL_MS = 9_500

/** What is at the venue when the shutdown begins. */
const SITUATIONS: Record<string, (rig: Rig) => Promise<void>> = {
  idle: async () => {},
  'orders open': async (rig) => {
    await rig.rest(30)
  },
  'submission in flight': async (rig) => {
    await rig.rest(2)
    rig.venue.faults.latencyMs = 300
    rig.sent()
    rig.venue.faults.latencyMs = 0
    rig.venue.faults.submit = 'silent'
    rig.sent()
    rig.venue.faults.submit = 'accept'
  },
  'UNKNOWN present': async (rig) => {
    await rig.rest(2)
    rig.venue.faults.submit = 'unknown'
    const ids = [rig.sent(), rig.sent()]
    while (ids.some((id) => rig.stateOf(id) === 'SUBMITTED')) await rig.pass(1)
    rig.venue.faults.submit = 'accept'
  },
}

interface Fault {
  readonly set: (rig: Rig) => void
  /** the orders can be cancelled under this fault */
  readonly clears: boolean
  /** the exit code where nothing is left */
  readonly code: number
  readonly fs?: () => WriterFs & { full: boolean }
}

function stopping(how: WorkerStop['how'], share: number): (rig: Rig) => void {
  return (rig) => {
    rig.parts = {
      closeWorkers: async (limitMs) => {
        await new Promise((resolve) => setTimeout(resolve, limitMs * share))
        return [{ worker: 0, how }]
      },
    }
  }
}

/** A disk that takes nothing once it is full. */
function fillingDisk(): WriterFs & { full: boolean } {
  const fs = {
    ...nodeFs,
    full: false,
    write: (fd: number, bytes: Uint8Array, offset: number, length: number): number => {
      if (fs.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      return nodeFs.write(fd, bytes, offset, length)
    },
  }
  return fs
}

let disk: ReturnType<typeof fillingDisk>

const FAULTS: Record<string, Fault> = {
  none: { set: () => {}, clears: true, code: EXIT.OK },
  'cancel hangs': { set: ({ venue }) => void (venue.faults.cancel = 'hangs'), clears: false, code: EXIT.OK },
  '429 storm': {
    set: ({ venue }) => {
      venue.faults.cancel = { rateLimited: Number.POSITIVE_INFINITY }
      venue.faults.query = 'throws'
    },
    clears: false,
    code: EXIT.FAILURE,
  },
  '429 storm that passes': {
    set: ({ venue }) => void (venue.faults.cancel = { rateLimited: 12 }),
    clears: true,
    code: EXIT.OK,
  },
  'WebSocket dead': { set: ({ venue }) => void (venue.faults.stream = false), clears: true, code: EXIT.OK },
  'HTTP dead': {
    set: ({ venue }) => {
      venue.faults.cancel = 'hangs'
      venue.faults.query = 'throws'
    },
    clears: false,
    code: EXIT.FAILURE,
  },
  'venue never answers': {
    set: ({ venue }) => {
      venue.faults.cancel = 'hangs'
      venue.faults.query = 'hangs'
      venue.faults.stream = false
    },
    clears: false,
    code: EXIT.FAILURE,
  },
  'venue slow': { set: ({ venue }) => void (venue.faults.latencyMs = 400), clears: true, code: EXIT.OK },
  'batch partly fails': { set: ({ venue }) => venue.withBatch('part'), clears: true, code: EXIT.OK },
  'batch fails': { set: ({ venue }) => venue.withBatch('fails'), clears: true, code: EXIT.OK },
  'batch hangs': { set: ({ venue }) => venue.withBatch('hangs'), clears: true, code: EXIT.OK },
  'worker stuck in JavaScript': { set: stopping('terminated', 0.6), clears: true, code: EXIT.OK },
  'worker stuck in native code': { set: stopping('stuck', 0.9), clears: true, code: EXIT.FORCED },
  'disk full': {
    set: () => void (disk.full = true),
    clears: true,
    code: EXIT.FAILURE,
    fs: () => {
      disk = fillingDisk()
      return disk
    },
  },
  'second SIGTERM': {
    set: (rig) => void setTimeout(() => rig.hurry.abort(), 50),
    clears: true,
    code: EXIT.OK,
  },
  'second SIGTERM while cancels hang': {
    set: (rig) => {
      rig.venue.faults.cancel = 'hangs'
      setTimeout(() => rig.hurry.abort(), 50)
    },
    clears: false,
    code: EXIT.OK,
  },
}

const CELLS = Object.keys(FAULTS).flatMap((fault) =>
  Object.keys(SITUATIONS).map((situation) => [fault, situation] as const),
)

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
