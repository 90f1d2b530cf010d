import { existsSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../src/control/http.ts'
import type { DoorRequest, HttpServer, Listener, ServerAddress } from '../../src/control/http-server.ts'
import { SERVER_LIMITS } from '../../src/control/http-server.ts'
import { CERTIFICATE } from './certificate.ts'
import { temporaryFolder, until } from './support.ts'

const TCP: ServerAddress = { kind: 'tcp', host: '127.0.0.1', port: 0, tls: null }

/** What every HTTP server behind the doors must do, whatever it is made of. */
export function httpServerContract(server: HttpServer): void {
  const open: Listener[] = []
  const seen: DoorRequest[] = []
  const problems: string[] = []
  afterEach(async () => {
    for (const listener of open.splice(0)) await listener.close()
    seen.length = 0
    problems.length = 0
  })

  async function start(address: ServerAddress = TCP, limits = SERVER_LIMITS): Promise<Listener> {
    const listener = await server.listen(
      address,
      limits,
      async (request) => {
        seen.push(request)
        return { status: 202, body: { got: request.body?.length ?? null } }
      },
      (message) => problems.push(message),
    )
    open.push(listener)
    return listener
  }

  const url = (listener: Listener, route: string): string => `http://127.0.0.1:${listener.port}${route}`

  describe(`the HTTP server port: ${server.implementation}`, () => {
    it('A4: hands over method, url, headers and body, and sends status and JSON back', async () => {
      const listener = await start()
      const answer = await fetch(url(listener, '/ops/kill?x=1'), {
        method: 'POST',
        headers: { authorization: 'Bearer abc', 'content-type': 'application/json', origin: 'http://x' },
        body: '{"a": "ü"}',
      })
      expect([answer.status, await answer.json()]).toEqual([202, { got: 11 }])
      expect(answer.headers.get('content-type')).toBe('application/json')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(seen[0]).toMatchObject({
        method: 'POST',
        url: '/ops/kill?x=1',
        host: `127.0.0.1:${listener.port}`,
        authorization: 'Bearer abc',
        contentType: 'application/json',
        origin: 'http://x',
      })
      expect(Buffer.from(seen[0]?.body as Uint8Array).toString()).toBe('{"a": "ü"}')
    })

    it('A4: what is not there is null, and a body that is not there is empty', async () => {
      const listener = await start()
      await fetch(url(listener, '/healthz'))
      expect(seen[0]).toMatchObject({ method: 'GET', authorization: null, contentType: null, origin: null })
      expect(seen[0]?.body?.length).toBe(0)
    })

    it('A8: a body that is too long is null, and its client still hears the answer', async () => {
      const listener = await start()
      const { bodyBytesMax } = SERVER_LIMITS
      for (const bytes of [bodyBytesMax, bodyBytesMax + 1, 10 * bodyBytesMax]) {
        const answer = await fetch(url(listener, '/x'), { method: 'POST', body: 'x'.repeat(bytes) })
        expect(await answer.json()).toEqual({ got: bytes > bodyBytesMax ? null : bytes })
      }
    })

    it('A8: a body without end ends the connection', async () => {
      const listener = await start(TCP, { ...SERVER_LIMITS, bodyBytesMax: 64, requestTimeoutMs: 600_000 })
      const socket = connect(listener.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write('POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = `400\r\n${'x'.repeat(1_024)}\r\n`
      const timer = setInterval(() => socket.write(chunk), 1)
      await new Promise((resolve) => socket.on('close', resolve))
      clearInterval(timer)
      expect(seen).toEqual([])
    })

    it('A8: listens on a unix socket too, whose file goes with the end', async () => {
      const address = { kind: 'unix', path: path.join(temporaryFolder(), 'door.sock') } as const
      expect((await start(address)).port).toBe(0)
      const socket = connect(address.path)
      socket.write('GET /healthz HTTP/1.1\r\nHost: tidegate\r\nConnection: close\r\n\r\n')
      expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 202 /)
      await open.pop()?.close()
      expect(existsSync(address.path)).toBe(false)
    })

    it('A8: speaks TLS where it has a certificate', async () => {
      const listener = await start({ kind: 'tcp', host: '127.0.0.1', port: 0, tls: CERTIFICATE })
      const status = await new Promise((resolve, reject) => {
        const { port } = listener
        const request = httpsRequest({ host: '127.0.0.1', port, ca: CERTIFICATE.cert }, (response) =>
          resolve(response.resume().statusCode),
        )
        request.on('error', reject).end()
      })
      expect(status).toBe(202)
      await expect(fetch(url(listener, '/'))).rejects.toThrow()
    })

    it('A8: a port that is taken, and a path that cannot be, are errors of the call', async () => {
      const { port } = await start()
      await expect(start({ kind: 'tcp', host: '127.0.0.1', port, tls: null })).rejects.toThrow(/EADDRINUSE/)
      await expect(start({ kind: 'unix', path: '/nowhere/x.sock' })).rejects.toThrow(/EACCES|ENOENT/)
    })

    it('S8: close ends connections that are open, also one with a request under way', async () => {
      const listener = await server.listen(
        TCP,
        SERVER_LIMITS,
        () => new Promise(() => {}),
        () => {},
      )
      const sockets = await Promise.all([connected(listener.port), connected(listener.port)])
      const ended = Promise.all(sockets.map((socket) => new Promise((done) => socket.on('close', done))))
      await new Promise((resolve) => sockets[1].write('GET / HTTP/1.1\r\nHost: x\r\n\r\n', resolve))
      await listener.close()
      await ended
    })

    it('S8: clients that go away at every byte of their requests, and the end in the midst of them, harm nobody', async () => {
      const late: (() => void)[] = []
      const answers = async (request: DoorRequest): Promise<Answer> => {
        // Some answers come when their client is long gone.
        if (request.url === '/late') await new Promise<void>((resolve) => late.push(resolve))
        return { status: 200, body: { text: 'x'.repeat(100_000) } }
      }
      const listener = await server.listen(TCP, SERVER_LIMITS, answers, (message) => problems.push(message))
      open.push(listener)
      const texts = ['/x', '/late'].map(
        (route) => `POST ${route} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello`,
      )
      for (const text of texts) {
        for (let length = 0; length <= text.length; length++) {
          const socket = await connected(listener.port)
          await new Promise((resolve) => socket.write(text.slice(0, length), resolve))
          if (length % 3 === 0) socket.resetAndDestroy()
          else socket.destroy()
          if (length % 10 === 0) for (const answer of late.splice(0)) answer()
        }
      }
      for (const answer of late.splice(0)) answer()
      expect((await fetch(url(listener, '/x'))).status).toBe(200)
      const last = await Promise.all(texts.map(() => connected(listener.port)))
      for (const [index, socket] of last.entries()) socket.write(texts[index] as string)
      await until(() => late.length > 0)
      await listener.close()
      for (const answer of late.splice(0)) answer()
      await Promise.all(last.map((socket) => new Promise((done) => socket.resume().once('close', done))))
      expect(problems).toEqual([])
    })

    it('A8: nonsense and a client that leaves in the middle harm nobody', async () => {
      const listener = await start()
      const nonsense = connect(listener.port, '127.0.0.1')
      nonsense.write('\u0016\u0003\u0001 not http\r\n\r\n')
      await textOf(nonsense)
      const leaving = connect(listener.port, '127.0.0.1')
      leaving.write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', () => leaving.destroy())
      await new Promise((resolve) => leaving.on('close', resolve))
      expect((await fetch(url(listener, '/'))).status).toBe(202)
      expect(problems).toEqual([])
    })
  })
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => {})
  })
}

async function textOf(socket: Socket): Promise<string> {
  let text = ''
  socket.on('error', () => {})
  for await (const chunk of socket) text += String(chunk)
  return text
}
