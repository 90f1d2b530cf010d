import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import { type LatchedKill, readLatch } from '../../src/control/latch.ts'
import { loadNative } from '../../src/core/native.ts'
import type { ControlData, KillAckData } from '../../src/domain/journal-records.ts'
import { editedConfig } from './files.ts'
import { haltedBy, recordsOf, statusWhere } from './operator.ts'
import { Program, tempFolder } from './program.ts'

const TOKEN = 'a'.repeat(40)
const KEYS = { VENUE_KEY: 'k'.repeat(32), VENUE_SECRET: 's'.repeat(32), ADA_TOKEN: TOKEN }
/** The main thread stands still for so long, and until every source was tried. */
const BLOCK_MS = 5_000

interface Setup {
  readonly engine: Program
  readonly venue: Program
  readonly venueUrl: string
  readonly folder: string
  readonly state: string
  readonly port: number
}

/** Venue and engine as processes, with orders under way. */
async function start(placement: 'worker' | 'inline', faults: object): Promise<Setup> {
  const folder = tempFolder()
  const state = path.join(folder, 'state')
  writeFileSync(path.join(folder, 'halted'), 'off\n')
  const config = editedConfig(
    'test/process/kill-blocked.yaml',
    (tree) => {
      const [trader, blocker] = tree.strategies as [(typeof tree.strategies)[0], (typeof tree.strategies)[0]]
      trader.placement = placement
      blocker.params = { folder }
      tree.state_dir = state
      Object.assign(tree, { kill: { halted_file: path.join(folder, 'halted'), poll_ms: 10_000 } })
      Object.assign(tree.control, { listen: '127.0.0.1:0' })
    },
    folder,
  )
  const venue = new Program(['venue', '--config', config, '--listen', '127.0.0.1:0', '--json'], { env: KEYS })
  await venue.says('rest_url', 'stdout')
  const { rest_url, ws_url } = JSON.parse(venue.stdout.split('\n')[0] as string) as Record<string, string>
  const venueUrl = rest_url as string
  await fetch(`${venueUrl}/sim/faults`, { method: 'POST', body: JSON.stringify(faults) })
  const urls = { TIDEGATE_VENUES__SIM__REST_URL: venueUrl, TIDEGATE_VENUES__SIM__WS_URL: ws_url as string }
  const engine = new Program(['run', '--config', config], { env: { ...KEYS, ...urls } })
  await statusWhere(engine, state, ({ orders, control }) => control.armed && orders.submitted > 20)
  const port = Number(/TCP port (\d+)/.exec(engine.stderr)?.[1])
  return { engine, venue, venueUrl, folder, state, port }
}

/** Times at which order requests came in at the venue. */
async function orderTimes(venueUrl: string): Promise<number[]> {
  const body = (await (await fetch(`${venueUrl}/sim/orders`)).json()) as {
    orders: { recvNs: number; method: string }[]
  }
  return body.orders.filter(({ method }) => !/cancel/i.test(method)).map(({ recvNs }) => recvNs)
}

/** The venue has read what was written before: it says the same several times in a row. A loaded machine lets it lag. */
async function caughtUp(venueUrl: string): Promise<void> {
  let [seen, same] = [-1, 0]
  while (same < 5) {
    const { length } = await orderTimes(venueUrl)
    same = length === seen ? same + 1 : 0
    seen = length
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const fileNs = (file: string): number | null =>
  existsSync(file) && readFileSync(file, 'utf8') !== '' ? Number(readFileSync(file, 'utf8')) : null

/** Every source that is to work while the main thread stands still: how it is triggered, and who it says that it was. */
const SOURCES: Readonly<Record<string, { code: string; trigger: (setup: Setup) => unknown }>> = {
  cli: {
    code: 'OPERATOR',
    trigger: ({ state }) =>
      controlRequest(path.join(state, 'control.sock'), 'POST', '/ops/kill', { source: 'cli', actor: 'ada' }),
  },
  http: {
    code: 'DRILL',
    trigger: ({ port }) =>
      fetch(`http://127.0.0.1:${port}/ops/kill`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: '{"reason": "DRILL"}',
      }),
  },
  file: { code: 'FILE', trigger: ({ folder }) => writeFileSync(path.join(folder, 'halted'), 'true\n') },
  lock_file: {
    code: 'LOCK_FILE',
    trigger: ({ state }) =>
      writeFileSync(path.join(state, 'kill.lock'), '{"text": "backup", "actor": "cron"}'),
  },
  ...(loadNative() === null
    ? {}
    : { signal: { code: 'SIGNAL', trigger: ({ engine }: Setup) => engine.kill('SIGUSR2') } }),
}

/** Triggers a source and gives the latch entry that it leaves. */
async function killBy(setup: Setup, source: string): Promise<LatchedKill> {
  const { code, trigger } = SOURCES[source] as (typeof SOURCES)[string]
  await trigger(setup)
  return setup.engine.until(() => {
    const kill = readLatch(setup.state).kills.find((entry) => entry.source === source)
    return kill?.latched_ns === null || kill?.latched_ns === undefined
      ? null
      : { ...kill, code: kill.code || code }
  })
}

describe.each([
  ['inline', 'a quick venue', {}],
  ['worker', 'a quick venue', {}],
  ['worker', 'a slow venue', { delay_ms: 300 }],
] as const)('kill with the main thread blocked for 5 s: %s, %s', (placement, _name, faults) => {
  it('K7 K6 K8 S2: each source sets the word and leaves its acknowledgement; at most one order leaves after it', async () => {
    const setup = await start(placement, faults)
    const { engine, folder, state, venueUrl } = setup
    writeFileSync(path.join(folder, 'hold'), '')
    const blockedNs = await engine.until(() => fileNs(path.join(folder, 'blocked')))
    await caughtUp(venueUrl)
    const kills: LatchedKill[] = []
    for (const source of Object.keys(SOURCES)) kills.push(await killBy(setup, source))
    expect(fileNs(path.join(folder, 'free'))).toBeNull()
    const doneNs = Number(process.hrtime.bigint())
    const restMs = BLOCK_MS - (doneNs - blockedNs) / 1e6
    await new Promise((resolve) => setTimeout(resolve, restMs))
    // The watch counts its looks, and on a loaded machine they come late.
    await statusWhere(engine, state, (now) => haltedBy(now).includes('STALLED'))
    rmSync(path.join(folder, 'hold'))

    let before = blockedNs
    let generation = 0
    for (const [index, source] of Object.keys(SOURCES).entries()) {
      const kill = kills[index] as LatchedKill
      expect(kill).toMatchObject({ source, code: SOURCES[source]?.code, scope: 'all' })
      expect(kill.set_ns).toBeGreaterThan(before)
      expect(kill.effective_ns).toBeGreaterThanOrEqual(kill.set_ns)
      expect(kill.latched_ns).toBeGreaterThanOrEqual(kill.effective_ns as number)
      expect(kill.latched_ns).toBeLessThan(doneNs)
      expect(kill.generation).toBeGreaterThan(generation)
      generation = kill.generation
      before = kill.set_ns
    }

    const freeNs = await engine.until(() => fileNs(path.join(folder, 'free')))
    expect(freeNs).toBeGreaterThan(doneNs)
    const status = await statusWhere(engine, state, ({ control }) => control.main_responsive)
    expect(haltedBy(status)).toContain('KILL')
    expect(haltedBy(status)).toContain('STALLED')
    const acks = await engine.until(() => {
      const found = recordsOf(state).flatMap(({ kind, data }) => {
        const { ack, source } = data as unknown as ControlData
        return kind === 'CONTROL' && ack !== undefined ? [[source, ack] as const] : []
      })
      return found.length >= kills.length ? new Map<string, KillAckData>(found) : null
    })
    for (const { source, generation: of, set_ns, effective_ns, latched_ns } of kills) {
      expect(acks.get(source)).toEqual({ generation: of, set_ns, effective_ns, latched_ns })
    }

    engine.kill('SIGTERM')
    expect((await engine.ended).code).toBe(0)
    const late = (await orderTimes(venueUrl)).filter((ns) => ns > (kills[0] as LatchedKill).set_ns)
    expect(late.length).toBeLessThanOrEqual(1)
    setup.venue.kill('SIGTERM')
  })
})
