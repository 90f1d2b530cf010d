/**
 * Kill over the unix socket while the main thread is blocked: ns from the request to its acknowledgement, latch synced
 * to disk, as a client in another process sees it. The engine's main thread blocks in one synchronous call for the whole
 * measurement; its word is killed again and again, which raises the generation each time. In turn with it this process
 * replaces a file of the latch's size in the same folder in the latch's way: what the disk alone takes.
 * Usage: node bench/kill.ts [--json]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { controlRequest } from '../src/control/client.ts'
import { replaceFile } from '../src/control/durable-file.ts'
import { LATCH_FILE } from '../src/control/latch.ts'
import { socketPath } from '../src/control/socket-address.ts'

const KILLS = 500

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-kill-'))
const script = path.resolve(import.meta.dirname, '../test/control/engine-process.ts')
const child = spawn(process.execPath, [script, folder, 'auto'], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
await lines.next()
const samples = new Float64Array(KILLS)
const disk = new Float64Array(KILLS)
for (let i = 0; i < KILLS; i++) {
  const startNs = process.hrtime.bigint()
  await controlRequest(socketPath(folder), 'POST', '/ops/kill', { reason: 'DRILL', source: 'drill' })
  samples[i] = Number(process.hrtime.bigint() - startNs)
  const latch = readFileSync(path.join(folder, LATCH_FILE), 'utf8')
  const diskNs = process.hrtime.bigint()
  replaceFile(path.join(folder, 'alone'), latch, 0o600)
  disk[i] = Number(process.hrtime.bigint() - diskNs)
}
const ackNs = process.hrtime.bigint()
child.stdin.end()
const free = String((await lines.next()).value)
const blocked = ackNs < BigInt(free.split(' ')[1] as string)
await new Promise((resolve) => child.once('exit', resolve))
rmSync(folder, { recursive: true, force: true })
const percentiles = (of: Float64Array) => {
  const sorted = of.toSorted()
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (KILLS - 1))] as number)
  return { p50_ns: at(0.5), p99_ns: at(0.99), max_ns: at(1) }
}
const alone = percentiles(disk)
const row = {
  ...{ kills: KILLS, blocked_throughout: blocked, ...percentiles(samples) },
  ...{ disk_p50_ns: alone.p50_ns, disk_p99_ns: alone.p99_ns, disk_max_ns: alone.max_ns },
}
if (process.argv.includes('--json'))
  process.stdout.write(`${JSON.stringify({ bench: 'kill', rows: [row] })}\n`)
else console.table([row])
