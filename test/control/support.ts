import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ControlHandlers, ControlHost, type ControlHostOptions } from '../../src/control/control-host.ts'
import type { ControlEvent } from '../../src/control/messages.ts'
import { OperatorDesk } from '../../src/control/operator-desk.ts'
import { allScopes, type ScopeNames } from '../../src/control/scope.ts'
import type { StatusDocument } from '../../src/control/status.ts'
import type { ControlData } from '../../src/domain/journal-records.ts'
import { arm, setReason } from '../../src/gate/arm.ts'
import { ALL_SCOPE, ControlPlane } from '../../src/shm/control-plane.ts'

export const NAMES: ScopeNames = {
  venue: ['sim'],
  account: ['main'],
  strategy: ['sma', 'linear'],
  symbol: ['BTCUSDT', 'ETHUSDT'],
}

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'tidegate-control-'))
}

/** A plane in which everything is open, as after the arming procedure. */
export function openPlane(): ControlPlane {
  const plane = ControlPlane.create()
  for (const scope of allScopes(NAMES)) {
    if (scope.kind !== 'all') arm(plane, scope, 0, 'arming', 0)
  }
  setReason(plane, ALL_SCOPE, 'BOOT', 'start')
  arm(plane, ALL_SCOPE, 1, 'arming', plane.all.load(), { bootMayArm: true })
  return plane
}

export const STATUS = { node: 't', mode: 'paper', ready: true } as unknown as StatusDocument

export interface Running {
  readonly plane: ControlPlane
  readonly host: ControlHost
  readonly folder: string
  readonly socket: string
  readonly events: ControlEvent[]
  readonly problems: string[]
  readonly lost: string[]
  readonly records: ControlData[]
  /** set it to refuse arming */
  obstacle: string | null
  /** waits until something was told */
  until(condition: () => boolean): Promise<void>
}

const TURNS_MAX = 2_000

/** A control thread over a plane, with this thread as its main thread. */
export async function startControl(
  plane: ControlPlane = openPlane(),
  folder: string = temporaryFolder(),
  options: Partial<ControlHostOptions> = {},
  handlers: Partial<ControlHandlers> = {},
): Promise<Running> {
  const socket = options.socket ?? path.join(folder, 'control.sock')
  const running: Omit<Running, 'host'> & { host?: ControlHost } = {
    plane,
    folder,
    socket,
    events: [],
    problems: [],
    lost: [],
    records: [],
    obstacle: null,
    until: async (condition) => {
      for (let turn = 0; turn < TURNS_MAX && !condition(); turn++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      if (!condition()) throw new Error('it did not happen')
    },
  }
  const desk = new OperatorDesk({
    plane,
    names: NAMES,
    cannotArm: () => running.obstacle,
    record: (data) => running.records.push(data),
    tickSeq: () => 42,
  })
  running.host = await ControlHost.start(
    { plane, stateDir: folder, socket, names: NAMES, baseHrNs: process.hrtime.bigint(), ...options },
    {
      status: () => STATUS,
      request: (request) =>
        request.action === 'rearm'
          ? desk.rearm(request)
          : request.action === 'resume'
            ? desk.resume(request)
            : { status: 501, body: {} },
      onEvent: (event) => running.events.push(event),
      onProblem: (code, message) => running.problems.push(`${code} ${message}`),
      onLost: (reason) => running.lost.push(reason),
      ...handlers,
    },
  )
  return running as Running
}

/** Blocks this thread's event loop, as a main thread that hangs does. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
