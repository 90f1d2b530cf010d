import { mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { ControlWorkerData, ToMain } from '../../src/control/messages.ts'
import { chooseServer } from '../../src/control/server-choice.ts'
import { openUws, UWS_PACKAGE, type UwsBinding, type UwsSurroundings } from '../../src/control/uws/binding.ts'
import { loadNative, nativeStatus } from '../../src/core/native.ts'
import { openPlane, startControl, temporaryFolder } from './support.ts'

const FOLDER = path.dirname(createRequire(import.meta.url).resolve(UWS_PACKAGE))
const BINDING = { App: () => {} } as unknown as UwsBinding

function around(change: Partial<UwsSurroundings>, done: string[] = []): UwsSurroundings {
  return {
    folder: FOLDER,
    build: 'linux_x64_137',
    native: { closePollsAtEnd: () => done.push('told the end') },
    nativeWhy: 'loaded',
    load: (file) => {
      done.push(`loaded ${path.basename(file)}`)
      return BINDING
    },
    ...change,
  }
}

function throwing(message: string): UwsSurroundings['load'] {
  return () => {
    throw new Error(message)
  }
}

describe('loading uWebSockets.js', () => {
  it('A8: takes the binary that was tried, and then sees to the end of its sockets', () => {
    const done: string[] = []
    expect(openUws(around({}, done))).toEqual({
      binding: BINDING,
      why: 'uWebSockets.js 20.57.0, SHA-256 checked',
    })
    expect(done).toEqual(['loaded uws_linux_x64_137.node', 'told the end'])
  })

  it.each<[string, Partial<UwsSurroundings>, RegExp]>([
    ['that is not installed', { folder: null }, /^uWebSockets\.js is not installed$/],
    [
      'of a platform that was not tried',
      { build: 'win32_x64_137' },
      /no build here that was tried \(win32_x64_137\)$/,
    ],
    ['without the native module', { native: null, nativeWhy: 'not built' }, /native module.*\(not built\)$/],
    ['of another machine’s file', { folder: '/nowhere' }, /does not load: ENOENT/],
    [
      'on an old C library',
      { load: throwing("libc.so.6: version `GLIBC_2.38' not found (required by x)") },
      /needs glibc 2\.38 or newer/,
    ],
    [
      'that the system refuses',
      { load: throwing('no more memory\nat all') },
      /does not load: no more memory$/,
    ],
  ])('A8: a package %s is not used, and why is said', (_, change, why) => {
    const { binding, why: said } = openUws(around(change))
    expect(binding).toBeNull()
    expect(said).toMatch(why)
  })

  it('A8: a binary that differs by one byte is never loaded', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-uws-'))
    writeFileSync(path.join(folder, 'uws_linux_x64_137.node'), 'not it')
    const done: string[] = []
    expect(openUws(around({ folder }, done))).toMatchObject({
      binding: null,
      why: expect.stringMatching(/is not the build that was tried: its SHA-256 is [0-9a-f]{64}$/),
    })
    expect(done).toEqual([])
  })
})

describe('the choice of the server', () => {
  const have = { binding: BINDING, why: 'there' }
  const miss = { binding: null, why: 'it is missing' }

  it('A8: control.server decides, and auto takes what there is', () => {
    const chosen = (preference: 'auto' | 'node' | 'uws', opened: typeof have | typeof miss): string[] => {
      const { server, why } = chooseServer(preference, () => opened)
      return [server.implementation, why]
    }
    expect(chosen('auto', have)).toEqual([UWS_PACKAGE, 'there; TLS by node:https'])
    expect(chosen('uws', have)).toEqual([UWS_PACKAGE, 'there; TLS by node:https'])
    expect(chosen('auto', miss)).toEqual(['node:http', 'it is missing'])
    expect(chosen('node', have)).toEqual(['node:http', 'control.server is node'])
    expect(() => chooseServer('uws', () => miss)).toThrow(/control\.server is uws, and it is missing/)
  })

  it('A8: an engine that insists on it does not start where it is not to be had', async () => {
    // The control thread has no environment but this.
    process.env['TIDEGATE_NATIVE'] = '0'
    try {
      await expect(startControl(openPlane(), temporaryFolder(), { server: 'uws' })).rejects.toMatchObject({
        code: 'SERVER_UNAVAILABLE',
        message: expect.stringContaining('native module, which is not live (off by TIDEGATE_NATIVE=0)'),
      })
    } finally {
      delete process.env['TIDEGATE_NATIVE']
    }
  })
})

describe('the end of a thread that serves', () => {
  /** A thread that never ends, and says that this server is behind its door. */
  class StuckWorker {
    readonly did: string[] = []
    readonly #server: string

    constructor(server: string) {
      this.#server = server
    }

    on(event: 'message' | 'error', listener: (value: never) => void): void {
      if (event === 'error') return
      const told: ToMain = { kind: 'listening', server: this.#server, why: '', port: null }
      queueMicrotask(() => listener(told as never))
    }

    once(): void {}

    postMessage(): void {}

    async terminate(): Promise<void> {
      this.did.push('terminate')
    }

    unref(): void {
      this.did.push('unref')
    }
  }

  it.each([
    ['node:http', ['terminate']],
    [UWS_PACKAGE, ['unref']],
  ])('S8: one that does not end by its deadline, on %s: %j', async (server, did) => {
    const before = process.listeners('exit')
    const worker = new StuckWorker(server)
    const spawn = (_: ControlWorkerData): StuckWorker => worker
    const { host } = await startControl(openPlane(), temporaryFolder(), { spawn })
    await host.close()
    expect(worker.did).toEqual(did)
    const added = process.listeners('exit').filter((listener) => !before.includes(listener))
    expect(added).toHaveLength(server === UWS_PACKAGE ? 1 : 0)
    for (const listener of added) process.removeListener('exit', listener)
  })

  it('S8: a thread may say twice that its end closes what polls', async ({ skip }) => {
    if (loadNative() === null) skip(nativeStatus().why)
    const module = path.resolve(import.meta.dirname, '../../native/tidegate.node')
    const text = `const native = require(${JSON.stringify(module)}); native.closePollsAtEnd(); native.closePollsAtEnd()`
    expect(await new Promise((resolve) => new Worker(text, { eval: true }).once('exit', resolve))).toBe(0)
  })
})
