import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { HttpServer, Listener, ServerAddress } from '../http-server.ts'
import { NODE_HTTP_SERVER } from '../node-http-server.ts'
import { UWS_PACKAGE, type UwsApp, type UwsBinding, type UwsListenSocket } from './binding.ts'
import { UwsExchange } from './exchange.ts'

/** Bytes of a path in a socket address, without the closing zero. uWebSockets.js copies without looking. */
const UNIX_PATH_BYTES_MAX = 107

/**
 * uWebSockets.js as the operator's door, on a unix socket and on plain TCP. TLS is served by Node: uWebSockets.js takes a
 * key from a file alone, and brings a TLS of its own, which nobody here keeps up to date.
 */
export function uwsHttpServer(binding: UwsBinding): HttpServer {
  return {
    implementation: UWS_PACKAGE,

    async listen(address, limits, handler, onProblem) {
      if (address.kind === 'tcp' && address.tls !== null) {
        return NODE_HTTP_SERVER.listen(address, limits, handler, onProblem)
      }
      if (cannotBeTaken(address)) throw await systemError(address)
      const seconds = Math.ceil(limits.requestTimeoutMs / 1_000)
      const app = binding.App().setIdleTimeout(seconds).setResponseTimeout(seconds)
      let connections = 0
      app.filter((response, change) => {
        connections += change
        if (change > 0 && connections > limits.connectionsMax) response.close()
      })
      app.any('/*', (response, request) => {
        new UwsExchange(response, limits).run(request, handler, onProblem)
      })
      const socket = await listening(binding, app, address)
      if (socket === null) {
        app.close()
        throw await systemError(address)
      }
      return listener(binding, app, socket, address)
    },
  }
}

/** uWebSockets.js would overrun its buffer, or take the path away from who listens there. */
function cannotBeTaken(address: ServerAddress): boolean {
  if (address.kind === 'tcp') return false
  return Buffer.byteLength(address.path) > UNIX_PATH_BYTES_MAX || existsSync(address.path)
}

function listening(
  binding: UwsBinding,
  app: UwsApp,
  address: ServerAddress,
): Promise<UwsListenSocket | null> {
  return new Promise((resolve) => {
    const done = (socket: UwsListenSocket | false): void => resolve(socket === false ? null : socket)
    if (address.kind === 'unix') app.listen_unix(done, address.path)
    else app.listen(address.host, address.port, binding.LIBUS_LISTEN_EXCLUSIVE_PORT, done)
  })
}

function listener(
  binding: UwsBinding,
  app: UwsApp,
  socket: UwsListenSocket,
  address: ServerAddress,
): Listener {
  let open = true
  return {
    port: address.kind === 'unix' ? 0 : binding.us_socket_local_port(socket),
    close: async () => {
      if (!open) return
      open = false
      app.close()
      if (address.kind === 'unix') rmSync(address.path, { force: true })
    },
  }
}

/** What the system says when Node tries the same: uWebSockets.js tells no reason. */
function systemError(address: ServerAddress): Promise<Error> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', resolve)
    const listens = (): void => {
      probe.close(() => resolve(new Error(`${UWS_PACKAGE} could not listen there, and the system can`)))
    }
    if (address.kind === 'unix') probe.listen(address.path, listens)
    else probe.listen(address.port, address.host, listens)
  })
}
