import { TidegateError } from '../core/errors.ts'
import type { HttpServer } from './http-server.ts'
import { NODE_HTTP_SERVER } from './node-http-server.ts'
import { openUws, type UwsOpened } from './uws/binding.ts'
import { uwsHttpServer } from './uws/server.ts'

/** `control.server`: uWebSockets.js where it loads; always Node's own; uWebSockets.js or no start. */
export type ServerPreference = 'auto' | 'node' | 'uws'

/** The server behind the operator's doors, and why it is that one. */
export interface ServerChoice {
  readonly server: HttpServer
  readonly why: string
}

let opened: UwsOpened | undefined

/**
 * Chooses the server for this thread; what was loaded once stays.
 *
 * @throws SERVER_UNAVAILABLE where `uws` is asked for and cannot be had
 */
export function chooseServer(
  preference: ServerPreference,
  open: () => UwsOpened = () => (opened ??= openUws()),
): ServerChoice {
  if (preference === 'node') return { server: NODE_HTTP_SERVER, why: 'control.server is node' }
  const { binding, why } = open()
  if (binding !== null) return { server: uwsHttpServer(binding), why: `${why}; TLS by node:https` }
  if (preference === 'auto') return { server: NODE_HTTP_SERVER, why }
  throw new TidegateError('SERVER_UNAVAILABLE', `control.server is uws, and ${why}`)
}
