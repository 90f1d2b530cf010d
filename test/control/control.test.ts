import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import type { ControlHostOptions } from '../../src/control/control-host.ts'
import { readLatch } from '../../src/control/latch.ts'
import { restoreLatch } from '../../src/control/restore-latch.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { setReason } from '../../src/gate/arm.ts'
import { ALL_SCOPE, ControlPlane } from '../../src/shm/control-plane.ts'
import { generationOf, isOpen } from '../../src/shm/control-word.ts'
import { HaltRecordWriter } from '../../src/shm/halt-records.ts'
import { SubmissionGuard } from '../../src/shm/submission-guard.ts'
import {
  INLINE,
  NAMES,
  openPlane,
  type Running,
  STATUS,
  startControl,
  temporaryFolder,
  running as text,
} from './support.ts'

const running: Running[] = []
async function start(
  ...[plane, folder, options, handlers]: Parameters<typeof startControl>
): Promise<Running> {
  const started = await startControl(plane, folder, { ...INLINE, ...options }, handlers)
  running.push(started)
  return started
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.host.close()))
})

interface Ack {
  generation: number
  set_ns: number
  effective_ns: number | null
  latched_ns: number | null
}

const kill = async (engine: Running, fields: object = {}): Promise<Ack> =>
  (await controlRequest(engine.socket, 'POST', '/ops/kill', fields)).body as Ack

describe('kill over the unix socket', () => {
  it('K1 K8: sets the word, latches, and acknowledges with generation and times in order', async () => {
    const engine = await start()
    const before = generationOf(engine.plane.all.load())
    const ack = await kill(engine, { reason: 'OPERATOR', text: 'looks wrong', actor: 'ada', source: 'cli' })
    expect(ack.generation).toBe(before + 1)
    expect(engine.plane.all.load() & REASON.KILL).toBe(REASON.KILL)
    expect(ack.set_ns).toBeLessThanOrEqual(ack.effective_ns as number)
    expect(ack.effective_ns).toBeLessThanOrEqual(ack.latched_ns as number)
    const latch = JSON.parse(readFileSync(path.join(engine.folder, 'latch.json'), 'utf8')) as object
    expect(latch).toMatchObject({
      ...ack,
      code: 'OPERATOR',
      text: 'looks wrong',
      actor: 'ada',
      source: 'cli',
      scope: 'all',
    })
    await engine.until(() => engine.events.length === 1)
    expect(engine.events[0]).toMatchObject({ kind: 'kill', scope: 'all', code: 'OPERATOR', kill: ack })
  })

  it('K1: a reason that is no code becomes OTHER and is kept in the text', async () => {
    const engine = await start()
    await kill(engine, { reason: 'daily loss', text: 'x' })
    await kill(engine, { reason: 'bad smell', text: 'in Oslo', scope: 'symbol:ETHUSDT' })
    await kill(engine, { reason: 'hunch', scope: 'symbol:BTCUSDT' })
    expect(readLatch(engine.folder).kills.map((entry) => [entry.scope, entry.code, entry.text])).toEqual([
      ['all', 'DAILY_LOSS', 'x'],
      ['symbol:ETHUSDT', 'OTHER', 'bad smell: in Oslo'],
      ['symbol:BTCUSDT', 'OTHER', 'hunch'],
    ])
  })

  it('K9: a kill of one scope leaves the others open', async () => {
    const engine = await start()
    await kill(engine, { scope: 'strategy:linear' })
    expect(isOpen(engine.plane.strategy(1).load())).toBe(false)
    expect(isOpen(engine.plane.strategy(0).load())).toBe(true)
    expect(isOpen(engine.plane.all.load())).toBe(true)
  })

  it('K5: a kill raises the generation also where it is set, and the newest is the one latched', async () => {
    const engine = await start()
    const first = await kill(engine, { text: 'one' })
    const second = await kill(engine, { text: 'two' })
    expect(second.generation).toBe(first.generation + 1)
    expect(readLatch(engine.folder).kills.map((entry) => entry.text)).toEqual(['two'])
  })

  it('S2: effective waits for the submission under way, and says null where it does not end', async () => {
    const engine = await start(openPlane(), temporaryFolder(), { effectiveTimeoutMs: 50 })
    const guard = new SubmissionGuard(engine.plane)
    guard.enter()
    const ack = await kill(engine)
    expect(ack.effective_ns).toBeNull()
    expect(ack.latched_ns).not.toBeNull()
    guard.exit(false)
    expect((await kill(engine)).effective_ns).not.toBeNull()
  })

  it('K6 K8: kills that a thread or a signal set are latched without being asked', async () => {
    const engine = await start()
    const set = setReason(engine.plane, { kind: 'symbol', index: 0 }, 'KILL', 'strategy')
    new HaltRecordWriter(engine.plane, 'worker-0').write({
      reason: 'KILL',
      code: 'STRATEGY',
      text: 'drawdown',
      actor: 'sma',
      source: 'worker-0',
      scope: 'symbol:BTCUSDT',
      utcNs: '1723161278000000000',
      generation: generationOf(set.word),
    })
    engine.host.look()
    engine.plane.all.set(REASON.KILL)
    await engine.until(() => engine.events.length === 2)
    expect(readLatch(engine.folder).kills.map((entry) => [entry.scope, entry.code, entry.actor])).toEqual([
      ['symbol:BTCUSDT', 'STRATEGY', 'sma'],
      ['all', 'SIGNAL', 'signal'],
    ])
  })

  it('K6 K8: of several records of one scope the newest is latched, whatever order they lie in', async () => {
    const engine = await start()
    const scope = { kind: 'symbol', index: 0 } as const
    const generation = generationOf(setReason(engine.plane, scope, 'KILL', 'strategy').word)
    for (const [source, utcNs] of [
      ['risk', '1723161278000000005'],
      ['worker-0', '1723161278000000009'],
      ['worker-1', '1723161278000000001'],
    ] as const) {
      new HaltRecordWriter(engine.plane, source).write({
        ...{ reason: 'KILL', code: 'STRATEGY', text: source, actor: source, source },
        ...{ scope: 'symbol:BTCUSDT', utcNs, generation },
      })
    }
    engine.host.look()
    await engine.until(() => readLatch(engine.folder).kills.length === 1)
    expect(readLatch(engine.folder).kills).toMatchObject([{ scope: 'symbol:BTCUSDT', actor: 'worker-0' }])
  })

  it('K6 K8: a kill of the main thread is latched with what it says, and not told back', async () => {
    const engine = await start()
    const scope = { kind: 'strategy', index: 1 } as const
    const generation = generationOf(setReason(engine.plane, scope, 'KILL', 'risk').word)
    const record = {
      reason: 'KILL',
      code: 'DAILY_LOSS',
      text: '2 %',
      actor: 'risk',
      source: 'risk',
      scope: 'strategy:linear',
      utcNs: '1723161278000000000',
      generation,
    } as const
    engine.host.killed(record)
    engine.host.killed(record)
    engine.host.killed({ ...record, scope: 'symbol:ETHUSDT' })
    await engine.until(() => readLatch(engine.folder).kills.length === 1)
    expect(readLatch(engine.folder).kills).toMatchObject([
      { scope: 'strategy:linear', code: 'DAILY_LOSS', generation },
    ])
    await kill(engine)
    await engine.until(() => engine.events.length > 1)
    expect(engine.events.map(({ kind, scope }) => [kind, scope])).toEqual([
      ['latched', 'strategy:linear'],
      ['kill', 'all'],
    ])
    setReason(engine.plane, scope, 'KILL', 'risk')
    engine.host.killed({
      ...record,
      scope: 'strategy:of another run',
      generation: generationOf(engine.plane.all.load()),
    })
    engine.host.rearmed('strategy:linear', generation)
    await engine.until(() => readLatch(engine.folder).kills.some((one) => one.code === 'SIGNAL'))
  })

  it('K10: a latch that cannot be written is told, and the kill stands', async () => {
    const folder = temporaryFolder()
    const socket = path.join(folder, 'control.sock')
    const engine = await start(openPlane(), path.join(folder, 'gone'), { socket })
    const ack = await kill(engine)
    expect(ack.latched_ns).toBeNull()
    expect(isOpen(engine.plane.all.load())).toBe(false)
    await engine.until(() => engine.problems.length > 0)
    expect(engine.problems[0]).toMatch(/^LATCH_NOT_WRITTEN .*ENOENT/)
  })
})

describe('latch and restart', () => {
  it('K8: kills survive: the next start is halted before anything asks, and stays so until a re-arm', async () => {
    const first = await startControl(openPlane(), temporaryFolder(), INLINE)
    await kill(first, { text: 'one', scope: 'symbol:ETHUSDT' })
    await kill(first, { text: 'two' })
    await first.host.close()
    const second = await start(openPlane(), first.folder)
    expect(isOpen(second.plane.all.load())).toBe(false)
    expect(isOpen(second.plane.symbol(1).load())).toBe(false)
    const generation = generationOf(second.plane.all.load())
    const fields = { generation, reason: 'checked' }
    expect((await controlRequest(second.socket, 'POST', '/ops/rearm', fields)).status).toBe(200)
    expect(readLatch(first.folder).kills.map((entry) => entry.text)).toEqual(['one'])
  })

  it('K5 K8: a kill that the main thread has restored first keeps its generation, and one re-arm ends it', async () => {
    const first = await startControl(openPlane(), temporaryFolder(), INLINE)
    await kill(first)
    await first.host.close()
    const plane = openPlane()
    restoreLatch(plane, NAMES, readLatch(first.folder), 0n)
    const generation = generationOf(plane.all.load())
    const second = await start(plane, first.folder)
    expect(generationOf(plane.all.load())).toBe(generation)
    const fields = { generation, reason: 'checked' }
    expect((await controlRequest(second.socket, 'POST', '/ops/rearm', fields)).status).toBe(200)
    expect(readLatch(first.folder).kills).toEqual([])
  })

  it('K8: a latch that cannot be read kills everything, and a re-arm ends it', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'latch.json'), '{"kills": [')
    const engine = await start(openPlane(), folder)
    expect(engine.plane.all.load() & REASON.KILL).toBe(REASON.KILL)
    expect(engine.problems[0]).toMatch(/^LATCH_DAMAGED/)
    const generation = generationOf(engine.plane.all.load())
    await controlRequest(engine.socket, 'POST', '/ops/rearm', { generation, reason: 'read by hand' })
    expect(isOpen(engine.plane.all.load())).toBe(true)
    expect(existsSync(path.join(folder, 'latch.json'))).toBe(false)
  })
})

describe('re-arm, pause, resume, shutdown', () => {
  it('K5: a re-arm that saw an older generation fails with 409 and erases nothing', async () => {
    const engine = await start()
    const { generation } = await kill(engine)
    await kill(engine, { text: 'again' })
    const answer = await controlRequest(engine.socket, 'POST', '/ops/rearm', { generation, reason: 'fine' })
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { code: 'GENERATION_MOVED' }, generation: generation + 1 },
    })
    expect(isOpen(engine.plane.all.load())).toBe(false)
    expect(readLatch(engine.folder).kills).toHaveLength(1)
  })

  it('K8: a re-arm needs a reason in words, and is recorded with it', async () => {
    const engine = await start()
    const { generation } = await kill(engine)
    const rearm = (fields: object): Promise<{ status: number; body: object }> =>
      controlRequest(engine.socket, 'POST', '/ops/rearm', fields)
    expect(await rearm({ generation })).toMatchObject({
      status: 400,
      body: { error: { code: 'TEXT_MISSING' } },
    })
    expect(await rearm({ reason: 'x' })).toMatchObject({
      status: 400,
      body: { error: { code: 'GENERATION_MISSING' } },
    })
    expect(await rearm({ reason: 'x', generation, scope: 'moon' })).toMatchObject({ status: 400 })
    const done = await rearm({ generation, reason: 'positions checked', actor: 'ada' })
    expect(done).toMatchObject({ status: 200, body: { open: true, reasons: [], scope: 'all' } })
    expect(engine.records).toEqual([
      {
        scope: 'all',
        set: [],
        cleared: ['KILL'],
        generation: generation + 1,
        code: null,
        text: 'positions checked',
        source: 'operator',
        policy: 'KILL cleared by operator',
        tick_seq: 42,
      },
    ])
    expect(existsSync(path.join(engine.folder, 'latch.json'))).toBe(false)
    expect(await rearm({ generation: generation + 1, reason: 'x' })).toMatchObject({
      status: 409,
      body: { error: { code: 'NOTHING_TO_REARM' } },
    })
  })

  it('K4 K6: a re-arm is refused while the engine cannot be armed or a level source asserts', async () => {
    const engine = await start()
    const { generation } = await kill(engine)
    const fields = { generation, reason: 'go' }
    engine.obstacle = 'journal failed'
    expect(await controlRequest(engine.socket, 'POST', '/ops/rearm', fields)).toMatchObject({
      status: 409,
      body: { error: { code: 'CANNOT_ARM', message: 'journal failed' } },
    })
    engine.obstacle = null
    engine.plane.setLevel('lock_file', true)
    expect(await controlRequest(engine.socket, 'POST', '/ops/rearm', fields)).toMatchObject({
      status: 409,
      body: { error: { code: 'LEVEL_SOURCE_ASSERTED', message: 're-arm refused: lock_file' } },
    })
    expect(readLatch(engine.folder).kills).toHaveLength(1)
  })

  it('K4: a boot that found a latch is armed by one re-arm, kill first and then BOOT', async () => {
    const plane = ControlPlane.create()
    setReason(plane, ALL_SCOPE, 'BOOT', 'start')
    setReason(plane, ALL_SCOPE, 'KILL', 'start')
    const engine = await start(plane)
    const generation = generationOf(plane.all.load())
    const answer = await controlRequest(engine.socket, 'POST', '/ops/rearm', { generation, reason: 'go' })
    expect(answer.body).toMatchObject({ open: true, generation: generation + 2 })
    expect(engine.records.map((record) => record.cleared)).toEqual([['KILL'], ['BOOT']])
  })

  it('K4: a boot without a kill is armed by the operator too', async () => {
    const plane = ControlPlane.create()
    setReason(plane, ALL_SCOPE, 'BOOT', 'start')
    const engine = await start(plane)
    const generation = generationOf(plane.all.load())
    expect(
      (await controlRequest(engine.socket, 'POST', '/ops/rearm', { generation, reason: 'go' })).status,
    ).toBe(200)
    expect(isOpen(plane.all.load())).toBe(true)
  })

  it('S11: pause stops new entries, resume ends it, and neither touches a kill', async () => {
    const engine = await start()
    const paused = await controlRequest(engine.socket, 'POST', '/ops/pause', { text: 'lunch', actor: 'ada' })
    expect(paused.status).toBe(200)
    expect(engine.plane.all.load() & REASON.PAUSE).toBe(REASON.PAUSE)
    await kill(engine)
    const resumed = await controlRequest(engine.socket, 'POST', '/ops/resume', {})
    expect(resumed).toMatchObject({ status: 200, body: { open: false, reasons: ['KILL'] } })
    expect(await controlRequest(engine.socket, 'POST', '/ops/resume', {})).toMatchObject({
      status: 409,
      body: { error: { code: 'NOT_PAUSED' } },
    })
    expect(await controlRequest(engine.socket, 'POST', '/ops/resume', { scope: 'x:y' })).toMatchObject({
      status: 400,
    })
    expect(engine.events[0]).toMatchObject({ kind: 'pause', reason: 'PAUSE', actor: 'ada', text: 'lunch' })
  })

  it('S9: shutdown sets its reason at once, and readyz fails from then on', async () => {
    const engine = await start()
    expect((await controlRequest(engine.socket, 'GET', '/readyz')).body).toEqual({
      ready: false,
      why: 'starting',
    })
    engine.host.ready(true, null)
    expect(await controlRequest(engine.socket, 'GET', '/readyz')).toEqual({
      status: 200,
      body: { ready: true },
    })
    expect((await controlRequest(engine.socket, 'POST', '/ops/shutdown', {})).status).toBe(202)
    expect(engine.plane.all.load() & REASON.SHUTDOWN).toBe(REASON.SHUTDOWN)
    expect(await controlRequest(engine.socket, 'GET', '/readyz')).toEqual({
      status: 503,
      body: { ready: false, why: 'shutting_down' },
    })
    await engine.until(() => engine.events.length === 1)
    expect(engine.events[0]).toMatchObject({ kind: 'shutdown', reason: 'SHUTDOWN' })
    engine.host.ready(false, null)
  })
})

describe('status and the door', () => {
  it('A4: status is what the main thread gives, with the words as they are', async () => {
    const engine = await start()
    await kill(engine, { scope: 'strategy:sma' })
    const { body } = await controlRequest(engine.socket, 'GET', '/ops/status?x=1')
    expect(body).toMatchObject({
      ...STATUS,
      control: {
        kill: 'ENGAGED',
        armed: true,
        main_responsive: true,
        submitting: 0,
        in_flight: 0,
      },
    })
    const { control } = body as { control: { words: { scope: string; open: boolean; reasons: string[] }[] } }
    expect(control.words).toHaveLength(7)
    expect(control.words.find((word) => !word.open)).toMatchObject({
      scope: 'strategy:sma',
      reasons: ['KILL'],
    })
    expect(await controlRequest(engine.socket, 'GET', '/healthz')).toEqual({
      status: 200,
      body: { alive: true },
    })
  })

  it.each<[string, 'GET' | 'POST', object, number, string]>([
    ['/nowhere', 'GET', {}, 404, 'NOT_FOUND'],
    ['/ops/kill', 'GET', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['/ops/kill', 'POST', { scope: 'planet:earth' }, 400, 'SCOPE_UNKNOWN'],
    ['/ops/kill', 'POST', { scope: 'symbol:XRPUSDT' }, 400, 'SCOPE_UNKNOWN'],
    ['/ops/pause', 'POST', { scope: 'all:x' }, 400, 'SCOPE_UNKNOWN'],
    ['/ops/kill', 'POST', { scope: 5 }, 400, 'SCOPE_UNKNOWN'],
    ['/ops/resume', 'POST', { scope: null }, 400, 'SCOPE_UNKNOWN'],
    ['/ops/rearm', 'POST', { scope: ['symbol:BTCUSDT'], generation: 1, reason: 'r' }, 400, 'SCOPE_UNKNOWN'],
    ['/ops/kill', 'POST', { text: 'x'.repeat(20_000) }, 413, 'BODY_TOO_LARGE'],
  ])('A4: %s %s %# is refused with %d %s', async (route, method, fields, status, code) => {
    const engine = await start()
    expect(await controlRequest(engine.socket, method, route, fields)).toMatchObject({
      status,
      body: { error: { code } },
    })
    expect(isOpen(engine.plane.all.load())).toBe(true)
  })

  it.each([
    ['text/plain', '{}', 415],
    ['application/json', '[]', 400],
    ['application/json', '{', 400],
  ])('A4: a body of %s %s is refused with %d', async (type, body, status) => {
    const engine = await start()
    const answered = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        { socketPath: engine.socket, path: '/ops/kill', method: 'POST', headers: { 'content-type': type } },
        (response) => resolve(response.resume().statusCode ?? 0),
      )
      request.on('error', reject)
      request.end(body)
    })
    expect(answered).toBe(status)
    expect(isOpen(engine.plane.all.load())).toBe(true)
  })

  it('A4: an unforeseen error in the main thread answers 500 and is told', async () => {
    const failing = (): never => {
      throw new Error('no status')
    }
    const engine = await start(openPlane(), temporaryFolder(), {}, { request: failing })
    const { generation } = await kill(engine)
    const answer = await controlRequest(engine.socket, 'POST', '/ops/rearm', { generation, reason: 'x' })
    expect(answer.status).toBe(500)
    expect(engine.problems).toEqual(['CONTROL_REQUEST rearm: no status'])
    expect(readLatch(engine.folder).kills).toHaveLength(1)
  })

  it('A8: the socket is for owner and group, and the latch for no other either', async () => {
    const engine = await start()
    await kill(engine)
    expect(statSync(engine.socket).mode & 0o777).toBe(0o660)
    expect(statSync(path.join(engine.folder, 'latch.json')).mode & 0o007).toBe(0)
  })

  it('S8: close ends thread and socket, and an answer is no longer there', async () => {
    const engine = await startControl(openPlane(), temporaryFolder(), INLINE)
    await engine.host.close()
    expect(existsSync(engine.socket)).toBe(false)
    expect(engine.lost).toEqual([])
    await expect(controlRequest(engine.socket, 'GET', '/healthz')).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
    })
    await engine.host.close()
  })

  it('A8: a second engine on the same socket is refused, a socket left by a dead one is not', async () => {
    const engine = await start()
    await expect(startControl(openPlane(), engine.folder, INLINE)).rejects.toMatchObject({
      code: 'SOCKET_IN_USE',
    })
    expect((await controlRequest(engine.socket, 'GET', '/healthz')).status).toBe(200)
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'control.sock'), '')
    const second = await start(openPlane(), folder)
    expect((await controlRequest(second.socket, 'GET', '/healthz')).status).toBe(200)
  })

  it('A8: an engine that hangs, its queue of connections full, keeps its socket', async () => {
    const socket = path.join(temporaryFolder(), 'control.sock')
    const hangs = `const { parentPort, workerData } = require('node:worker_threads')
      require('node:net').createServer().listen({ path: workerData, backlog: 1 }, () => {
        parentPort.postMessage('listens')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      })`
    const other = new Worker(hangs, { eval: true, workerData: socket })
    const queue: Socket[] = []
    try {
      await once(other, 'message')
      const refused = Promise.withResolvers<string>()
      for (let n = 0; n < 5; n++) {
        const waiting = connect(socket)
        waiting.on('error', ({ code }: NodeJS.ErrnoException) => refused.resolve(String(code)))
        queue.push(waiting)
      }
      expect(await refused.promise).toBe('EAGAIN')
      await expect(startControl(openPlane(), temporaryFolder(), { ...INLINE, socket })).rejects.toMatchObject(
        {
          code: 'SOCKET_IN_USE',
        },
      )
      expect(existsSync(socket)).toBe(true)
    } finally {
      for (const waiting of queue) waiting.destroy()
      await other.terminate()
    }
  })

  it('A8: a folder that is not there is a clear error', async () => {
    const socket = path.join(temporaryFolder(), 'missing', 'control.sock')
    await expect(startControl(openPlane(), temporaryFolder(), { ...INLINE, socket })).rejects.toMatchObject({
      code: 'SOCKET_UNUSABLE',
    })
  })

  it('A8: a state directory with a path longer than the kernel takes works', async () => {
    const folder = path.join(temporaryFolder(), 'x'.repeat(80), 'y'.repeat(80))
    mkdirSync(folder, { recursive: true })
    const engine = await start(openPlane(), folder)
    expect((await kill(engine)).latched_ns).not.toBeNull()
  })

  it('K7: a control thread that ends unasked is told, and one that cannot start is an error', async () => {
    const listens =
      "const { parentPort } = require('worker_threads'); parentPort.postMessage({ kind: 'listening' });"
    const dies = `${listens} parentPort.on('message', () => { throw new Error('gone') })`
    const engine = await start(openPlane(), temporaryFolder(), text(dies))
    engine.host.look()
    await engine.until(() => engine.lost.length > 0)
    expect(engine.lost).toEqual(['gone'])
    await expect(startControl(openPlane(), temporaryFolder(), text('process.exit(3)'))).rejects.toMatchObject(
      {
        code: 'CONTROL_NOT_STARTED',
      },
    )
  })

  it('K7: a control thread that a loaded machine starts a minute late is waited for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const late = Object.assign(new EventEmitter(), {
        postMessage: ({ kind }: { kind: string }) => kind === 'close' && late.emit('exit', 0),
        terminate: async () => {},
        unref: () => {},
      })
      setTimeout(() => late.emit('message', { kind: 'listening', server: 'x', why: '', port: null }), 60_000)
      const starting = start(openPlane(), temporaryFolder(), { spawn: () => late })
      await vi.advanceTimersByTimeAsync(60_000)
      expect((await starting).host.server).toBe('x')
    } finally {
      vi.useRealTimers()
    }
  })

  it('K7: a control thread that a bug keeps from starting stops the start, with what went wrong', async () => {
    const spawn = INLINE.spawn as NonNullable<ControlHostOptions['spawn']>
    const buggy: Partial<ControlHostOptions> = {
      spawn: (data) => spawn({ ...data, names: null as never }),
    }
    await expect(startControl(openPlane(), temporaryFolder(), buggy)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/^control thread: .*null/),
    })
  })

  it('A4: an answer that cannot be sent between threads is told, and the request ends by its limit', async () => {
    const status = (): never => ({ hook: () => {} }) as never
    const engine = await start(openPlane(), temporaryFolder(), { mainTimeoutMs: 50 }, { status })
    const { body } = await controlRequest(engine.socket, 'GET', '/ops/status')
    expect(body).toMatchObject({ control: { main_responsive: false, main_age_ms: null } })
    expect(engine.problems[0]).toMatch(/^CONTROL_REQUEST status: .*could not be cloned/)
  })

  it('K6: a record that cannot be read is told, and kills go on', async () => {
    const engine = await start()
    new HaltRecordWriter(engine.plane, 'risk').write({
      scope: 'all',
      reason: 'KILL',
      utcNs: 'not a number',
    } as never)
    engine.plane.all.set(REASON.KILL)
    await engine.until(() => engine.problems.length > 0)
    expect(engine.problems[0]).toMatch(/^KILL_LOOK/)
    expect((await kill(engine)).latched_ns).not.toBeNull()
  })
})
