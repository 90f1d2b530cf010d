import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { skipWhere } from '../needs.ts'

const PROGRAM = fileURLToPath(new URL('./worker-process.ts', import.meta.url))
let child: ChildProcess | undefined
afterEach(() => child?.kill('SIGKILL'))

/** Names of a process's threads, as the kernel tells them. */
function threadNames(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim()
    } catch {
      return 'gone'
    }
  })
}

function workerThreads(pid: number): number {
  return threadNames(pid).filter((name) => name === 'WorkerThread').length
}

const MISSING = existsSync('/proc/self/task') ? null : 'needs /proc of Linux'

describe('worker threads, counted from outside the process', () => {
  skipWhere(MISSING)

  it('S8: none is left after close: of workers that returned, threw, exited and hung', async () => {
    child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] })
    const pid = child.pid as number
    const seen: Record<string, { threads: number; detail: unknown }> = {}
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const { step, detail } = JSON.parse(line) as { step: string; detail: unknown }
      // The system lists a thread for a moment after it was joined.
      if (step === 'closed') await vi.waitFor(() => expect(workerThreads(pid)).toBe(0), 60_000)
      seen[step] = { threads: workerThreads(pid), detail }
      child.stdin?.write('\n')
      if (step === 'closed') break
    }
    expect(seen['before']?.threads).toBe(0)
    expect(seen['started']?.threads).toBe(4)
    expect(seen['lost']?.detail).toEqual({ ended: [1, 2] })
    expect(seen['closed']?.detail).toEqual(['returned', 'threw', 'exited', 'terminated'])
    // Nothing else holds the process: it ends by itself.
    child.stdin?.end()
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0)
  })
})
