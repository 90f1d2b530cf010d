import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../src/control/http.ts'
import {
  type DoorRequest,
  HEAD_BYTES_MAX,
  type Listener,
  SERVER_LIMITS,
  type ServerAddress,
} from '../../src/control/http-server.ts'
import type { ServerUnderTest } from './http-servers.ts'
import { exchange, RawConnection, statusOf } from './raw-http.ts'
import { temporaryFolder, until } from './support.ts'

const TCP: ServerAddress = { kind: 'tcp', host: '127.0.0.1', port: 0, tls: null }
const GET = 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n'
const LAST = 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** What a client that errs, attacks or goes away meets, whatever server it is. */
export function httpLimitsContract({ server }: ServerUnderTest): void {
  const open: Listener[] = []
  const seen: DoorRequest[] = []
  const problems: string[] = []
  let answer: (request: DoorRequest) => Promise<Answer>
  const plain = async (request: DoorRequest): Promise<Answer> => ({
    status: 200,
    body: { url: request.url, got: request.body?.length ?? null },
  })

  afterEach(async () => {
    for (const listener of open.splice(0)) await listener.close()
    seen.length = 0
    problems.length = 0
  })

  async function start(limits = SERVER_LIMITS, address = TCP, how = plain): Promise<Listener> {
    answer = how
    const listener = await server.listen(
      address,
      limits,
      (request) => {
        seen.push(request)
        return answer(request)
      },
      (message) => problems.push(message),
    )
    open.push(listener)
    return listener
  }

  describe(`limits of the HTTP server: ${server.implementation}`, () => {
    it.each([
      ['no HTTP', '\u0016\u0003\u0001\u0002 nonsense\r\n\r\n'],
      ['no Host', 'GET /x HTTP/1.1\r\n\r\n'],
      ['two Hosts', 'GET /x HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
      ['a version that is not spoken', 'GET /x HTTP/1.0\r\nHost: x\r\n\r\n'],
      ['a version that is none', 'GET /x HTTP/9.9\r\nHost: x\r\n\r\n'],
      ['a space before the colon', 'GET /x HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n'],
      ['a folded header', 'GET /x HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n'],
      ['a NUL in the URL', 'GET /x\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['a length below zero', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc'],
      ['a length that is none', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3x\r\n\r\nabc'],
      ['two lengths', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
      [
        'a length and chunks',
        'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      ],
      ['a coding nobody knows', 'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: br\r\n\r\nabc'],
      [
        'a chunk that is none',
        'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n',
      ],
    ])('A8: %s is refused, ends the connection, and reaches nobody', async (_, text) => {
      const { port } = await start()
      const status = statusOf(await exchange(port, text))
      expect(status === null || status >= 400).toBe(true)
      expect(seen).toEqual([])
      expect(statusOf(await exchange(port, LAST))).toBe(200)
    })

    it('A8: what stands behind a body of two lengths is not read as a request of its own', async () => {
      const { port } = await start()
      const twice = `POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${GET.length}\r\n\r\n`
      expect(statusOf(await exchange(port, `${twice}${GET}`))).not.toBe(200)
      expect(seen).toEqual([])
    })

    it('A8: a head of almost the limit passes, a longer one is answered with 431 and reaches nobody', async () => {
      const { port } = await start()
      const head = (bytes: number): string => LAST.replace('\r\n\r\n', `\r\nX: ${'y'.repeat(bytes)}\r\n\r\n`)
      expect(statusOf(await exchange(port, head(HEAD_BYTES_MAX - 300)))).toBe(200)
      for (const bytes of [HEAD_BYTES_MAX + 100, 8 * HEAD_BYTES_MAX]) {
        expect([431, null]).toContain(statusOf(await exchange(port, head(bytes))))
      }
      expect(seen).toHaveLength(1)
    })

    it('A8: of a header that comes twice the first counts', async () => {
      const { port } = await start()
      await exchange(
        port,
        LAST.replace('Host: x', 'Host: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b'),
      )
      expect(seen[0]?.authorization).toBe('Bearer a')
    })

    it('A8: methods and URLs come as they were sent', async () => {
      const { port } = await start()
      await exchange(port, LAST.replace('GET /x', 'PATCH //a/../%2e/b?c=d&e'))
      await exchange(port, LAST.replace('GET /x', 'DELETE /?'))
      expect(seen.map(({ method, url }) => [method, url])).toEqual([
        ['PATCH', '//a/../%2e/b?c=d&e'],
        ['DELETE', '/?'],
      ])
    })

    it('A8: the answer to HEAD has no body', async () => {
      const { port } = await start()
      const text = await exchange(port, LAST.replace('GET', 'HEAD'))
      expect(text).toMatch(/^HTTP\/1\.1 200 [^]*content-length: \d\d[^]*\r\n\r\n$/i)
    })

    it('A8: an upgrade that is not offered is a request like any other', async () => {
      const { port } = await start()
      const upgrade = 'Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
      const connection = await RawConnection.open(port)
      connection.send(
        `GET /x HTTP/1.1\r\nHost: x\r\n${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      )
      expect(statusOf(await connection.until((text) => text.includes('}')))).toBe(200)
      connection.leave()
    })

    it('A8: a client may ask before it sends its body', async () => {
      const { port } = await start()
      const connection = await RawConnection.open(port)
      connection.send('POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n')
      await connection.until((text) => text.includes('100 Continue'))
      connection.send('abc')
      expect(await connection.until((text) => text.includes('}'))).toContain('"got":3')
      connection.leave()
    })

    it('A8: requests in turn share a connection; those sent ahead are answered in order or not at all', async () => {
      const { port } = await start()
      const turn = await RawConnection.open(port)
      for (const n of [1, 2, 3]) {
        turn.send(GET.replace('/x', `/turn${n}`))
        await turn.until((text) => text.includes(`/turn${n}"`))
      }
      turn.leave()
      expect(seen.map(({ url }) => url)).toEqual(['/turn1', '/turn2', '/turn3'])
      seen.length = 0
      const ahead = await exchange(
        port,
        [1, 2, 3].map((n) => (n < 3 ? GET : LAST).replace('/x', `/n${n}`)).join(''),
      )
      const answered = [...ahead.matchAll(/"url":"(\/n\d)"/g)].map((match) => match[1])
      const handled = seen.map(({ url }) => url)
      expect(handled[0]).toBe('/n1')
      expect(['/n1', '/n2', '/n3'].slice(0, handled.length)).toEqual(handled)
      expect(handled.slice(0, answered.length)).toEqual(answered)
    })

    it('A8: a client that closes its half is heard, once', async () => {
      const { port } = await start()
      const connection = await RawConnection.open(port, { allowHalfOpen: true })
      connection.send(GET)
      connection.half()
      await connection.whole()
      expect(seen).toHaveLength(1)
    })

    it('A8: a client that leaves in its body reaches nobody, and one that leaves before its answer harms nobody', async () => {
      let finish: () => void = () => {}
      const { port } = await start(SERVER_LIMITS, TCP, (request) =>
        request.url === '/slow'
          ? new Promise((resolve) => {
              finish = () => resolve({ status: 200, body: {} })
            })
          : plain(request),
      )
      const half = await RawConnection.open(port)
      half.send('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
      const slow = await RawConnection.open(port)
      slow.send(GET.replace('/x', '/slow'))
      await until(() => seen.length > 0)
      half.leave()
      slow.leave()
      await Promise.all([half.whole(), slow.whole()])
      // The server hears of it in its own time; another exchange comes after that.
      expect(statusOf(await exchange(port, LAST))).toBe(200)
      finish()
      expect(statusOf(await exchange(port, LAST))).toBe(200)
      expect(seen.map(({ url }) => url)).toEqual(['/slow', '/x', '/x'])
      expect(problems).toEqual([])
    })

    it('A8: an answer that cannot be sent is told, and ends that connection alone', async () => {
      const { port } = await start(SERVER_LIMITS, TCP, async (request) => {
        if (request.url === '/bad') return { status: 200, body: { n: 1n } }
        if (request.url === '/throws') throw new Error('broken')
        return plain(request)
      })
      expect(await exchange(port, GET.replace('/x', '/bad'))).toBe('')
      expect(await exchange(port, GET.replace('/x', '/throws'))).toBe('')
      expect(problems).toEqual([expect.stringContaining('BigInt'), 'broken'])
      expect(statusOf(await exchange(port, LAST))).toBe(200)
    })

    it('A8: a client that does not read holds up nobody, and gets all of its answer when it does', async () => {
      const big = 'x'.repeat(8 * 2 ** 20)
      const { port } = await start(SERVER_LIMITS, TCP, async (request) =>
        request.url === '/big' ? { status: 200, body: { big } } : plain(request),
      )
      const slow = await RawConnection.open(port)
      slow.pause()
      slow.send(LAST.replace('/x', '/big'))
      await until(() => seen.length === 1)
      expect(statusOf(await exchange(port, LAST))).toBe(200)
      slow.resume()
      expect((await slow.whole()).length).toBeGreaterThan(big.length)
    })

    it('A8: more connections than the limit are closed, and those that were there go on', async () => {
      const { port } = await start({ ...SERVER_LIMITS, connectionsMax: 3, requestTimeoutMs: 600_000 })
      const kept = await Promise.all([1, 2, 3].map(() => RawConnection.open(port)))
      for (let n = 0; n < 5; n++) expect(await exchange(port, GET)).toBe('')
      for (const connection of kept) {
        connection.send(GET)
        expect(statusOf(await connection.until((text) => text.includes('}')))).toBe(200)
      }
      for (const connection of kept) connection.leave()
      await Promise.all(kept.map((connection) => connection.whole()))
      expect(await served(port)).toBe(200)
      expect(seen).toHaveLength(4)
    })

    it('A8: whoever is slow is dropped: nothing sent, a head or a body in drops', async () => {
      const { port } = await start()
      const file = path.join(temporaryFolder(), 'slow.sock')
      await start(SERVER_LIMITS, { kind: 'unix', path: file })
      const drops: NodeJS.Timeout[] = []
      const slow = async (target: number | string, text: string, drop: string): Promise<void> => {
        const connection = await RawConnection.open(target)
        connection.send(text)
        if (drop !== '') drops.push(setInterval(() => connection.send(drop), 500))
        await connection.whole()
      }
      await Promise.all([
        slow(port, '', ''),
        slow(port, 'GET /x HT', ''),
        slow(port, 'GET /x HTTP/1.1\r\nHost: x\r\nX: ', 'y'),
        slow(port, 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n', 'y'),
        slow(file, 'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\ny\r\n'),
      ])
      for (const drop of drops) clearInterval(drop)
      expect(seen).toEqual([])
      expect(statusOf(await exchange(port, LAST))).toBe(200)
      expect(problems).toEqual([])
    })

    it('A8: a body that goes on is dropped when its time is over, however much comes', async () => {
      const { port } = await start({ ...SERVER_LIMITS, requestTimeoutMs: 1_000 })
      const connection = await RawConnection.open(port)
      connection.send('POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
      let bytes = 0
      const timer = setInterval(() => {
        connection.send(`1000\r\n${'x'.repeat(4_096)}\r\n`)
        bytes += 4_096
      }, 50)
      expect([408, null]).toContain(statusOf(await connection.whole()))
      clearInterval(timer)
      expect(bytes).toBeLessThan(12 * SERVER_LIMITS.bodyBytesMax)
      expect(seen).toEqual([])
    })

    it('A8: the time that is set counts: who waits at the stricter door is dropped first', async () => {
      const patient = await start({ ...SERVER_LIMITS, requestTimeoutMs: 60_000 })
      const strict = await start({ ...SERVER_LIMITS, requestTimeoutMs: 1_000 })
      const [first, second] = [await RawConnection.open(patient.port), await RawConnection.open(strict.port)]
      await second.whole()
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(first.over).toBe(false)
    })
  })

  /** The status that a new connection gets, as soon as the server has seen that others are gone. */
  async function served(port: number): Promise<number | null> {
    for (let n = 0; n < 100; n++) {
      const status = statusOf(await exchange(port, LAST))
      if (status !== null) return status
    }
    return null
  }
}
