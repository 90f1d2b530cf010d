import type { IncomingMessage, ServerResponse } from 'node:http'
import { applyFaults, type Faults, noFaults } from './faults.ts'
import type { OrderLog } from './order-log.ts'
import { readBody } from './rest.ts'

const BODY_BYTES_MAX = 65_536

/** What `/sim/…` can do to the venue. */
export interface AdminTarget {
  readonly faults: Faults
  readonly log: OrderLog
  status(): object
  start(): void
  pause(): void
  resume(): void
  /** cuts now, or after so many further frames; the number of connections cut at once */
  cut(what: 'streams' | 'ws-api' | 'all', options: CutOptions): number
  announceShutdown(): void
}

export interface CutOptions {
  readonly afterFrames: number
  readonly midFrame: boolean
  readonly reset: boolean
  /** of the stream connections only those that listen to it; null: all of them */
  readonly stream: string | null
}

/**
 * Test control of the venue, on the same loopback port. All answers are JSON.
 *
 * | route | what |
 * |---|---|
 * | `GET /sim/status` | frames played and delivered, whether the recording is done, connections, orders, requests with their weight, faults |
 * | `GET /sim/orders` | the venue's own record of order requests, with the ns of their arrival |
 * | `POST /sim/start`, `/sim/pause`, `/sim/resume` | the recording |
 * | `POST /sim/faults` `{…}` | sets the named faults (`Faults`); `POST /sim/reset` clears all |
 * | `POST /sim/cut` `{"what": "streams"\|"ws-api"\|"all", "after_frames": 0, "mid_frame": false, "reset": false, "stream": null}` | cuts connections; of those with streams only the ones that listen to `stream`, where it is named |
 * | `POST /sim/announce-shutdown` | `serverShutdown` to every WebSocket API session |
 */
export function handleAdmin(target: AdminTarget, request: IncomingMessage, response: ServerResponse): void {
  readBody(request, BODY_BYTES_MAX, (text) => {
    const [status, body] = run(target, `${request.method} ${request.url ?? ''}`, text ?? '')
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

function run(target: AdminTarget, route: string, text: string): [number, object] {
  let body: Record<string, unknown>
  try {
    body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  } catch {
    return [400, { error: 'the body is not JSON' }]
  }
  switch (route) {
    case 'GET /sim/status':
      return [200, target.status()]
    case 'GET /sim/orders':
      return [200, { total: target.log.total, orders: target.log.entries() }]
    case 'POST /sim/start':
      target.start()
      return [200, target.status()]
    case 'POST /sim/pause':
      target.pause()
      return [200, target.status()]
    case 'POST /sim/resume':
      target.resume()
      return [200, target.status()]
    case 'POST /sim/reset':
      Object.assign(target.faults, noFaults())
      return [200, target.faults]
    case 'POST /sim/faults': {
      const wrong = applyFaults(target.faults, body)
      if (wrong.length > 0) return [400, { error: `unknown or of the wrong type: ${wrong.join(', ')}` }]
      return [200, target.faults]
    }
    case 'POST /sim/cut':
      return cut(target, body)
    case 'POST /sim/announce-shutdown':
      target.announceShutdown()
      return [200, {}]
    default:
      return [404, { error: `no route ${route}` }]
  }
}

function cut(target: AdminTarget, body: Record<string, unknown>): [number, object] {
  const what = body['what'] ?? 'all'
  if (what !== 'streams' && what !== 'ws-api' && what !== 'all') {
    return [400, { error: 'what must be streams, ws-api or all' }]
  }
  const count = target.cut(what, {
    afterFrames: Number(body['after_frames'] ?? 0),
    midFrame: body['mid_frame'] === true,
    reset: body['reset'] === true,
    stream: typeof body['stream'] === 'string' ? body['stream'] : null,
  })
  return [200, { cut: count }]
}
