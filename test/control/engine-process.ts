/*
 * An engine's main thread, reduced to what the control thread sees of it: it says a line, then blocks its event loop
 * until there is input, says when it was free again, and ends. Run as a process of its own.
 */
import { readSync, writeSync } from 'node:fs'
import type { ServerPreference } from '../../src/control/server-choice.ts'
import { openPlane, startControl } from './support.ts'

const [folder, server] = process.argv.slice(2) as [string, ServerPreference]
const engine = await startControl(openPlane(), folder, { server, mainTimeoutMs: 1_000 })
writeSync(1, `blocking ${process.hrtime.bigint()}\n`)
readSync(0, Buffer.alloc(1))
writeSync(1, `free ${process.hrtime.bigint()}\n`)
await engine.until(() => engine.events.length > 0)
writeSync(1, `told ${engine.events[0]?.kind}\n`)
await engine.host.close()
