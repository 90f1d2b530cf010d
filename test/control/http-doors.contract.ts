import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { TOKEN_ROLES, type TokenRole } from '../../src/config/types.ts'
import { controlRequest } from '../../src/control/client.ts'
import { SOCKET_ALONE } from '../../src/control/control-host.ts'
import { type KillAck, readLatch } from '../../src/control/latch.ts'
import { ROUTES } from '../../src/control/routes.ts'
import { mayAct } from '../../src/control/tokens.ts'
import { REASON } from '../../src/domain/reasons.ts'
import type { ServerUnderTest } from './http-servers.ts'
import { RawConnection } from './raw-http.ts'
import { openPlane, type Running, startControl, temporaryFolder } from './support.ts'

const token = (role: TokenRole): string => `${role}-${'x'.repeat(40)}`
const DOOR = {
  ...SOCKET_ALONE,
  listen: { host: '127.0.0.1', port: 0 },
  tokens: TOKEN_ROLES.map((role) => ({ id: role, role, sha256: hash('sha256', token(role), 'hex') })),
}
const LAST = 'POST /ops/shutdown'
const KEPT = 'GET /healthz HTTP/1.1\r\nHost: tidegate\r\n\r\n'

/** The operator's doors in their own thread, whatever server serves them. */
export function httpDoorsContract({ server, preference }: ServerUnderTest): void {
  const running: Running[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.host.close()))
  })

  async function start(): Promise<Running> {
    const started = await startControl(openPlane(), temporaryFolder(), { server: preference, door: DOOR })
    running.push(started)
    return started
  }

  async function statusOf(
    engine: Running,
    overTcp: boolean,
    key: string,
    role: TokenRole | null,
  ): Promise<number> {
    const [method, route] = key.split(' ') as ['GET' | 'POST', string]
    const fields = { generation: 0, reason: 'looked', text: 'x' }
    const bearer = role === null ? null : token(role)
    if (!overTcp) return (await controlRequest(engine.socket, method, route, fields, bearer)).status
    const answer = await fetch(`http://127.0.0.1:${engine.host.port}${route}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(fields) }),
    })
    await answer.text()
    return answer.status
  }

  describe(`the doors of the control thread: ${server.implementation}`, () => {
    it('A4: the status says which server it is and why', async () => {
      const engine = await start()
      expect(engine.host.server).toBe(server.implementation)
      const { body } = await controlRequest(engine.socket, 'GET', '/ops/status')
      expect(body).toMatchObject({
        control: { server: server.implementation, server_why: engine.host.serverWhy },
      })
    })

    it.each([true, false])('A4 A8: every route for every role, over TCP: %j', async (overTcp) => {
      const engine = await start()
      const keys = Object.keys(ROUTES).filter((key) => key !== LAST)
      for (const key of [...keys, LAST]) {
        const needed = ROUTES[key]?.role ?? null
        for (const role of [null, ...TOKEN_ROLES]) {
          // On the unix socket the file mode has let the caller in, as an operator.
          const has = role ?? (overTcp ? null : 'operator')
          const allowed = needed === null || (has !== null && mayAct(has, needed))
          const status = await statusOf(engine, overTcp, key, role)
          const refused = has === null ? 401 : 403
          expect([key, role, [401, 403].includes(status) ? status : 'allowed']).toEqual([
            key,
            role,
            allowed ? 'allowed' : refused,
          ])
          if (allowed) expect([200, 202, 400, 404, 409, 422, 503]).toContain(status)
        }
      }
      expect(await statusOf(engine, overTcp, 'GET /nowhere', 'admin')).toBe(404)
      expect(await statusOf(engine, overTcp, 'GET /ops/kill', 'admin')).toBe(405)
      expect(engine.plane.all.load() & (REASON.KILL | REASON.SHUTDOWN)).toBe(REASON.KILL | REASON.SHUTDOWN)
    })

    it('A8: a body that is too large is answered with 413, and nothing is killed', async () => {
      const engine = await start()
      const large = await controlRequest(engine.socket, 'POST', '/ops/kill', { text: 'x'.repeat(20_000) })
      expect(large).toMatchObject({ status: 413, body: { error: { code: 'BODY_TOO_LARGE' } } })
      expect(engine.plane.all.load() & REASON.KILL).toBe(0)
    })

    it('A8: the socket file is for owner and group, and gone after the end', async () => {
      const engine = await start()
      expect((statSync(engine.socket).mode & 0o7777).toString(8)).toBe('660')
      await engine.host.close()
      expect(existsSync(engine.socket)).toBe(false)
      expect(engine.problems).toEqual([])
    })

    it('A8: a second engine on the same port or the same socket does not start', async () => {
      const engine = await start()
      const listen = { host: '127.0.0.1', port: engine.host.port as number }
      const again = (options: object): Promise<Running> =>
        startControl(openPlane(), temporaryFolder(), { server: preference, door: DOOR, ...options })
      await expect(again({ door: { ...DOOR, listen } })).rejects.toMatchObject({ code: 'ADDRESS_UNUSABLE' })
      await expect(again({ socket: engine.socket })).rejects.toMatchObject({ code: 'SOCKET_IN_USE' })
      expect(await statusOf(engine, false, 'GET /healthz', null)).toBe(200)
    })

    it('A8: a socket path that is too long for the system is served all the same', async () => {
      const folder = path.join(temporaryFolder(), 'x'.repeat(60), 'y'.repeat(60))
      mkdirSync(folder, { recursive: true })
      const engine = await startControl(openPlane(), folder, { server: preference })
      running.push(engine)
      expect(await statusOf(engine, false, 'GET /healthz', null)).toBe(200)
      const name = path.join(folder, `${'z'.repeat(120)}.sock`)
      await expect(
        startControl(openPlane(), temporaryFolder(), { server: preference, socket: name }),
      ).rejects.toMatchObject({ code: 'SOCKET_UNUSABLE' })
    })

    it('A4: forty kills at once are each acknowledged, and in the latch', async () => {
      const engine = await start()
      const acks = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          controlRequest(engine.socket, 'POST', '/ops/kill', { text: `kill ${n}`, actor: `a${n}` }),
        ),
      )
      expect(acks.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200))
      for (const { body } of acks) expect((body as KillAck).latched_ns).toBeGreaterThan(0)
      expect(readLatch(engine.folder).kills.length).toBeGreaterThan(0)
    })

    it('S8: ends by its deadline with connections open: idle, in a head, in a body, and without an answer', async () => {
      const engine = await startControl(
        openPlane(),
        temporaryFolder(),
        { server: preference, door: DOOR },
        { request: () => new Promise(() => {}) },
      )
      running.push(engine)
      const texts = [
        KEPT,
        '',
        'GET /hea',
        'POST /ops/kill HTTP/1.1\r\nHost: tidegate\r\nContent-Length: 99\r\n\r\n{',
        'GET /orders HTTP/1.1\r\nHost: tidegate\r\n\r\n',
      ]
      const connections = await Promise.all(texts.map(() => RawConnection.open(engine.socket)))
      for (const [index, text] of texts.entries()) connections[index]?.send(text)
      await connections[0]?.until((text) => text.includes('}'))
      await engine.host.close()
      await Promise.all(connections.map((connection) => connection.whole()))
      expect(engine.lost).toEqual([])
    })

    it('S8: leaves no thread and no socket behind, checked from inside and outside', async () => {
      const { lines, exited } = await processEnded(preference, 'close')
      const left = JSON.parse(lines.at(-1) as string) as { threads: number; sockets: number }
      expect(left.sockets).toBe(0)
      expect(left.threads).toBeLessThanOrEqual(0)
      expect(exited).toEqual([0, null])
    })

    it('S8: an exit with every connection open has the code that was meant', async () => {
      for (let n = 0; n < 3; n++) expect((await processEnded(preference, 'exit')).exited).toEqual([7, null])
    })
  })
}

interface Ended {
  readonly lines: string[]
  /** code and signal */
  readonly exited: readonly [number | null, string | null]
}

/** Runs `server-process.ts` to its end, with connections open when it is told to end. */
async function processEnded(preference: string, end: 'close' | 'exit'): Promise<Ended> {
  const folder = temporaryFolder()
  const script = path.resolve(import.meta.dirname, 'server-process.ts')
  const child = spawn(process.execPath, [script, folder, preference, end], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise<Ended['exited']>((resolve) => {
    child.on('exit', (code, signal) => resolve([code, signal]))
  })
  const lines: string[] = []
  const output = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve) => {
    output.on('line', (line) => {
      lines.push(line)
      resolve()
    })
  })
  await Promise.race([ready, exited])
  const port = Number(lines[0])
  const open = await Promise.all(
    [port, port, path.join(folder, 'control.sock')].map((to) => RawConnection.open(to)),
  )
  open[0]?.send(KEPT.replace('tidegate', `127.0.0.1:${port}`))
  await open[0]?.until((text) => text.includes('}'))
  open[1]?.send('GET /hea')
  open[2]?.send('GET /orders HTTP/1.1\r\nHost: tidegate\r\n\r\n')
  await new Promise((resolve) => httpRequest({ port, path: '/healthz' }, resolve).end())
  child.stdin.end('end\n')
  const result = { lines, exited: await exited }
  for (const connection of open) connection.leave()
  return result
}
