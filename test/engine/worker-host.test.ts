import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { REASON } from '../../src/domain/reasons.ts'
import type { StrategyWorker } from '../../src/engine/strategy-worker.ts'
import type { WorkerSetting } from '../../src/engine/worker-types.ts'
import { COUNTER, readCounters } from '../../src/shm/counters.ts'
import { readHaltRecord } from '../../src/shm/halt-records.ts'
import { readHeartbeat, threadIndex } from '../../src/shm/heartbeat.ts'
import { WAIT_KINDS } from '../../src/shm/wait.ts'
import type { HandlerPlan } from './worker-handler.ts'
import { HANDLER, HostUnderTest, LIMITS } from './worker-harness.ts'

const open: HostUnderTest[] = []
function create(setting: Partial<WorkerSetting> = {}): HostUnderTest {
  const test = new HostUnderTest(setting)
  open.push(test)
  return test
}
afterEach(async () => {
  for (const { host } of open.splice(0)) await host.close()
})

const seqs = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Dispatches ticks and takes intents, giving the event loop a turn where the ring is full. */
async function feed(test: HostUnderTest, worker: StrategyWorker, count: number, from = 0): Promise<void> {
  for (let n = from; n < from + count; n++) {
    test.drain()
    while (!worker.dispatch(test.tick(n), 0, 1, n)) {
      await new Promise((resolve) => setImmediate(resolve))
      test.drain()
    }
  }
}

describe('a strategy worker', () => {
  it.each(WAIT_KINDS)('answers every tick by ring, waiting by %s, and returns when asked', async (wait) => {
    const test = create({ wait })
    const worker = await test.start({ mode: 'echo' })
    test.host.park()
    await feed(test, worker, 2_000)
    await test.until(() => test.intents.length === 2_000)
    expect(test.intents.map(({ tickSeq }) => tickSeq)).toEqual(seqs(2_000))
    expect(test.intents.every(({ tickSeq, price, action }) => price === tickSeq * 10 && action === 1)).toBe(
      true,
    )
    expect(readHeartbeat(test.plane, threadIndex(0), 0).state).toBe('running')
    expect(await test.host.close()).toEqual([{ worker: 0, how: 'returned' }])
    expect(readHeartbeat(test.plane, threadIndex(0), 0).state).toBe('ended')
    expect(readCounters(test.plane, threadIndex(0))).toMatchObject({ ticks: 2_000, intents: 2_000 })
    expect(test.ended).toEqual([])
  })

  it('is woken by one ping where main sleeps, and main by every tick where it wrote one while parked', async () => {
    const test = create()
    const worker = await test.start({ mode: 'echo' })
    test.host.park()
    for (let n = 0; n < 20; n++) {
      await feed(test, worker, 1, n)
      await test.until(() => test.intents.length === n + 1)
    }
    const pings = readCounters(test.plane, threadIndex(0)).pings
    expect(pings).toBeGreaterThan(0)
    expect(pings).toBeLessThanOrEqual(20)
  })

  it('finishes the ticks of its ring where it is asked to end drained', async () => {
    const test = create({ shape: { tickSlots: 1_024, intentSlots: 1_024, featuresMax: 1 } })
    const worker = await test.start({ mode: 'echo' })
    for (let n = 0; n < 1_000; n++) expect(worker.dispatch(test.tick(n), 0, 1, n)).toBe(true)
    expect(await test.host.close(true)).toEqual([{ worker: 0, how: 'returned' }])
    test.drain()
    expect(test.intents).toHaveLength(1_000)
  })

  it('a full tick ring refuses the tick and counts it; a group fits whole or not at all', async () => {
    const test = create({ shape: { tickSlots: 8, intentSlots: 256, featuresMax: 1 } })
    const worker = await test.start({ mode: 'wait', at: 0 })
    for (let n = 0; n < 7; n++) expect(worker.dispatch(test.tick(n), 0, 1, n)).toBe(true)
    expect(worker.dispatch(test.tick(7), 0, 2, 7)).toBe(false)
    expect(worker.dispatch(test.tick(7), 0, 1, 7)).toBe(true)
    expect(worker.dispatch(test.tick(8), 0, 1, 8)).toBe(false)
    expect(test.counters.get(COUNTER.ticks_dropped)).toBe(3)
    await stopByForce(test)
  })

  it('a full intent ring halts everything at once, and says so', async () => {
    const test = create({ shape: { tickSlots: 64, intentSlots: 4, featuresMax: 1 } })
    const worker = await test.start({ mode: 'echo' })
    for (let n = 0; n < 64; n++) worker.dispatch(test.tick(n), 0, 1, n)
    while (worker.pending() > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(test.plane.all.load() & REASON.KILL).toBe(REASON.KILL)
    expect(readHaltRecord(test.plane, 'worker-0')).toMatchObject({
      reason: 'KILL',
      scope: 'all',
      actor: 'engine',
    })
    expect(readCounters(test.plane, threadIndex(0))).toMatchObject({ intents: 4, intents_refused: 60 })
    test.drain()
    expect(test.intents.map(({ tickSeq }) => tickSeq)).toEqual([0, 1, 2, 3])
  })

  it('gets no environment: it could hold the keys of the venue', async () => {
    process.env['VENUE_SECRET'] = 'x'
    const test = create()
    const worker = await test.start({ mode: 'environment' })
    await feed(test, worker, 1)
    await test.until(() => test.messages.length === 1)
    delete process.env['VENUE_SECRET']
    expect(test.messages[0]?.body).toEqual({ environment: {} })
  })

  it('P6: messages are bounded both ways; what is dropped is counted', async () => {
    const test = create()
    const worker = await test.start({ mode: 'flood' })
    await feed(test, worker, 1)
    // Main is busy while the worker posts: it takes none of them.
    for (const end = performance.now() + 60_000; performance.now() < end && !worker.spinConsumed(); );
    await test.until(() => test.messages.length === 4_096)
    expect(readCounters(test.plane, threadIndex(0))).toMatchObject({
      messages: 4_096,
      messages_dropped: 15_904,
    })
    const hung = await test.start({ mode: 'wait', at: 1 }, 1)
    hung.dispatch(test.tick(1), 0, 1, 1)
    await test.until(() => test.messages.some(({ worker: from }) => from === 1))
    const taken = seqs(5_000).filter((n) => hung.send(n)).length
    expect(taken).toBeLessThanOrEqual(4_096)
    expect(taken).toBeGreaterThan(4_000)
    await stopByForce(test)
  })

  it('several workers run at once, each with rings of its own', async () => {
    const test = create()
    const workers = [await test.start({ mode: 'echo' }, 0), await test.start({ mode: 'echo' }, 3)]
    test.host.park()
    for (const worker of workers) await feed(test, worker, 500)
    await test.until(() => test.intents.length === 1_000)
    for (const index of [0, 3]) {
      const own = test.intents.filter(({ worker }) => worker === index)
      expect(own.map(({ tickSeq }) => tickSeq)).toEqual(seqs(500))
    }
  })
})

/** Ends workers that do not listen, without the long wait for them to. */
async function stopByForce(test: HostUnderTest): Promise<void> {
  for (const worker of test.host.workers) await worker.terminate()
}

describe('a strategy worker that ends unasked', () => {
  it.each<[HandlerPlan['mode'], string, RegExp]>([
    ['throw', 'threw', /the handler threw/],
    ['reject', 'threw', /nobody awaits this/],
    ['timer-throw', 'threw', /a timer threw/],
    ['exit', 'exited', /code: 3/],
  ])('%s: is reported once, with its reason, and its thread is gone', async (mode, kind, message) => {
    const test = create()
    const worker = await test.start({ mode, at: 5 })
    await feed(test, worker, 10)
    await test.until(() => test.ended.length > 0)
    expect(test.ended).toHaveLength(1)
    expect(test.ended[0]?.end.kind).toBe(kind)
    expect(test.ended[0]?.end.message).toMatch(message)
    expect(worker.running).toBe(false)
    expect(worker.send('hello')).toBe(false)
    expect(await test.host.close()).toEqual([{ worker: 0, how: kind }])
    expect(test.ended).toHaveLength(1)
  })

  it('leaves the others running, and is not started again', async () => {
    const test = create()
    const other = await test.start({ mode: 'echo' }, 1)
    const lost = await test.start({ mode: 'throw', at: 0 }, 2)
    test.host.park()
    await feed(test, lost, 1)
    await test.until(() => test.ended.length > 0)
    await feed(test, other, 10)
    await test.until(() => test.intents.length === 10)
    for (const place of [1, 2]) {
      await expect(test.start({ mode: 'echo' }, place)).rejects.toThrow(/was started before/)
    }
    expect((await test.host.close()).map(({ how }) => how)).toEqual(['returned', 'threw'])
  })
})

describe('a strategy worker that hangs', () => {
  it.each<HandlerPlan['mode']>(['hot-loop', 'wait'])(
    '%s: is found by its heartbeat, reported once a stall, and terminated in the end',
    async (mode) => {
      const limits = { ...LIMITS }
      const test = create({ limits })
      const healthy = await test.start({ mode: 'echo' }, 1)
      const hung = await test.start({ mode, at: 3 }, 0)
      test.host.park()
      await feed(test, hung, 6)
      await test.until(() => test.messages.length > 0 && test.stalled.includes(0))
      await feed(test, healthy, 50)
      await test.until(() => test.intents.filter(({ worker }) => worker === 1).length === 50)
      // From here on it cannot make progress: however often one looks, it is told once.
      const look = (): number => {
        for (let n = 0; n < 100; n++) test.host.check()
        return test.stalled.filter((index) => index === 0).length
      }
      expect(look()).toBe(look())
      expect(await healthy.stop(false)).toEqual({ worker: 1, how: 'returned' })
      // Only what never ends is left to be waited for.
      limits.stopMs = 200
      const stops = await test.host.close()
      expect(stops.map(({ worker, how }) => `${worker} ${how}`).sort()).toEqual([
        '0 terminated',
        '1 returned',
      ])
      expect(test.ended).toEqual([])
    },
  )

  it('in native code: is given up as stuck at the deadline, and its place is not taken', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-fifo-'))
    const fifo = path.join(folder, 'pipe')
    execFileSync('mkfifo', [fifo])
    const limits = { ...LIMITS, stopMs: 20, terminateMs: 200 }
    const test = create({ limits })
    const worker = await test.start({ mode: 'native', at: 0, fifo })
    await feed(test, worker, 1)
    await test.until(() => test.stalled.length > 0)
    expect(await worker.stop(false)).toEqual({ worker: 0, how: 'stuck' })
    await expect(test.start({ mode: 'echo' })).rejects.toThrow(/was started before/)
    // With a writer the system call returns, and the thread can end after all.
    closeSync(openSync(fifo, 'w'))
    expect((await worker.ended).kind).toBe('terminated')
    limits.terminateMs = LIMITS.terminateMs
    expect(await test.host.close()).toEqual([{ worker: 0, how: 'terminated' }])
    rmSync(folder, { recursive: true })
  })

  it('in its close: is terminated at the deadline', async () => {
    const test = create({
      limits: { ...LIMITS, stopMs: 50 },
    })
    await test.start({ mode: 'close-hangs' })
    expect(await test.host.close()).toEqual([{ worker: 0, how: 'terminated' }])
  })
})

describe('starting a strategy worker', () => {
  it('fails with the reason of its handler, and leaves no thread', async () => {
    const test = create()
    await expect(test.start({ mode: 'create-throws' })).rejects.toThrow(/no handler today/)
    const elsewhere = new URL('./nowhere.ts', import.meta.url).href
    const missing = { worker: 1, handlerModule: elsewhere, handlerData: null }
    await expect(test.host.start(missing)).rejects.toThrow(/nowhere/)
    const empty = {
      worker: 2,
      handlerModule: new URL('./worker-harness.ts', HANDLER).href,
      handlerData: null,
    }
    await expect(test.host.start(empty)).rejects.toThrow(/createTickHandler/)
    expect(test.host.workers).toEqual([])
    expect(test.ended).toEqual([])
  })

  it('fails where it stays silent, at its deadline', async () => {
    const test = create({
      limits: { ...LIMITS, startMs: 50, stopMs: 50 },
    })
    await expect(test.start({ mode: 'create-hangs' })).rejects.toThrow(/silent/)
    expect(test.host.workers).toEqual([])
  })

  it('ends at once where the host is closed meanwhile', async () => {
    const test = create()
    const starting = test.start({ mode: 'create-hangs' })
    const outcome = starting.then(
      () => 'started',
      (error: Error) => error.message,
    )
    await new Promise((resolve) => setImmediate(resolve))
    for (const worker of test.host.workers) await worker.terminate()
    expect(await outcome).toMatch(/did not start/)
    await test.host.close()
    await expect(test.start({ mode: 'echo' })).rejects.toThrow(/closed/)
  })
})

describe('lock-step', () => {
  it('returns when everything that follows from a tick is in the rings, spinning or waiting', async () => {
    const test = create({ lockStep: true, wait: 'spin-then-park' })
    const worker = await test.start({ mode: 'echo' })
    for (let n = 0; n < 3_000; n++) {
      if (!test.host.runTick(worker, test.tick(n), 0, n))
        expect(await test.host.waitConsumed(worker)).toBe(true)
      test.drain()
      expect(test.intents.length).toBe(n + 1)
    }
    expect(test.intents.map(({ tickSeq }) => tickSeq)).toEqual(seqs(3_000))
  })

  it('awaits decisions that are promises', async () => {
    const test = create({ lockStep: true })
    const worker = await test.start({ mode: 'decide-later' })
    for (let n = 0; n < 50; n++) {
      if (!test.host.runTick(worker, test.tick(n), 0, n))
        expect(await test.host.waitConsumed(worker)).toBe(true)
      test.drain()
      expect(test.intents.map(({ tickSeq }) => tickSeq)).toEqual(seqs(n + 1))
      expect(test.intents.at(-1)?.price).toBe(n * 10)
    }
  })

  it('shows a message before every tick that was written after it', async () => {
    const test = create({ lockStep: true })
    const worker = await test.start({ mode: 'mail' })
    for (let n = 0; n < 200; n++) {
      if (n % 3 === 0) worker.send(`before ${n}`)
      if (!test.host.runTick(worker, test.tick(n), 0, n)) await test.host.waitConsumed(worker)
    }
    await test.until(() => test.messages.length === 200)
    for (const [n, { body }] of test.messages.entries()) {
      expect(body).toEqual({ tickSeq: n, mail: n % 3 === 0 ? [`before ${n}`] : [] })
    }
  })

  it('says so when the worker ends before it is done', async () => {
    const test = create({ lockStep: true })
    const worker = await test.start({ mode: 'throw', at: 2 })
    const done: boolean[] = []
    for (let n = 0; n < 4; n++) {
      done.push(test.host.runTick(worker, test.tick(n), 0, n) || (await test.host.waitConsumed(worker)))
    }
    expect(done).toEqual([true, true, false, false])
    expect(test.ended).toHaveLength(1)
  })
})
