import { describe, expect, it } from 'vitest'
import { REASON } from '../../src/domain/reasons.ts'
import { ControlPlane, SCOPE_KINDS, scopeWordAt } from '../../src/shm/control-plane.ts'
import { COUNTER, COUNTERS, readCounters, ThreadCounters } from '../../src/shm/counters.ts'
import { createFreshness } from '../../src/shm/freshness.ts'
import { Heartbeat, readHeartbeat, StallWatch, threadIndex, threadName } from '../../src/shm/heartbeat.ts'
import { PLANE, PLANE_BYTES, THREADS_MAX } from '../../src/shm/layout.ts'
import { SubmissionGuard } from '../../src/shm/submission-guard.ts'

describe('control plane', () => {
  it('K4: every word of every scope starts zeroed, and no scope shares a word', () => {
    const plane = ControlPlane.create()
    const places = SCOPE_KINDS.flatMap((kind) => [
      scopeWordAt(kind, 0),
      ...(kind === 'all' ? [] : [scopeWordAt(kind, 15)]),
    ])
    expect(new Set(places).size).toBe(places.length)
    for (const at of places) expect(plane.words[at]).toBe(0)
    for (const kind of SCOPE_KINDS) expect(plane.scope({ kind, index: 0 }).load()).toBe(0)
    const named = [plane.venue(1), plane.account(1), plane.strategy(1), plane.symbol(1)]
    const generations = named.map((word, n) =>
      Array.from({ length: n + 1 }, () => word.set(REASON.KILL)).at(-1),
    )
    const scopes = SCOPE_KINDS.slice(1).map((kind) => plane.words[scopeWordAt(kind, 1)])
    expect(scopes).toEqual(generations)
    expect(() => plane.symbol(1024)).toThrow(/not below 1024/)
    expect(plane.symbol(3)).toBe(plane.symbol(3))
  })

  it('attaches to its memory and to its bare buffer, and to nothing else', () => {
    const plane = ControlPlane.create()
    const killed = plane.all.set(REASON.KILL)
    expect(ControlPlane.attach(plane.memory).all.load()).toBe(killed)
    expect(ControlPlane.attach(plane.buffer).all.load()).toBe(killed)
    expect(() => ControlPlane.attach(new SharedArrayBuffer(PLANE_BYTES))).toThrow(/layout/)
    expect(() => ControlPlane.attach(new SharedArrayBuffer(64))).toThrow(/too small/)
  })

  it('tells freshness alike through WebAssembly and through Atomics', () => {
    const plane = ControlPlane.create()
    expect(plane.memory).not.toBeInstanceOf(SharedArrayBuffer)
    for (const fresh of [createFreshness(plane.memory), createFreshness(plane.buffer)]) {
      const all = plane.all.set(REASON.BOOT)
      const epoch = plane.words[PLANE.epoch] as number
      expect(fresh(all, epoch)).toBe(1)
      expect(fresh(all - 1, epoch)).toBe(0)
      expect(fresh(all, epoch + 1)).toBe(0)
      plane.venue(0).set(REASON.KILL)
      expect(fresh(all, epoch)).toBe(0)
      expect(fresh(all, epoch + 1)).toBe(1)
    }
  })

  it('keeps level sources apart', () => {
    const plane = ControlPlane.create()
    plane.setLevel('file', true)
    plane.setLevel('environment', true)
    plane.setLevel('file', false)
    expect(plane.levels()).toEqual(['environment'])
  })
})

describe('submission guard', () => {
  it('S2: counts a submission until its write, and an order until its outcome', () => {
    const guard = new SubmissionGuard(ControlPlane.create())
    guard.enter()
    expect([guard.submitting(), guard.inFlight(), guard.isDrained()]).toEqual([1, 0, false])
    guard.exit(true)
    expect([guard.submitting(), guard.inFlight(), guard.isDrained()]).toEqual([0, 1, false])
    guard.settle()
    expect(guard.isDrained()).toBe(true)
    guard.enter()
    guard.exit(false)
    expect(guard.isDrained()).toBe(true)
    expect(() => guard.exit(false)).toThrow(/without enter/)
  })
})

describe('heartbeats and counters', () => {
  it('A7: any thread reads state, progress and age of every other', () => {
    const plane = ControlPlane.create()
    const beat = new Heartbeat(plane, 2)
    expect(readHeartbeat(plane, threadIndex(2), 5_000)).toEqual({
      thread: 'worker-2',
      state: 'absent',
      progress: 0,
      ageMs: 0,
    })
    beat.state('running')
    beat.beat(1_000.7)
    beat.progress()
    expect(readHeartbeat(plane, threadIndex(2), 1_250)).toEqual({
      thread: 'worker-2',
      state: 'running',
      progress: 2,
      ageMs: 250,
    })
    new Heartbeat(plane, 'main').beat(2 ** 31 - 1) // ages stay right over the wrap of 32 bits
    expect(readHeartbeat(plane, threadIndex('main'), 2 ** 31 + 9).ageMs).toBe(10)
    expect(threadName(THREADS_MAX - 1)).toBe('worker-15')
    expect(() => new Heartbeat(plane, 16)).toThrow(/no thread/)
    new Heartbeat(plane, 2).progress()
    expect(() => beat.progress()).toThrow(/second writer/)
  })

  it('a stall is a number of checks without progress, and ends with progress', () => {
    const plane = ControlPlane.create()
    const beat = new Heartbeat(plane, 0)
    const watch = new StallWatch(plane, threadIndex(0), 3)
    expect([watch.check(), watch.check()]).toEqual([false, false])
    beat.progress()
    expect([watch.check(), watch.check(), watch.check(), watch.check()]).toEqual([false, false, false, true])
    expect(watch.still).toBe(3)
    beat.progress()
    expect(watch.check()).toBe(false)
  })

  it('counters have a label, a doc and words of their own for each thread', () => {
    const plane = ControlPlane.create()
    const main = new ThreadCounters(plane, 'main')
    const worker = new ThreadCounters(plane, 15)
    main.add(COUNTER.ticks)
    main.add(COUNTER.ticks, 2 ** 40)
    worker.add(COUNTER.stalls)
    expect(main.get(COUNTER.ticks)).toBe(2 ** 40 + 1)
    expect(readCounters(plane, threadIndex('main'))).toMatchObject({ ticks: 2 ** 40 + 1, stalls: 0 })
    expect(readCounters(plane, threadIndex(15))).toMatchObject({ ticks: 0, stalls: 1 })
    for (const { label, doc } of COUNTERS) expect(doc.length, label).toBeGreaterThan(10)
  })
})
