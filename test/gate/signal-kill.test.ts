import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nativeStatus } from '../../src/core/native.ts'
import { skipWhere } from '../needs.ts'

const PROGRAM = fileURLToPath(new URL('./signal-kill-process.ts', import.meta.url))

const MISSING = nativeStatus({}).live
  ? null
  : 'needs the native module: without it a signal waits for the event loop'

describe('SIGUSR2', () => {
  skipWhere(MISSING)

  it('K7: closes gate 2 while the main thread is blocked in one loop', () => {
    const { stdout, status } = spawnSync(process.execPath, [PROGRAM], { encoding: 'utf8', timeout: 200_000 })
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
