import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import { SOCKET_ALONE } from '../../src/control/control-host.ts'
import { ControlServer } from '../../src/control/control-server.ts'
import type { DoorHandler, HttpServer } from '../../src/control/http-server.ts'
import type { RouteContext } from '../../src/control/routes.ts'
import { chooseServer } from '../../src/control/server-choice.ts'
import { VirtualClock } from '../../src/core/clock.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { INLINE, openPlane, type Running, startControl, temporaryFolder } from './support.ts'

/** What `control.server: auto` takes here. */
const SERVER = chooseServer('auto').server.implementation
const TOKEN = 'x'.repeat(40)
const DOOR = {
  ...SOCKET_ALONE,
  listen: { host: '127.0.0.1', port: 0 },
  tokens: [{ id: 'ada', role: 'operator', sha256: hash('sha256', TOKEN, 'hex') }],
} as const

const running: Running[] = []
async function start(door: typeof DOOR = DOOR): Promise<Running> {
  const started = await startControl(openPlane(), temporaryFolder(), { ...INLINE, door })
  running.push(started)
  return started
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.host.close()))
})

describe('the doors of the control thread', () => {
  it('A4 A8: a kill over loopback HTTP with a token, beside the unix socket', async () => {
    const engine = await start()
    const url = `http://127.0.0.1:${engine.host.port}/ops/kill`
    expect((await fetch(url, { method: 'POST' })).status).toBe(401)
    expect(engine.plane.all.load() & REASON.KILL).toBe(0)
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'from afar' }),
    })
    expect(answer.status).toBe(200)
    expect(Object.keys((await answer.json()) as object)).toEqual([
      'generation',
      'set_ns',
      'effective_ns',
      'latched_ns',
    ])
    const { body } = await controlRequest(engine.socket, 'GET', '/ops/status')
    expect(body).toMatchObject({
      control: {
        kill: 'ENGAGED',
        mode: 'HALTED',
        server: SERVER,
        levels: [],
        latched: [{ actor: 'ada', source: 'http', text: 'from afar' }],
        threads: [{ thread: 'control', state: 'running' }],
      },
    })
  })

  it('A8: another Host than the address that it listens on is refused', async () => {
    const engine = await start()
    const localhost = await fetch(`http://localhost:${engine.host.port}/healthz`)
    expect(localhost.status).toBe(200)
    const other = await fetch(`http://127.1.1.1:${engine.host.port}/healthz`).then(
      ({ status }) => status,
      () => 'not even reached',
    )
    expect([421, 'not even reached']).toContain(other)
  })

  it('A8: without a TCP address there is none', async () => {
    const engine = await start({ ...DOOR, listen: null } as never)
    expect([engine.host.port, engine.host.server]).toEqual([null, SERVER])
  })

  it('A8: an address that is taken stops the start, and leaves no socket', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
    })
    try {
      const door = { ...DOOR, listen: { host: '127.0.0.1', port } } as unknown as typeof DOOR
      await expect(start(door)).rejects.toMatchObject({ code: 'ADDRESS_UNUSABLE' })
    } finally {
      taken.close()
    }
  })

  it.each([
    ['192.0.2.1', 31, 401],
    ['192.0.2.1', 32, 200],
    ['127.0.0.1', 31, 200],
  ])(
    'A8: at %s a known token of %d bytes is answered with %d, at the socket too',
    async (host, bytes, status) => {
      const token = 'x'.repeat(bytes)
      const tokens = [{ id: 'ada', role: 'viewer', sha256: hash('sha256', token, 'hex') }] as const
      const { server, doors } = handingOut()
      const listening = await ControlServer.listen({
        server,
        socket: path.join(temporaryFolder(), 'control.sock'),
        door: { ...SOCKET_ALONE, listen: { host, port: 8443 }, tokens },
        clock: new VirtualClock(0n),
        context: { status: async () => ({}) } as unknown as RouteContext,
        onProblem: () => {},
      })
      const request = {
        ...{ method: 'GET', url: '/ops/status', host: `${host}:8443`, authorization: `Bearer ${token}` },
        ...{ contentType: null, origin: null, body: new Uint8Array() },
      }
      const answers = await Promise.all(doors.map((door) => door(request)))
      expect(answers.map((answer) => answer.status)).toEqual([status, status])
      await listening.close()
    },
  )
})

/** A server that listens nowhere and hands out its doors: the socket's, then that of TCP. */
function handingOut(): { server: HttpServer; doors: DoorHandler[] } {
  const doors: DoorHandler[] = []
  const server: HttpServer = {
    implementation: 'none',
    listen: async (address, _limits, handler) => {
      if (address.kind === 'unix') writeFileSync(address.path, '')
      doors.push(handler)
      return { port: address.kind === 'unix' ? 0 : address.port, close: async () => {} }
    },
  }
  return { server, doors }
}
