import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import type { GuardianReport } from '../../src/control/guardian/guardian.ts'
import { SystemClock } from '../../src/core/clock.ts'
import { CancelOnlyBinanceSpot } from '../../src/venue/binance-spot/cancel-only.ts'
import { statusWhere } from './operator.ts'
import { Program, tempFolder } from './program.ts'

const CONFIG = 'test/process/resting.yaml'
const KEY = 'k'.repeat(32)
const SECRET = 's'.repeat(32)
const OPEN = 5

let look: CancelOnlyBinanceSpot | null = null
afterEach(() => look?.close())

interface Scene {
  readonly folder: string
  readonly engine: Program
  readonly guardian: Program
  readonly openOrders: () => Promise<readonly string[]>
  readonly orderRequests: () => Promise<number>
}

async function scene(): Promise<Scene> {
  const folder = tempFolder()
  const keys = { VENUE_KEY: KEY, VENUE_SECRET: SECRET }
  const venue = new Program(['venue', '--config', CONFIG, '--listen', '127.0.0.1:0', '--json'], { env: keys })
  await venue.says('rest_url', 'stdout')
  const { rest_url, ws_url } = JSON.parse(venue.stdout) as { rest_url: string; ws_url: string }
  const env = {
    ...keys,
    TIDEGATE_STATE_DIR: folder,
    TIDEGATE_VENUES__SIM__REST_URL: rest_url,
    TIDEGATE_VENUES__SIM__WS_URL: ws_url,
  }
  const engine = new Program(['run', '--config', CONFIG, '--json'], { env })
  await statusWhere(engine, folder, ({ orders }) => orders.open >= OPEN)
  const guardian = new Program(['guardian', '--config', CONFIG, '--json'], { env })
  await guardian.says('engine running')
  const secret = (text: string): { reveal: () => string } => ({ reveal: () => text })
  const own = new CancelOnlyBinanceSpot({
    id: 'sim',
    restUrl: rest_url,
    keyType: 'hmac',
    apiKey: secret(KEY),
    apiSecret: secret(SECRET),
    clock: new SystemClock(),
    recvWindowMs: 5_000,
    requestTimeoutMs: 3_000,
  })
  look = own
  return {
    folder,
    engine,
    guardian,
    openOrders: async () => (await own.openOrders()).map(({ clientOrderId }) => clientOrderId),
    orderRequests: async () => {
      const { body } = await request(`${rest_url}/sim/orders`)
      const { orders } = (await body.json()) as { orders: { method: string }[] }
      return orders.filter(({ method }) => method.includes('place')).length
    },
  }
}

async function reportOf(guardian: Program): Promise<GuardianReport> {
  const { code, stdout, stderr } = await guardian.ended
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as GuardianReport
}

describe('guardian', () => {
  it('K12: an engine that hangs is fenced first, then its orders are cancelled and proved gone', async () => {
    const { engine, guardian, openOrders, orderRequests, folder } = await scene()
    const before = await openOrders()
    expect(before.length).toBeGreaterThanOrEqual(OPEN)
    engine.kill('SIGSTOP')
    const report = await reportOf(guardian)
    const sentBefore = await orderRequests()
    expect((await engine.ended).signal).toBe('SIGKILL')
    expect(report).toMatchObject({
      outcome: 'cleared',
      cause: 'stalled',
      engine: { pid: engine.pid, boot: 1 },
      fence: { how: 'kill', gone: true },
    })
    const [swept] = report.venues
    expect([...(swept?.canceled ?? [])].sort()).toEqual([...before].sort())
    expect(swept).toMatchObject({ left: [], errors: [] })
    expect(swept?.verified_ms).toBeGreaterThanOrEqual(2_000)
    expect(await openOrders()).toEqual([])
    expect(await orderRequests()).toBe(sentBefore)
    expect(JSON.parse(readFileSync(path.join(folder, 'guardian.json'), 'utf8'))).toEqual(report)
  })

  it('K12: the orders of an engine that is gone are cancelled without a fence', async () => {
    const { engine, guardian, openOrders } = await scene()
    engine.kill('SIGKILL')
    const report = await reportOf(guardian)
    expect(report).toMatchObject({ outcome: 'cleared', cause: 'gone', fence: { how: 'none', gone: true } })
    expect(report.venues[0]?.canceled.length).toBeGreaterThanOrEqual(OPEN)
    expect(await openOrders()).toEqual([])
  })

  it('K12: a healthy engine is left alone, also while it ends by its own procedure', async () => {
    const { engine, guardian, openOrders, folder } = await scene()
    // Longer than a stall.
    await new Promise((resolve) => setTimeout(resolve, 3_500))
    expect(guardian.over).toBe(false)
    expect((await openOrders()).length).toBeGreaterThanOrEqual(OPEN)
    engine.kill('SIGTERM')
    expect((await engine.ended).code).toBe(0)
    await guardian.says('engine released')
    await guardian.says('engine waiting')
    guardian.kill('SIGTERM')
    expect(await reportOf(guardian)).toMatchObject({ outcome: 'idle', cause: null, fence: null, venues: [] })
    expect(existsSync(path.join(folder, 'guardian.json'))).toBe(false)
  })
})
