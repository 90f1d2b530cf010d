// A live run inside of a process that goes on after it: shows what the run leaves behind.

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { runLive } from '../../src/cli/run-session.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openTimers } from '../../src/core/timers.ts'

const config = loadConfig(process.argv[2] as string)
// Threads that the runtime starts once and keeps: they are there before.
await Promise.all(Array.from({ length: 8 }, () => readFile(process.execPath.replace(/[^/]*$/, 'node'))))
process.stderr.write('before\n')
await once(process.stdin, 'data')
const { exit_code: code } = await runLive({ config, once: false, acceptanceTicks: null })
const left = {
  code,
  handles: process.getActiveResourcesInfo(),
  timers: openTimers().map(({ owner }) => owner),
}
process.stderr.write(`after ${JSON.stringify(left)}\n`)
process.stdin.resume()
