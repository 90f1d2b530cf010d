import { closeSync, openSync } from 'node:fs'
import path from 'node:path'

/** Longest path of a unix socket that every system takes, without its closing zero byte. */
const SOCKET_PATH_BYTES_MAX = 103

/** Where an engine with this state directory listens. */
export function socketPath(stateDir: string): string {
  return path.join(stateDir, 'control.sock')
}

/** An address for `listen` and `connect`. `release` after use. */
export interface SocketAddress {
  readonly path: string
  readonly release: () => void
}

/**
 * The kernel takes socket paths of about a hundred bytes and cuts or refuses longer ones. On Linux a longer one is
 * reached through an open handle of its folder.
 */
export function socketAddress(socket: string): SocketAddress {
  if (Buffer.byteLength(socket) <= SOCKET_PATH_BYTES_MAX || process.platform !== 'linux') {
    return { path: socket, release: () => {} }
  }
  const folder = openSync(path.dirname(socket), 'r')
  return { path: `/proc/self/fd/${folder}/${path.basename(socket)}`, release: () => closeSync(folder) }
}
