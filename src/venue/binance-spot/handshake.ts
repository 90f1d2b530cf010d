import { createHash, randomBytes } from 'node:crypto'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { TidegateError } from '../../core/errors.ts'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export interface Upgraded {
  readonly socket: Socket
  /** bytes that came after the answer's head */
  readonly head: Buffer
}

/**
 * Opens a WebSocket over a socket of our own: HTTP upgrade by Node, everything after it ours. No extension is offered,
 * so frames come uncompressed.
 *
 * @throws WS_HANDSHAKE when the peer cannot be reached, refuses, or does not answer in time
 */
export function openWebSocket(url: string, timeoutMs: number, abort: AbortSignal): Promise<Upgraded> {
  const target = new URL(url)
  const secure = target.protocol === 'wss:'
  const key = randomBytes(16).toString('base64')
  return new Promise((resolve, reject) => {
    const request: ClientRequest = (secure ? httpsRequest : httpRequest)({
      host: target.hostname,
      port: target.port === '' ? (secure ? 443 : 80) : Number(target.port),
      path: `${target.pathname}${target.search}`,
      agent: false,
      timeout: timeoutMs,
      signal: abort,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': key,
      },
    })
    const fail = (why: string, cause?: unknown): void => {
      request.destroy()
      reject(new TidegateError('WS_HANDSHAKE', `${target.host}: ${why}`, { cause }))
    }
    request.on('error', (cause) => fail('cannot be reached', cause))
    request.on('timeout', () => fail('does not answer'))
    request.on('response', (response) => fail(`answers ${response.statusCode} to the upgrade`))
    request.on('upgrade', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      const expected = createHash('sha1')
        .update(key + GUID)
        .digest('base64')
      if (response.headers['sec-websocket-accept'] !== expected) return fail('gives a wrong accept key')
      socket.setTimeout(0)
      socket.setNoDelay(true)
      resolve({ socket, head })
    })
    request.end()
  })
}
