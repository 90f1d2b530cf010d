import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type EngineProcess, isGone, lockHolder } from '../../../src/control/guardian/engine-process.ts'
import { EngineWatch } from '../../../src/control/guardian/engine-watch.ts'
import { fence } from '../../../src/control/guardian/fence.ts'
import { Guardian } from '../../../src/control/guardian/guardian.ts'
import { type Progress, ProgressWriter, readProgress } from '../../../src/control/guardian/progress-file.ts'
import { type GuardianVenue, type OpenOrder, sweep } from '../../../src/control/guardian/sweep.ts'
import { StateDir } from '../../../src/control/state-dir.ts'
import { SystemClock } from '../../../src/core/clock.ts'
import { temporaryFolder } from '../support.ts'

const children = new Set<ChildProcess>()
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  children.clear()
})

/** A process that says "ready", then runs this text for ever. */
async function processOf(text: string): Promise<{ child: ChildProcess; engine: EngineProcess }> {
  const child = spawn(
    process.execPath,
    ['-e', `process.on('SIGUSR2', () => {}); console.log('ready'); ${text}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  children.add(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return { child, engine: { pid: child.pid as number, started: null } }
}

const clock = new SystemClock()
const order = (clientOrderId: string): OpenOrder => ({ symbol: 'BTCUSDT', clientOrderId, venueOrderId: '1' })

/** A venue with these orders open; `arrives` comes into the book with the second look. */
function venueOf(
  open: OpenOrder[],
  more: Partial<GuardianVenue> = {},
  arrives: OpenOrder[] = [],
): GuardianVenue {
  let looks = 0
  return {
    id: 'v',
    arrivalMsMax: 100,
    refreshDeadMan: null,
    connect: async () => {},
    openOrders: async () => {
      if (++looks === 2) open.push(...arrives)
      return [...open]
    },
    cancel: async ({ clientOrderId }) => {
      const at = open.findIndex((each) => each.clientOrderId === clientOrderId)
      if (at >= 0) open.splice(at, 1)
      return at >= 0
    },
    close: async () => {},
    ...more,
  }
}

const options = { node: 'a', clock, isOver: () => false, onLine: () => {} }

describe('watch of the heartbeat', () => {
  it('K12: counts checks without progress, and waits for an engine that has not begun to beat', () => {
    let holder: EngineProcess | null = null
    let progress: Progress | null = null
    let gone = false
    const watch = new EngineWatch({ holder: () => holder, progress: () => progress, isGone: () => gone }, 2)
    const states = (): string => watch.check().state
    expect(states()).toBe('waiting')
    holder = { pid: 7, started: '1' }
    progress = { pid: 6, boot: 1, beats: 9 }
    expect([states(), states(), states()]).toEqual(['waiting', 'waiting', 'waiting'])
    progress = { pid: 7, boot: 2, beats: 1 }
    expect([states(), states(), states()]).toEqual(['running', 'running', 'stalled'])
    progress = { pid: 7, boot: 2, beats: 2 }
    expect(states()).toBe('running')
    gone = true
    expect(watch.check()).toEqual({ state: 'gone', engine: holder, boot: 2 })
    holder = null
    expect([states(), states()]).toEqual(['released', 'waiting'])
  })

  it('K12: an event loop that stands still does not beat', async () => {
    const folder = temporaryFolder()
    expect(readProgress(folder)).toBeNull()
    const problems: string[] = []
    const writer = new ProgressWriter(folder, 3, (message) => problems.push(message))
    const first = readProgress(folder)
    expect(first).toMatchObject({ pid: process.pid, boot: 3, beats: 1 })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)
    expect(readProgress(folder)).toEqual(first)
    writer.beat()
    expect(readProgress(folder)).toMatchObject({ beats: 2 })
    writer.close()
    expect(problems).toEqual([])
    writeFileSync(path.join(folder, 'heartbeat'), '{"pid":')
    expect(readProgress(folder)).toBeNull()
  })

  it('K12: a heartbeat that cannot be written is told once, and again where it could be written in between', () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'heartbeat')
    symlinkSync('/dev/full', file)
    const handle = openSync('/dev/null', 'r')
    closeSync(handle) // the lowest number that is free: the writer's, and another file's that is put in its place
    const open = (name: string): void => expect(openSync(name, 'r+')).toBe(handle)
    const problems: string[] = []
    const full = expect.stringContaining('ENOSPC')
    const writer = new ProgressWriter(folder, 3, (message) => problems.push(message))
    expect(problems).toEqual([full])
    writer.beat()
    writer.beat()
    expect(problems).toEqual([full])
    const other = temporaryFolder()
    writeFileSync(path.join(other, 'heartbeat'), '')
    closeSync(handle)
    open(path.join(other, 'heartbeat'))
    writer.beat()
    expect(readProgress(other)).toMatchObject({ beats: 4 })
    closeSync(handle)
    open('/dev/full')
    writer.beat()
    writer.beat()
    expect(problems).toEqual([full, full])
    writer.close()
  })

  it('K12: the holder of the lock is told from a later process with its number', () => {
    const folder = temporaryFolder()
    expect(lockHolder(folder)).toBeNull()
    const dir = StateDir.open(folder)
    const holder = lockHolder(folder) as EngineProcess
    expect([holder.pid, isGone(holder)]).toEqual([process.pid, false])
    expect(isGone({ ...holder, started: '1' })).toBe(true)
    dir.close(true)
    expect(lockHolder(folder)).toBeNull()
  })
})

describe('fence', () => {
  it('K12: a busy loop that takes no signal is killed, and verified gone', async () => {
    const { child, engine } = await processOf('setTimeout(() => { for (;;); }, 10)')
    const exit = once(child, 'exit')
    const result = await fence(engine, 100, clock)
    expect(result).toMatchObject({ how: 'kill', gone: true, error: null })
    expect(result.killed_ms).toBeGreaterThanOrEqual(100)
    expect((await exit)[1]).toBe('SIGKILL')
    expect(isGone(engine)).toBe(true)
  })

  it('K12: an engine that ends by SIGUSR2 is not killed, and one that is gone is not signalled', async () => {
    const { engine } = await processOf(
      "process.on('SIGUSR2', () => process.exit(0)); setInterval(() => {}, 1000)",
    )
    expect(await fence(engine, 120_000, clock)).toMatchObject({ how: 'signal', gone: true, killed_ms: null })
    expect(await fence(engine, 120_000, clock)).toMatchObject({ how: 'none', gone: true })
  })

  it('K12: a process of another user stays, and the result says so', async () => {
    const port = { isGone: () => false, signal: () => 'EPERM' }
    expect(await fence({ pid: 1, started: null }, 5, clock, port)).toMatchObject({
      how: 'kill',
      gone: false,
      gone_ms: null,
      error: 'EPERM',
    })
  })
})

describe('sweep', () => {
  it('K12: cancels what is ours and leaves what is not, also of a node whose name begins alike', async () => {
    const open = [order('tg-a-1-1'), order('tg-a-b-1-1'), order('manual'), order('tg-a-2-z')]
    const result = await sweep(venueOf(open), options)
    expect(result.canceled).toEqual(['tg-a-1-1', 'tg-a-2-z'])
    expect(open.map(({ clientOrderId }) => clientOrderId)).toEqual(['tg-a-b-1-1', 'manual'])
    expect(result).toMatchObject({ left: [], errors: [] })
    expect(result.verified_ms).toBeGreaterThanOrEqual(100)
  })

  it('K12: an order that was on its way when the engine ended is found before anything is called proved', async () => {
    const result = await sweep(venueOf([], {}, [order('tg-a-1-9')]), options)
    expect(result.canceled).toEqual(['tg-a-1-9'])
    expect(result.verified_ms).not.toBeNull()
  })

  it('K12: goes on while the venue refuses or does not answer, and names what is left when it is ended', async () => {
    let asked = 0
    const refusing = venueOf([order('tg-a-1-1')], {
      cancel: async () => {
        asked++
        throw new Error('429')
      },
    })
    const refused = await sweep(refusing, { ...options, isOver: () => asked >= 3 })
    expect(refused).toMatchObject({ left: ['tg-a-1-1'], verified_ms: null, canceled: [] })
    expect(refused.errors[0]).toBe('tg-a-1-1: 429')
    let looks = 0
    const dead = venueOf([], {
      openOrders: async () => {
        looks++
        throw new Error('ECONNREFUSED')
      },
    })
    expect(await sweep(dead, { ...options, isOver: () => looks >= 2 })).toMatchObject({
      left: null,
      verified_ms: null,
    })
  })
})

describe('guardian', () => {
  it('K12: renews a dead-man timer as long as the engine makes progress, and says idle when it is told to end', async () => {
    const folder = temporaryFolder()
    const dir = StateDir.open(folder)
    const writer = new ProgressWriter(folder, 1, () => {})
    const stop = new AbortController()
    const refreshed: number[] = []
    const venue = venueOf([order('tg-a-1-1')], {
      refreshDeadMan: async (timeoutMs) => {
        refreshed.push(timeoutMs)
        stop.abort()
      },
    })
    const guardian = new Guardian({
      stateDir: folder,
      node: 'a',
      stallMs: 1_000,
      fenceMs: 10,
      venues: [venue],
      clock,
      signal: stop.signal,
      onLine: () => {},
    })
    expect(await guardian.run()).toMatchObject({ outcome: 'idle', cause: null, fence: null, venues: [] })
    expect(refreshed).toEqual([10_000])
    writer.close()
    dir.close(true)
  })

  it('K12: orders that an engine left behind when it gave its lock back are cancelled', async () => {
    const folder = temporaryFolder()
    const { engine } = await processOf('setInterval(() => {}, 1000)')
    writeFileSync(path.join(folder, 'lock'), JSON.stringify(engine))
    writeFileSync(path.join(folder, 'heartbeat'), JSON.stringify({ pid: engine.pid, boot: 4, beats: 1 }))
    const lines: string[] = []
    const open = [order('tg-a-4-1')]
    const guardian = new Guardian({
      stateDir: folder,
      node: 'a',
      stallMs: 2_000,
      fenceMs: 10,
      venues: [venueOf(open)],
      clock,
      signal: new AbortController().signal,
      onLine: (text) => {
        lines.push(text)
        if (text === 'engine running') writeFileSync(path.join(folder, 'lock'), '')
      },
    })
    const report = await guardian.run()
    expect(report).toMatchObject({
      outcome: 'cleared',
      cause: 'released',
      engine: { pid: engine.pid, boot: 4 },
    })
    expect(report.fence).toMatchObject({ how: 'kill', gone: true })
    expect(open).toEqual([])
    expect(lines).toContain('engine released')
  })
})
