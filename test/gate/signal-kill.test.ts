import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadNative } from '../../src/core/native.ts'

const PROGRAM = fileURLToPath(new URL('./signal-kill-process.ts', import.meta.url))

// Without the native module a signal waits for the event loop; `doctor` says so.
describe.skipIf(loadNative({}) === null)('SIGUSR2', () => {
  it('K7: closes gate 2 while the main thread is blocked in one loop', () => {
    const { stdout, status } = spawnSync(process.execPath, [PROGRAM], { encoding: 'utf8', timeout: 55_000 })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      before: true,
      open: false,
      reasons: ['KILL'],
      count: 1,
      timed: true,
    })
  })
})
