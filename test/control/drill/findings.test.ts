import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { drillRunningEngine } from '../../../src/control/drill/drill.ts'
import {
  commandLine,
  haltFile,
  type KillSource,
  lockFile,
  loopbackHttp,
  signal,
  unixSocket,
} from '../../../src/control/drill/sources.ts'
import { DrillTarget, jsonRequest, nowNs } from '../../../src/control/drill/target.ts'
import { type Own, tryCase } from '../../../src/control/drill/try-case.ts'
import { PID_OF_NOBODY, temporaryFolder } from '../support.ts'
import { fakeTarget, killAt, no, ownActs, quietly } from './support.ts'

/** An engine of the drill that does everything right, but for what a test changes. */
const fakeOwn = (target: DrillTarget, more: object = {}): Own =>
  ({ target, ...ownActs(), ...more }) as unknown as Own

const source = (more: Partial<KillSource> = {}): KillSource => ({
  ...{ source: 'http', scope: 'all', trigger: () => nowNs(), release: () => {} },
  ...more,
})

describe('a drill finds what is wrong', () => {
  it('K11: nothing, where the kill is latched in time and nothing leaves after it', async () => {
    const { target, acts } = fakeTarget()
    for (const main of ['free', 'blocked'] as const) {
      const done = await tryCase(source(), main, target, fakeOwn(target), quietly)
      expect(done).toMatchObject({ verdict: 'passed', findings: [], orders_after_set: 0 })
      expect([done.set_to_effective_us, done.effective_to_latched_us]).toEqual([1, 1])
    }
    const outside = await tryCase(source(), 'free', target, null, quietly)
    expect(outside).toMatchObject({ verdict: 'passed', orders_after_set: null })
    expect(acts).toEqual(['rearm all 7', 'rearm all 7', 'rearm all 7'])
  })

  const late = (ns: number | null) => ({
    latchedAfter: (_scope: string, afterNs: number) => killAt(afterNs, ns === null ? null : afterNs + ns),
  })
  it.concurrent.each<[string, object, object | null, Partial<KillSource>, 'free' | 'blocked']>([
    ['no kill was latched in time', { latchedAfter: () => null }, null, {}, 'free'],
    [
      'the engine sends no orders before the kill: all BOOT',
      { halted: async () => ['all BOOT'] },
      { orderTimes: async () => [1] },
      {},
      'free',
    ],
    ['it was latched only when the main thread was free again', late(120e9), {}, {}, 'blocked'],
    ['it was latched only when the main thread was free again', late(null), {}, { source: 'cli' }, 'blocked'],
    [
      'no gate turned anything away while it was killed',
      { status: async () => ({ orders: { blocked_gate1: 1, blocked_gate2: 1 } }) },
      {},
      {},
      'free',
    ],
    ['refused: 500', {}, null, { trigger: no('refused: 500') }, 'free'],
    [
      'a file that stays',
      {},
      null,
      {
        release: () => {
          throw new Error('a file that stays')
        },
      },
      'free',
    ],
    ['all stays halted', { rearm: no('all stays halted') }, null, {}, 'free'],
  ])('K11: %s', async (finding, wrong, own, change, main) => {
    const { target } = fakeTarget(wrong)
    const engine = own === null ? null : fakeOwn(target, own)
    const done = await tryCase(source(change), main, target, engine, quietly)
    expect(done.verdict).toBe('failed')
    expect(done.findings).toContain(finding)
  })

  it('K11: orders that arrive after the store, at the venue or by the engine’s own count', async () => {
    let asked = 0
    const { target } = fakeTarget()
    const orderTimes = async (): Promise<number[]> => {
      const count = asked++
      return Array.from({ length: count }, () => (count < 3 ? 1 : nowNs() + 60e9))
    }
    const done = await tryCase(source(), 'free', target, fakeOwn(target, { orderTimes }), quietly)
    const leaking = fakeTarget({
      status: async () => ({ orders: { submitted: asked++ * 10, blocked_gate1: 0, blocked_gate2: 0 } }),
    })
    const outside = await tryCase(source(), 'free', leaking.target, null, quietly)
    expect(done).toMatchObject({ orders_after_set: 3, findings: ['3 orders arrived after the store'] })
    expect(outside.findings).toEqual(['orders were sent after the kill'])
  })

  it('K11: an engine that is halted already is not killed again, and what is not known is not tried', async () => {
    const { target, acts } = fakeTarget({ halted: async () => ['all KILL'] })
    const report = await drillRunningEngine({ target, haltFile: null, lockFile: null }, quietly)
    expect(report).toMatchObject({ passed: false, left_behind: ['all KILL'], node: 'n' })
    expect(report.cases.filter(({ verdict }) => verdict === 'failed').map((each) => each.findings)).toEqual(
      Array.from({ length: 3 }, () => ['not tried, halted by all KILL']),
    )
    expect(acts).toEqual([])
  })
})

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

async function answering(status: number, text: string): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(status)
    response.end(text)
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

describe('sources that cannot kill say so', () => {
  it('K11: a door that refuses, and one that is not there', async () => {
    const port = await answering(500, '{"error":"broken"}')
    await expect(loopbackHttp('127.0.0.1', port, 't').trigger()).rejects.toMatchObject({
      code: 'DRILL_TRIGGER',
      message: expect.stringContaining('broken'),
    })
    const refusing = { post: async () => ({ status: 403, body: { why: 'role' } }) } as unknown as DrillTarget
    await expect(unixSocket(refusing).trigger()).rejects.toMatchObject({ code: 'DRILL_TRIGGER' })
    const nobody = new DrillTarget(path.join(temporaryFolder(), 'control.sock'))
    await expect(nobody.status()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' })
    expect(nobody.latched()).toEqual([])
    expect(() => signal(nobody).trigger()).toThrow('nobody holds the lock')
    await expect(commandLine(nobody).trigger()).rejects.toMatchObject({
      message: expect.stringContaining('exit code 1'),
    })
    const text = await answering(200, '<html>')
    await expect(
      jsonRequest({ host: '127.0.0.1', port: text, path: '/' }, null, null),
    ).rejects.toBeInstanceOf(SyntaxError)
  })

  it('K11: an engine that is gone takes no signal', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: PID_OF_NOBODY, started: null }))
    expect(() => signal(new DrillTarget(path.join(folder, 'control.sock'))).trigger()).toThrow('ESRCH')
  })

  it('K11: a lock file that is there already is not the drill’s, and stays', () => {
    const file = path.join(temporaryFolder(), 'kill.lock')
    writeFileSync(file, 'somebody else')
    const lock = lockFile(file)
    expect(() => lock.trigger()).toThrow('it is there already')
    lock.release()
    expect(readFileSync(file, 'utf8')).toBe('somebody else')
  })

  it('K11: files are as before when they are given back, also twice', async () => {
    const folder = temporaryFolder()
    const [halt, lock] = [path.join(folder, 'halted'), path.join(folder, 'kill.lock')]
    writeFileSync(halt, 'no\n')
    const sources = [haltFile(halt), lockFile(lock)]
    for (const each of sources) await each.trigger()
    expect([readFileSync(halt, 'utf8'), existsSync(lock)]).toEqual(['true\n', true])
    for (const each of [...sources, ...sources]) each.release()
    expect([readFileSync(halt, 'utf8'), existsSync(lock)]).toEqual(['no\n', false])
  })
})
