import { execFile } from 'node:child_process'
import path from 'node:path'
import { coverageEnv } from '../child-coverage.ts'

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const MAIN = path.resolve('src/main.ts')
/** Against a hang, within the time of a test: a loaded machine takes long to start a process. */
const HANG_MS = 200_000

/** Runs `tidegate ARGS…` as its own process, with nothing of the caller's environment that could steer it. */
export function tidegate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      {
        env: { PATH: process.env['PATH'] ?? '', ...coverageEnv(), ...env },
        timeout: HANG_MS,
        maxBuffer: 64 << 20,
      },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}
