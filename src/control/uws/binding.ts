import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { loadNative, type NativeBinding, nativeStatus } from '../../core/native.ts'

/** A request; valid only until its handler returns. */
export interface UwsRequest {
  getCaseSensitiveMethod(): string
  getUrl(): string
  /** undefined: the URL has no `?` */
  getQuery(): string | undefined
  /** empty: there is none */
  getHeader(lowerCaseName: string): string
  forEach(visit: (lowerCaseName: string, value: string) => void): void
}

/** An answer. It must not be touched after its abort handler ran, nor after it has ended: that ends the process. */
export interface UwsResponse {
  /** Must be called before the request's handler returns. */
  onAborted(handler: () => void): UwsResponse
  /** `chunk` is valid only until `handler` returns. */
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): UwsResponse
  cork(write: () => void): UwsResponse
  writeStatus(status: string): UwsResponse
  writeHeader(name: string, value: string): UwsResponse
  end(body: Uint8Array): UwsResponse
  endWithoutBody(contentLength: number): UwsResponse
  /** Ends the connection at once; the abort handler runs. */
  close(): UwsResponse
}

/** What listens; opaque. */
export type UwsListenSocket = object

export interface UwsApp {
  any(pattern: string, handler: (response: UwsResponse, request: UwsRequest) => void): UwsApp
  /** `change` is 1 for a connection that came, -1 for one that went. */
  filter(handler: (response: UwsResponse, change: number) => void): UwsApp
  listen(host: string, port: number, options: number, done: (socket: UwsListenSocket | false) => void): UwsApp
  /** Takes the place of whatever has the path. */
  listen_unix(done: (socket: UwsListenSocket | false) => void, path: string): UwsApp
  /** Seconds in which a head must be there, and after which a connection without a request ends; in steps of 4 s. */
  setIdleTimeout(seconds: number): UwsApp
  /** Seconds in which a client must take more of its answer; in steps of 4 s. */
  setResponseTimeout(seconds: number): UwsApp
  /** Closes what listens and every connection, at once. */
  close(): UwsApp
}

/** The binary of uWebSockets.js as it exports itself: the part that is used here. */
export interface UwsBinding {
  App(): UwsApp
  us_socket_local_port(socket: UwsListenSocket): number
  /** upstream's builds may share a port without it (SO_REUSEPORT): a second engine would get half of the requests */
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number
}

/** The package as `package.json` names it, and the version that the hashes are of. */
export const UWS_PACKAGE = 'uWebSockets.js'
export const UWS_VERSION = '20.57.0'

/**
 * SHA-256 of the binaries that were tried, by platform, CPU and ABI of Node. Nothing else of the package is run, and no
 * other binary: where the package comes from cannot be proved (docs/adr/0006-control-server.md).
 */
const SHA256: Readonly<Record<string, string>> = {
  linux_x64_137: '98128405dba2fb608448e921a979530f70c946a2cc9889c15f2fa70c2d00ab05',
  linux_x64_141: '813d788b347c6fd76b779d8932311ec05a044e612b4b83af220f16e6ea789683',
  linux_arm64_137: '88618b30ddf6b2b62310db89f40a701616676352aac5e0f6184dd8ef876199ce',
  linux_arm64_141: '81d0186dd1549ed6a7f47e68e323573fc27d69d2920527654ce2dd993af2b0ec',
}

/** The binary, or null and why it is not used: a phrase for the log, the status and `doctor`. */
export interface UwsOpened {
  readonly binding: UwsBinding | null
  readonly why: string
}

/** What decides; tests put other things in. */
export interface UwsSurroundings {
  /** folder of the package; null: it is not installed */
  readonly folder: string | null
  /** platform, CPU and ABI, as in the names of the binaries */
  readonly build: string
  readonly native: Pick<NativeBinding, 'closePollsAtEnd'> | null
  readonly nativeWhy: string
  readonly load: (file: string) => UwsBinding
}

function folderOfPackage(): string | null {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(UWS_PACKAGE))
  } catch {
    return null
  }
}

function load(file: string): UwsBinding {
  const loaded = { exports: {} }
  process.dlopen(loaded, file)
  return loaded.exports as UwsBinding
}

function here(): UwsSurroundings {
  const { platform, arch, versions } = process
  return {
    folder: folderOfPackage(),
    build: `${platform}_${arch}_${versions.modules}`,
    native: loadNative(),
    nativeWhy: nativeStatus().why,
    load,
  }
}

const no = (why: string): UwsOpened => ({ binding: null, why: `${UWS_PACKAGE} ${why}` })

function whyNotLoaded({ message }: Error): string {
  const needed = /version [`'"]GLIBC_([\d.]+)['"`] not found/.exec(message)?.[1]
  if (needed !== undefined) return `needs glibc ${needed} or newer, and this machine has an older one`
  return `does not load: ${(message.split('\n')[0] as string).slice(0, 200)}`
}

/**
 * Loads the binary where that is safe: one of the known builds, byte for byte, with the native module beside it, which
 * closes its sockets when the thread is stopped; Node would abort the whole process on them. Never throws.
 */
export function openUws(around: UwsSurroundings = here()): UwsOpened {
  const { folder, build, native, nativeWhy } = around
  const expected = SHA256[build]
  if (folder === null) return no('is not installed')
  if (expected === undefined) return no(`has no build here that was tried (${build})`)
  if (native === null) return no(`needs the native module, which is not live (${nativeWhy})`)
  const file = path.join(folder, `uws_${build}.node`)
  try {
    const found = hash('sha256', readFileSync(file), 'hex')
    if (found !== expected) return no(`is not the build that was tried: its SHA-256 is ${found}`)
    const binding = around.load(file)
    // After loading: what is told last is done first when the thread ends.
    native.closePollsAtEnd()
    return { binding, why: `${UWS_PACKAGE} ${UWS_VERSION}, SHA-256 checked` }
  } catch (error) {
    return no(whyNotLoaded(error as Error))
  }
}
