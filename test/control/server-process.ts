/*
 * The main thread of an engine whose door is served by the control thread: says its port, waits for a line, and then ends
 * as it is told. `close` ends the thread and says what is left of it; `exit` leaves at once, with everything open.
 */
import { readdirSync, readlinkSync, writeSync } from 'node:fs'
import { SOCKET_ALONE } from '../../src/control/control-host.ts'
import type { ServerPreference } from '../../src/control/server-choice.ts'
import { openPlane, startControl } from './support.ts'

const [folder, server, end] = process.argv.slice(2) as [string, ServerPreference, 'close' | 'exit']

const CYCLES = 3

/** Threads of this process, and sockets that it has open. */
function held(): { threads: number; sockets: number } {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return '' // the one of this listing
    }
  })
  return {
    threads: readdirSync('/proc/self/task').length,
    sockets: links.filter((link) => link.startsWith('socket:')).length,
  }
}

const before = held()
const door = {
  ...SOCKET_ALONE,
  listen: { host: '127.0.0.1', port: 0 },
  tokens: [{ id: 'ada', role: 'operator', sha256: '0'.repeat(64) }],
} as const
// More often than once, so that what each leaves behind adds up.
for (let n = 0; n < CYCLES; n++)
  await (await startControl(openPlane(), folder, { server, door })).host.close()
const unanswered = { request: () => new Promise<never>(() => {}) }
const options = { server, door }
const { host } = await startControl(openPlane(), folder, options, unanswered)
writeSync(1, `${host.port}\n`)
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
if (end === 'exit') process.exit(7)
await host.close()
let after = held()
// The system lists a thread for a moment after it was joined.
for (let look = 0; look < 1_000 && after.threads > before.threads; look++) {
  await new Promise((resolve) => setTimeout(resolve, 10))
  after = held()
}
writeSync(
  1,
  `${JSON.stringify({ threads: after.threads - before.threads, sockets: after.sockets - before.sockets })}\n`,
)
