import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import { type ControlHost, SOCKET_ALONE } from '../../src/control/control-host.ts'
import { type KillAck, type LatchedKill, readLatch } from '../../src/control/latch.ts'
import { NO_LEVEL_SOURCES } from '../../src/control/level-sources.ts'
import { OperatorDesk } from '../../src/control/operator-desk.ts'
import { type OperatedEngine, startOperatorPlane } from '../../src/control/operator-plane.ts'
import type { ControlData } from '../../src/domain/journal-records.ts'
import { Halts } from '../../src/engine/halts.ts'
import type { Recorder } from '../../src/engine/recorder.ts'
import { setReason } from '../../src/gate/arm.ts'
import { ALL_SCOPE } from '../../src/shm/control-plane.ts'
import { isOpen } from '../../src/shm/control-word.ts'
import { INLINE, NAMES, openPlane, STATUS, temporaryFolder, running as text, until } from './support.ts'

/** A main thread that a loaded machine holds up is waited for. */
const PATIENT = { mainTimeoutMs: 60_000 }

const hosts: ControlHost[] = []
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

interface Seen {
  readonly folder: string
  readonly socket: string
  readonly engine: OperatedEngine
  readonly host: ControlHost
  readonly records: { actor: string; data: ControlData }[]
  readonly told: string[]
}

async function start(
  options: object = INLINE,
  early: (engine: OperatedEngine) => void = () => {},
): Promise<Seen> {
  const plane = openPlane()
  const records: Seen['records'] = []
  const told: string[] = []
  const recorder = { control: (actor: string, data: ControlData) => records.push({ actor, data }) }
  const engine: OperatedEngine = {
    halts: new Halts(
      plane,
      NAMES,
      recorder as unknown as Recorder,
      () => 9,
      () => '1723161278000000000',
    ),
    status: () => STATUS,
    cannotArm: () => null,
    onKill: ({ scope }) => told.push(`kill ${scope}`),
    onShutdown: () => told.push('shutdown'),
    onArmed: () => told.push('armed'),
    cancelAll: async (scope) => ({ scope, canceled: 3 }),
    onProblem: (code) => told.push(code),
  }
  const folder = temporaryFolder()
  const socket = path.join(folder, 'control.sock')
  const baseHrNs = process.hrtime.bigint()
  const starting = startOperatorPlane(
    { stateDir: folder, socket, baseHrNs, latchSync: true, ...PATIENT, ...options },
    engine,
  )
  early(engine)
  const host = await starting
  hosts.push(host)
  return { folder, socket, engine, host, records, told }
}

describe('operator plane of an engine', () => {
  it('K1 K8: a kill over the socket is journaled once and followed once', async () => {
    const { socket, told, records, folder } = await start()
    await controlRequest(socket, 'POST', '/ops/kill', {
      reason: 'RISK_LIMIT',
      text: 'x',
      actor: 'ada',
      source: 'cli',
    })
    await until(() => told.length > 0)
    await controlRequest(socket, 'GET', '/ops/status')
    expect(told).toEqual(['kill all'])
    expect(records).toMatchObject([
      {
        actor: 'ada',
        data: { scope: 'all', set: ['KILL'], code: 'RISK_LIMIT', text: 'x', source: 'cli', tick_seq: 9 },
      },
    ])
    const [kill] = readLatch(folder).kills
    const { generation, set_ns, effective_ns, latched_ns } = kill as LatchedKill
    expect(records[0]?.data.ack).toEqual({ generation, set_ns, effective_ns, latched_ns })
  })

  it('K6 K8: kills that the control thread tells late are acknowledged once each, with their own times', async () => {
    const { socket, records, folder } = await start()
    const acks = [1, 2, 3].map(() => controlRequest(socket, 'POST', '/ops/kill', { source: 'cli' }))
    const bodies = (await Promise.all(acks)).map(({ body }) => body as KillAck)
    // They come on connections of their own: which is served first is not said.
    bodies.sort((a, b) => a.generation - b.generation)
    await until(() => records.length >= 3)
    await controlRequest(socket, 'GET', '/ops/status')
    expect(records.map(({ data }) => data.ack)).toEqual(bodies)
    expect(readLatch(folder).kills).toHaveLength(1)
  })

  it('K6 K8: a kill of the main thread is journaled there and latched as it was said', async () => {
    const { engine, folder, records, told } = await start()
    const cause = { code: 'RECONCILIATION', text: 'position differs', source: 'engine' } as const
    engine.halts.halt({ kind: 'symbol', index: 0 }, 'STALE', 'feed-watch', cause)
    engine.halts.halt({ kind: 'symbol', index: 1 }, 'KILL', 'reconciliation', cause)
    await until(() => readLatch(folder).kills.length > 0)
    expect(readLatch(folder).kills).toMatchObject([
      { scope: 'symbol:ETHUSDT', code: 'RECONCILIATION', text: 'position differs', actor: 'reconciliation' },
    ])
    await until(() => records.length === 3)
    const [kill] = readLatch(folder).kills
    const { generation, set_ns, effective_ns, latched_ns } = kill as LatchedKill
    expect(records[2]?.data).toMatchObject({
      set: [],
      code: 'RECONCILIATION',
      policy: 'latched',
      ack: { generation, set_ns, effective_ns, latched_ns },
    })
    expect(told).toEqual(['kill symbol:ETHUSDT'])
  })

  it('K13 K6: kills of the thread and of the main thread while the control thread starts are followed and latched', async () => {
    const lockFile = path.join(temporaryFolder(), 'kill.lock')
    writeFileSync(lockFile, '')
    const levels = { ...NO_LEVEL_SOURCES, lockFile }
    const { folder, socket, told } = await start({ ...INLINE, levels }, ({ halts }) => {
      const cause = { code: 'RECONCILIATION', text: 'cash differs', source: 'engine' } as const
      halts.halt({ kind: 'symbol', index: 1 }, 'KILL', 'reconciliation', cause)
    })
    await until(() => readLatch(folder).kills.length > 1)
    expect(
      readLatch(folder)
        .kills.map(({ scope, code }) => `${scope} ${code}`)
        .sort(),
    ).toEqual(['all LOCK_FILE', 'symbol:ETHUSDT RECONCILIATION'])
    // Whatever the thread has to tell of them comes before this answer.
    await controlRequest(socket, 'GET', '/ops/status')
    expect(told.sort()).toEqual(['kill all', 'kill symbol:ETHUSDT'])
  })

  it('K8 S11: re-arm and resume are journaled with the operator, and told', async () => {
    const { socket, records, told, engine } = await start()
    const ack = await controlRequest(socket, 'POST', '/ops/kill', {})
    const { generation } = ack.body as { generation: number }
    await until(() => told.length === 1)
    await controlRequest(socket, 'POST', '/ops/rearm', { generation, reason: 'fine', actor: 'ada' })
    expect(told).toEqual(['kill all', 'armed'])
    expect(records[1]).toMatchObject({ actor: 'operator:ada', data: { cleared: ['KILL'], text: 'fine' } })
    expect(engine.halts.causes()).toEqual([])
    expect(isOpen(engine.halts.plane.all.load())).toBe(true)
    await controlRequest(socket, 'POST', '/ops/pause', {})
    expect((await controlRequest(socket, 'POST', '/ops/resume', {})).status).toBe(200)
    expect((await controlRequest(socket, 'POST', '/ops/resume', {})).status).toBe(409)
    expect(told).toEqual(['kill all', 'armed', 'armed'])
  })

  it('K5 S11: a kill that arrives while a resume is being judged refuses it, and both halts stand', async () => {
    const { halts } = (await start()).engine
    halts.halt(ALL_SCOPE, 'PAUSE', 'operator', { code: 'OPERATOR', text: 'lunch', source: 'cli' })
    const clear = halts.clear.bind(halts)
    vi.spyOn(halts, 'clear').mockImplementationOnce((...judged) => {
      setReason(halts.plane, ALL_SCOPE, 'KILL', 'operator')
      return clear(...judged)
    })
    const desk = new OperatorDesk({ halts, cannotArm: () => null })
    expect(desk.resume({ action: 'resume', scope: 'all', text: 'back', actor: 'ada' })).toMatchObject({
      status: 409,
      body: {
        error: { code: 'GENERATION_MOVED', message: 'resume refused' },
        ...{ open: false, reasons: ['KILL', 'PAUSE'] },
      },
    })
  })

  it('K6 K8: without the native module SIGUSR2 kills by JavaScript, and the status says so', async () => {
    process.env['TIDEGATE_NATIVE'] = '0'
    try {
      const { socket, told, folder } = await start()
      const { body } = await controlRequest(socket, 'GET', '/ops/status')
      expect(body).toMatchObject({ control: { signal: 'javascript' } })
      process.kill(process.pid, 'SIGUSR2')
      await until(() => readLatch(folder).kills.length > 0)
      expect(readLatch(folder).kills).toMatchObject([{ code: 'SIGNAL', text: 'SIGUSR2', source: 'signal' }])
      expect(told).toEqual(['kill all'])
    } finally {
      delete process.env['TIDEGATE_NATIVE']
    }
  })

  it('K6: an engine that keeps no notes is re-armed after its lock file went like any other', async () => {
    const lockFile = path.join(temporaryFolder(), 'kill.lock')
    const { socket, told, engine } = await start({ ...INLINE, levels: { ...NO_LEVEL_SOURCES, lockFile } })
    writeFileSync(lockFile, '')
    await until(() => told.length > 0)
    rmSync(lockFile)
    const fields = { generation: engine.halts.plane.all.load() >>> 12, reason: 'the file is gone' }
    expect((await controlRequest(socket, 'POST', '/ops/rearm', fields)).status).toBe(200)
    expect(told).toEqual(['kill all', 'armed'])
  })

  it('K10: a record that cannot be written is told; the kill stands, and its action follows', async () => {
    const { socket, engine, told, records } = await start()
    records.push = () => {
      throw new Error('no journal')
    }
    await controlRequest(socket, 'POST', '/ops/kill', {})
    await until(() => told.length > 1)
    expect(told).toEqual(['kill all', 'AUDIT_FAILED'])
    expect(isOpen(engine.halts.plane.all.load())).toBe(false)
  })

  it('A4: cancel-all is asked of the engine in the scope that it has', async () => {
    const { socket } = await start()
    expect(await controlRequest(socket, 'POST', '/ops/cancel-all', { scope: 'symbol:BTCUSDT' })).toEqual({
      status: 200,
      body: { scope: 'symbol:BTCUSDT', canceled: 3 },
    })
    expect((await controlRequest(socket, 'POST', '/ops/cancel-all', { scope: 'symbol:X' })).status).toBe(400)
  })

  it('S1: shutdown over the socket is told to the engine', async () => {
    const { socket, told } = await start()
    await controlRequest(socket, 'POST', '/ops/shutdown', { text: 'night' })
    await until(() => told.length > 0)
    expect(told).toEqual(['shutdown'])
  })

  it('K7: without its control thread the engine is killed', async () => {
    const listens =
      "const { parentPort } = require('worker_threads'); parentPort.postMessage({ kind: 'listening' });"
    const { engine, host, told } = await start(
      text(`${listens} parentPort.on('message', () => process.exit(1))`),
    )
    host.look()
    await until(() => told.length > 0)
    expect(told).toEqual(['CONTROL_LOST', 'kill all'])
    expect(isOpen(engine.halts.plane.scope(ALL_SCOPE).load())).toBe(false)
  })

  it('A4: a run that takes no orders from outside says so', async () => {
    const { socket } = await start()
    for (const [method, route] of [
      ['GET', '/orders'],
      ['GET', '/positions'],
    ] as const) {
      expect(await controlRequest(socket, method, route)).toMatchObject({
        status: 409,
        body: { error: { code: 'NOT_LIVE' } },
      })
    }
    const order = { symbol: 'BTCUSDT', side: 'buy', qty: '1' }
    expect((await controlRequest(socket, 'POST', '/execute', order)).status).toBe(409)
  })

  it('A4: orders, positions and a resume are answered by the engine that has them', async () => {
    const { socket, engine } = await start()
    const reply = (what: string) => () => ({ status: 200, body: { what } })
    Object.assign(engine, { orders: reply('orders'), positions: reply('positions') })
    Object.assign(engine, { execute: async () => ({ status: 202, body: { what: 'execute' } }) })
    expect((await controlRequest(socket, 'GET', '/orders')).body).toEqual({ what: 'orders' })
    expect((await controlRequest(socket, 'GET', '/positions')).body).toEqual({ what: 'positions' })
    const order = { symbol: 'BTCUSDT', side: 'buy', qty: '1' }
    expect((await controlRequest(socket, 'POST', '/execute', order)).status).toBe(202)
    const desk = new OperatorDesk({ halts: engine.halts, cannotArm: () => null })
    const request = { action: 'resume', scope: 'symbol:NOPE', text: '', actor: 'ada' }
    expect(desk.resume(request as never)).toMatchObject({
      status: 400,
      body: { error: { code: 'SCOPE_UNKNOWN' } },
    })
  })

  it('K10: what a control thread says of a scope that the run does not have counts for everything', async () => {
    const event = {
      ...{ kind: 'set', scope: 'symbol:NOPE', reason: 'KILL', actor: 'ada', generation: 9, code: null },
      ...{ text: 'x', source: 'http', kill: null },
    }
    const says = `const { parentPort } = require('worker_threads'); parentPort.on('message', () => process.exit(0));
      parentPort.postMessage({ kind: 'listening' }); parentPort.postMessage(${JSON.stringify({ kind: 'event', event })})`
    const { records } = await start(text(says))
    await until(() => records.length > 0)
    expect(records[0]).toMatchObject({
      actor: 'ada',
      data: { scope: 'all', set: ['KILL'], code: 'OPERATOR' },
    })
  })

  it('A4: what the main thread publishes is what status and readyz say', async () => {
    const { socket, host } = await start()
    const ready = async (): Promise<unknown> => {
      const { status, body } = await controlRequest(socket, 'GET', '/readyz')
      return [status, JSON.stringify(body).includes('not ready')]
    }
    host.publish({ ...STATUS, mode: 'live' })
    host.ready(false, null)
    expect(await ready()).toEqual([503, true])
    host.ready(true, null)
    expect(await ready()).toEqual([200, false])
    expect((await controlRequest(socket, 'GET', '/ops/status')).body).toMatchObject({ node: 't' })
  })

  it('K8: where two persons are asked for, one is not enough', async () => {
    const { socket, told } = await start({ ...INLINE, door: { ...SOCKET_ALONE, twoPerson: true } })
    const { body } = await controlRequest(socket, 'POST', '/ops/kill', {})
    const { generation } = body as { generation: number }
    await until(() => told.length === 1)
    const rearm = (actor: string) =>
      controlRequest(socket, 'POST', '/ops/rearm', { generation, reason: 'fine', actor })
    expect((await rearm('ada')).status).toBe(202)
    expect(told).toEqual(['kill all'])
    expect((await rearm('bob')).status).toBe(200)
    expect(told).toEqual(['kill all', 'armed'])
  })

  it('A4: an order that has left is named where its outcome does not come', async () => {
    const { socket, engine } = await start()
    Object.assign(engine, {
      execute: (_request: object, onSending: (id: string) => void) => {
        onSending('tg-t-1-9')
        return Promise.resolve({ status: 504, body: { client_order_id: 'tg-t-1-9' } })
      },
    })
    const order = { symbol: 'BTCUSDT', side: 'buy', qty: '1' }
    expect(await controlRequest(socket, 'POST', '/execute', order)).toMatchObject({
      status: 504,
      body: { client_order_id: 'tg-t-1-9' },
    })
  })
})
