import { request as httpRequest } from 'node:http'
import { TidegateError } from '../core/errors.ts'
import type { Answer } from './http.ts'
import { socketAddress } from './socket-address.ts'

const TIMEOUT_MS = 15_000
const ANSWER_BYTES_MAX = 16 * 1024 * 1024

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no engine is running there',
  ECONNREFUSED: 'no engine is running there',
  EACCES: 'you may not: the socket is for its owner and group',
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  return REASONS[String(code)] ?? message
}

function exchange(
  path: string,
  method: string,
  route: string,
  text: string,
  token: string | null,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      socketPath: path,
      method,
      path: route,
      headers: {
        host: 'tidegate',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      timeout: TIMEOUT_MS,
      agent: false,
    })
    request.on('timeout', () => request.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)))
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) request.destroy(new Error('the answer is too large'))
        chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode as number, text: Buffer.concat(chunks).toString('utf8') })
      })
    })
    request.end(text)
  })
}

/**
 * One request to a running engine over its unix socket.
 *
 * @param token needed where the engine has tokens and the act needs more than the socket's file mode gives
 * @throws ENGINE_UNREACHABLE when nothing answers there
 */
export async function controlRequest(
  socket: string,
  method: 'GET' | 'POST',
  route: string,
  fields: object = {},
  token: string | null = null,
): Promise<Answer> {
  const address = socketAddress(socket)
  try {
    const body = method === 'GET' ? '' : JSON.stringify(fields)
    const { status, text } = await exchange(address.path, method, route, body, token)
    return { status, body: JSON.parse(text) as object }
  } catch (error) {
    throw new TidegateError('ENGINE_UNREACHABLE', `${socket}: ${reason(error as NodeJS.ErrnoException)}`, {
      cause: error,
    })
  } finally {
    address.release()
  }
}
