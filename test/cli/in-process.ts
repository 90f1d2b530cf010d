import { vi } from 'vitest'
import { dispatch } from '../../src/cli/dispatch.ts'
import type { CommandResult } from './tidegate.ts'

/** Runs `tidegate ARGS…` in this process: for commands that read and print, a hundred times faster than a child. */
export async function inProcess(args: readonly string[]): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
  try {
    const code = await dispatch(args)
    return { code, stdout, stderr }
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
}
