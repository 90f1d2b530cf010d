import { EXIT } from '../../../src/core/errors.ts'
import type { WorkerStop } from '../../../src/engine/worker-types.ts'
import { nodeFs, type WriterFs } from '../../../src/journal/segment-writer.ts'
import type { Rig } from './rig.ts'

/** What is at the venue when the shutdown begins. */
export const SITUATIONS: Record<string, (rig: Rig) => Promise<void>> = {
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

export interface Fault {
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

export const FAULTS: Record<string, Fault> = {
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

/** Every fault in every situation. */
export const CELLS: readonly (readonly [string, string])[] = Object.keys(FAULTS).flatMap((fault) =>
  Object.keys(SITUATIONS).map((situation) => [fault, situation] as const),
)
