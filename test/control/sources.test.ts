import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import { KillLook } from '../../src/control/kill-look.ts'
import { KillPlane } from '../../src/control/kill-plane.ts'
import { type KillAck, type LatchedKill, readLatch } from '../../src/control/latch.ts'
import { NO_LEVEL_SOURCES } from '../../src/control/level-sources.ts'
import { SignalKill } from '../../src/control/signal-kill.ts'
import { Watchdog } from '../../src/control/watchdog.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { loadNative } from '../../src/core/native.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { arm, setReason } from '../../src/gate/arm.ts'
import { ALL_SCOPE, type ControlPlane } from '../../src/shm/control-plane.ts'
import { isOpen } from '../../src/shm/control-word.ts'
import { Heartbeat } from '../../src/shm/heartbeat.ts'
import { signalLatchTarget } from '../../src/shm/signal-latch.ts'
import { skipWhere } from '../needs.ts'
import { INLINE, NAMES, openPlane, type Running, startControl, temporaryFolder, until } from './support.ts'

const running: Running[] = []
async function start(...[plane, folder, options]: Parameters<typeof startControl>): Promise<Running> {
  const started = await startControl(plane, folder, { ...INLINE, ...options })
  running.push(started)
  return started
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.host.close()))
})

function expectAck(ack: KillAck): void {
  expect(ack.effective_ns).toBeGreaterThanOrEqual(ack.set_ns)
  expect(ack.latched_ns).toBeGreaterThanOrEqual(ack.effective_ns as number)
}

const rearm = async (engine: Running): Promise<{ status: number; body: object }> =>
  controlRequest(engine.socket, 'POST', '/ops/rearm', {
    generation: engine.plane.all.load() >>> 12,
    reason: 'looked at',
  })

describe('kill sources of the control thread', () => {
  it('K6 K8: the lock file kills, leaves its acknowledgement, and blocks a re-arm until it goes', async () => {
    const folder = temporaryFolder()
    const lockFile = path.join(folder, 'kill.lock')
    const engine = await start(openPlane(), folder, { levels: { ...NO_LEVEL_SOURCES, lockFile } })
    expect(isOpen(engine.plane.all.load())).toBe(true)
    writeFileSync(lockFile, JSON.stringify({ reason: 'deployment', actor: 'ansible' }))
    await until(() => readLatch(folder).kills.length > 0 && engine.events.length > 0)
    const [kill] = readLatch(folder).kills
    expect(kill).toMatchObject({
      code: 'LOCK_FILE',
      source: 'lock_file',
      actor: 'ansible',
      text: 'deployment',
      scope: 'all',
    })
    expectAck(kill as KillAck)
    expect(engine.events[0]).toMatchObject({ kind: 'kill', kill })
    expect(await rearm(engine)).toMatchObject({
      status: 409,
      body: { error: { code: 'LEVEL_SOURCE_ASSERTED', message: 're-arm refused: lock_file' } },
    })
    rmSync(lockFile)
    expect((await rearm(engine)).status).toBe(200)
    expect(isOpen(engine.plane.all.load())).toBe(true)
    await until(() => engine.notes.length > 0)
    expect(engine.notes[0]).toContain('lock_file is released')
  })

  it('K6: a lock file that comes back just before a re-arm is seen by it, not only by the next poll', async () => {
    const folder = temporaryFolder()
    const lockFile = path.join(folder, 'missing', 'kill.lock')
    const engine = await start(openPlane(), folder, { levels: { ...NO_LEVEL_SOURCES, haltedFile: lockFile } })
    expect((await rearm(engine)).status).toBe(409)
    expect(engine.plane.levels()).toEqual(['file'])
  })

  it('K4 K6: environment and a missing halt file have killed before anything can arm', async () => {
    const folder = temporaryFolder()
    const levels = {
      ...NO_LEVEL_SOURCES,
      environment: 'KILL_SWITCH of the environment',
      haltedFile: '/nowhere/x',
    }
    const engine = await start(openPlane(), folder, { levels })
    expect(engine.plane.all.load() & REASON.KILL).toBe(REASON.KILL)
    expect(engine.plane.levels()).toEqual(['file', 'environment'])
    await until(() => engine.events.length === 2)
    expect(engine.events.map(({ code, source }) => [code, source])).toEqual([
      ['ENVIRONMENT', 'environment'],
      ['FILE', 'file'],
    ])
    expect((await rearm(engine)).body).toMatchObject({
      error: { message: 're-arm refused: file, environment' },
    })
    expectAck(readLatch(folder).kills[0] as KillAck)
  })

  it('K6: a main thread without progress is STALLED until an operator re-arms', async () => {
    const plane = openPlane()
    new Heartbeat(plane, 'main').state('running')
    const engine = await start(plane, temporaryFolder(), { stallMs: 20 })
    await until(() => engine.events.length > 0)
    expect(engine.events).toMatchObject([
      { kind: 'stalled', reason: 'STALLED', code: 'STALLED', source: 'watchdog', actor: 'watchdog' },
    ])
    expect(plane.all.load() & REASON.STALLED).toBe(REASON.STALLED)
    expect((await rearm(engine)).status).toBe(200)
    expect(isOpen(plane.all.load())).toBe(true)
    expect(readLatch(engine.folder).kills).toEqual([])
  })

  it('K6: a stall is told once, and again after progress; a thread that starts or stops is none', () => {
    const plane = openPlane()
    const main = new Heartbeat(plane, 'main')
    let stalls = 0
    const watchdog = new Watchdog(plane, 3_600_000, { stalled: () => stalls++ })
    const look = (times: number): number => {
      for (let n = 0; n < times; n++) watchdog.check()
      return stalls
    }
    main.state('starting')
    expect(look(100)).toBe(0)
    main.state('running')
    main.progress()
    expect(look(20)).toBe(0)
    expect(look(100)).toBe(1)
    main.progress()
    expect(look(21)).toBe(2)
    main.state('stopping')
    main.progress()
    expect(look(100)).toBe(2)
    watchdog.close()
  })
})

/** The control thread's look, without its thread. */
function looking(): {
  plane: ControlPlane
  look: KillLook
  told: string[]
  latched: () => Promise<readonly LatchedKill[]>
} {
  const plane = openPlane()
  const stateDir = temporaryFolder()
  const baseHrNs = process.hrtime.bigint()
  const clock = new SystemClock(baseHrNs)
  const told: string[] = []
  const kills = new KillPlane({
    ...{ plane, names: NAMES, stateDir, latchSync: true, effectiveTimeoutMs: 1_000, clock, baseHrNs },
    onEvent: ({ kind }) => told.push(kind),
    onProblem: (code) => told.push(code),
  })
  const latched = async (): Promise<readonly LatchedKill[]> => {
    await kills.settled()
    return readLatch(stateDir).kills
  }
  return { plane, look: new KillLook(plane, NAMES, kills, clock), told, latched }
}

describe('a kill of another thread', () => {
  it('K6 K8: is latched with what its setter says, also where it was held up before it said so; else as a signal', async () => {
    const { plane, look, told, latched } = looking()
    const scope = { kind: 'symbol', index: 0 } as const
    const generation = setReason(plane, scope, 'KILL', 'risk').word >>> 12
    for (let looks = 0; looks < 50; looks++) look.look()
    expect(await latched()).toEqual([])
    look.killed({
      ...{ reason: 'KILL', code: 'DAILY_LOSS', text: '2 %', actor: 'risk', source: 'risk' },
      ...{ scope: 'symbol:BTCUSDT', utcNs: '1723161278000000000', generation },
    })
    for (let looks = 0; looks < 200; looks++) look.look()
    expect(await latched()).toMatchObject([{ code: 'DAILY_LOSS', generation }])
    expect(told).toEqual(['latched'])
    setReason(plane, { kind: 'symbol', index: 1 }, 'KILL', 'risk')
    for (let looks = 0; looks < 200; looks++) look.look()
    expect(await latched()).toMatchObject([{ code: 'DAILY_LOSS' }, { code: 'SIGNAL' }])
    expect(told).toEqual(['latched', 'kill'])
  })

  it('K8: is latched at the end of the thread though nobody has said anything of it, so the next start stands', async () => {
    const engine = await start(openPlane())
    setReason(engine.plane, { kind: 'symbol', index: 0 }, 'KILL', 'risk')
    const close = engine.host.close()
    expect(readLatch(engine.folder).kills).toEqual([])
    await close
    expect(readLatch(engine.folder).kills).toMatchObject([{ scope: 'symbol:BTCUSDT', code: 'SIGNAL' }])
  })

  it('K8: at the end of the thread is latched as its setter has said, and one that was re-armed is not', async () => {
    const { plane, look, told, latched } = looking()
    const generation = setReason(plane, { kind: 'symbol', index: 0 }, 'KILL', 'risk').word >>> 12
    look.killed({
      ...{ reason: 'KILL', code: 'DAILY_LOSS', text: '2 %', actor: 'risk', source: 'risk' },
      ...{ scope: 'symbol:BTCUSDT', utcNs: '1723161278000000000', generation },
    })
    const { word } = setReason(plane, ALL_SCOPE, 'KILL', 'engine')
    arm(plane, ALL_SCOPE, REASON.KILL, 'operator', word, { text: 'looked at' })
    look.look(true)
    expect(await latched()).toMatchObject([{ scope: 'symbol:BTCUSDT', code: 'DAILY_LOSS' }])
    expect(told).toEqual(['latched'])
  })
})

describe('SIGUSR2', () => {
  it('K5 K6: a signal that a re-arm has ended before the look is not latched again, and the next one is', async () => {
    const { plane, look, told, latched } = looking()
    // As the native latch does it: the word, the time, the count.
    const signal = (): void => {
      const { record } = signalLatchTarget(plane)
      plane.all.set(REASON.KILL)
      Atomics.store(record, 1, process.hrtime.bigint())
      Atomics.add(record, 0, 1n)
    }
    signal()
    arm(plane, ALL_SCOPE, REASON.KILL, 'operator', plane.all.load(), { text: 'looked at' })
    look.look()
    expect([isOpen(plane.all.load()), await latched(), told]).toEqual([true, [], []])
    signal()
    look.look()
    expect(await latched()).toMatchObject([{ code: 'SIGNAL', generation: plane.all.load() >>> 12 }])
    expect(told).toEqual(['kill'])
  })

  it('K6: without the native module a JavaScript handler kills, once for each signal', async () => {
    let kills = 0
    const signal = new SignalKill(openPlane(), () => kills++, null)
    try {
      expect(signal.implementation).toBe('javascript')
      signal.check()
      process.kill(process.pid, 'SIGUSR2')
      await until(() => kills === 1)
    } finally {
      signal.close()
    }
    expect(process.listenerCount('SIGUSR2')).toBe(0)
  })

  describe('with the native module', () => {
    skipWhere(loadNative() === null ? 'needs the native module' : null)

    it('K6 K7 K8: the latch sets the word, and the control thread leaves the acknowledgement of each signal', async () => {
      const plane = openPlane()
      const engine = await start(plane)
      const signal = new SignalKill(plane, () => expect.unreachable())
      try {
        expect(signal.implementation).toBe('native')
        for (const count of [1, 2]) {
          const before = process.hrtime.bigint()
          process.kill(process.pid, 'SIGUSR2')
          await until(() => engine.events.length === count && readLatch(engine.folder).kills.length > 0)
          const [kill] = readLatch(engine.folder).kills
          expect(kill).toMatchObject({ code: 'SIGNAL', source: 'signal', scope: 'all' })
          expect(kill?.generation).toBe(plane.all.load() >>> 12)
          expect(kill?.set_ns).toBeGreaterThan(Number(before))
          expectAck(kill as KillAck)
        }
      } finally {
        signal.close()
      }
    })

    it('K7: a handler that somebody puts in front of the latch does not take the signal for long', () => {
      const plane = openPlane()
      const signal = new SignalKill(plane, () => expect.unreachable())
      const native = loadNative()
      const other = (): void => {}
      try {
        process.on('SIGUSR2', other)
        expect(native?.signalLatchArmed()).toBe(false)
        signal.check()
        expect(native?.signalLatchArmed()).toBe(true)
      } finally {
        signal.close()
        process.off('SIGUSR2', other)
      }
      expect(native?.signalLatchArmed()).toBe(false)
    })
  })
})
