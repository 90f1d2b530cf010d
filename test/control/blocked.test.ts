import { type ChildProcessByStdio, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import type { KillAck } from '../../src/control/latch.ts'
import { readLatch } from '../../src/control/latch.ts'
import { onEachServer } from './http-servers.ts'
import { temporaryFolder } from './support.ts'

type Child = ChildProcessByStdio<Writable, Readable, null>

interface Engine {
  readonly child: Child
  readonly line: () => Promise<string>
  readonly exited: Promise<number | null>
}

function engine(folder: string, server: string): Engine {
  const script = path.resolve(import.meta.dirname, 'engine-process.ts')
  const child = spawn(process.execPath, [script, folder, server], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = new Promise<number | null>((resolve) => {
    child.on('exit', resolve)
  })
  return { child, line: async () => String((await lines.next()).value), exited }
}

const nsOf = (line: string): number => Number(line.split(' ')[1])

onEachServer(({ preference, server }) =>
  describe(`kill with the main thread blocked: ${server.implementation}`, () => {
    it('K7: is set, effective and latched, and acknowledged, while the main thread stands still', async () => {
      const folder = temporaryFolder()
      const socket = path.join(folder, 'control.sock')
      const { child, line, exited } = engine(folder, preference)
      const blockedNs = nsOf(await line())
      const { status, body } = await controlRequest(socket, 'POST', '/ops/kill', {
        text: 'stuck',
        source: 'cli',
      })
      const ackNs = Number(process.hrtime.bigint())
      const seen = await controlRequest(socket, 'GET', '/ops/status')
      const rearm = await controlRequest(socket, 'POST', '/ops/rearm', { generation: 3, reason: 'too early' })
      child.stdin.end('\n')
      const freeNs = nsOf(await line())
      const ack = body as KillAck
      expect(status).toBe(200)
      expect(ack.set_ns).toBeGreaterThan(blockedNs)
      expect(ack.effective_ns).toBeGreaterThanOrEqual(ack.set_ns)
      expect(ack.latched_ns).toBeGreaterThanOrEqual(ack.effective_ns as number)
      expect(ackNs).toBeLessThan(freeNs)
      expect(readLatch(folder).kills).toMatchObject([{ ...ack, text: 'stuck', source: 'cli' }])
      expect(seen.body).toMatchObject({ control: { kill: 'ENGAGED', armed: false, main_responsive: false } })
      expect(rearm).toMatchObject({ status: 504, body: { error: { code: 'MAIN_NOT_RESPONDING' } } })
      expect(await line()).toBe('told kill')
      expect(await exited).toBe(0)
    })
  }),
)
