import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import {
  type ControlHandlers,
  ControlHost,
  type ControlHostOptions,
  type ControlWorker,
} from '../../src/control/control-host.ts'
import { runControlThread } from '../../src/control/control-thread.ts'
import type { ControlEvent, ControlWorkerData, ToControl } from '../../src/control/messages.ts'
import { OperatorDesk } from '../../src/control/operator-desk.ts'
import { allScopes } from '../../src/control/scope.ts'
import type { StatusDocument } from '../../src/control/status.ts'
import type { ControlData } from '../../src/domain/journal-records.ts'
import { Halts, type ScopeNames } from '../../src/engine/halts.ts'
import type { Recorder } from '../../src/engine/recorder.ts'
import { arm, setReason } from '../../src/gate/arm.ts'
import { ALL_SCOPE, ControlPlane } from '../../src/shm/control-plane.ts'

export const NAMES: ScopeNames = {
  venue: ['sim'],
  account: ['main'],
  strategy: ['sma', 'linear'],
  symbol: ['BTCUSDT', 'ETHUSDT'],
}

/** No process has it: the kernel's are smaller. The number of one that has ended may be another's by now. */
export const PID_OF_NOBODY = 4_194_304

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'tidegate-control-'))
}

/** The control thread's code on this thread, over a message channel: every role on one thread. */
class InlineControl implements ControlWorker {
  readonly #port: MessagePort

  constructor(data: ControlWorkerData) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port2
    void runControlThread(data, port1)
  }

  on(event: 'message' | 'error', listener: (value: never) => void): void {
    this.#port.on(event as 'message', listener as (value: unknown) => void)
  }

  once(_event: 'exit', listener: (code: number) => void): void {
    this.#port.once('close', () => listener(0))
  }

  postMessage(message: ToControl): void {
    this.#port.postMessage(message)
  }

  unref(): void {
    this.#port.unref()
  }

  async terminate(): Promise<void> {
    this.#port.close()
  }
}

export const INLINE: Partial<ControlHostOptions> = { spawn: (data) => new InlineControl(data) }

/** A thread that runs this text instead of the control thread's code. */
export function running(text: string): Partial<ControlHostOptions> {
  return { spawn: () => new Worker(text, { eval: true }) }
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
  readonly notes: string[]
  readonly lost: string[]
  readonly records: ControlData[]
  /** set it to refuse arming */
  obstacle: string | null
  /** waits until something was told */
  until(condition: () => boolean): Promise<void>
}

/** Far beyond what a slow machine needs: a test that fails says what it waited for, instead of its own time limit. */
const TURNS_MAX = 20_000

/** Waits until something has happened. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX && !condition(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  if (!condition()) throw new Error('it did not happen')
}

/** A control thread over a plane, with this thread as its main thread, which a loaded machine may hold up. */
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
    notes: [],
    lost: [],
    records: [],
    obstacle: null,
    until,
  }
  const recorder = { control: (_actor: string, data: ControlData) => running.records.push(data) }
  const halts = new Halts(
    plane,
    NAMES,
    recorder as unknown as Recorder,
    () => 42,
    () => '0',
  )
  const desk = new OperatorDesk({ halts, cannotArm: () => running.obstacle })
  running.host = await ControlHost.start(
    {
      ...{ plane, stateDir: folder, socket, names: NAMES, baseHrNs: process.hrtime.bigint() },
      ...{ mainTimeoutMs: 60_000, ...options },
    },
    {
      status: () => STATUS,
      request: (request) => {
        if (request.action === 'rearm') return desk.rearm(request)
        if (request.action === 'resume') return desk.resume(request)
        const late = 'text' in request && request.text === 'late'
        return { status: 200, body: { canceled: ['a'], ended: [], left: late ? ['b'] : [] } }
      },
      onEvent: (event) => running.events.push(event),
      onProblem: (code, message) => running.problems.push(`${code} ${message}`),
      onNote: (line) => running.notes.push(line),
      onLost: (reason) => running.lost.push(reason),
      ...handlers,
    },
  )
  return running as Running
}
