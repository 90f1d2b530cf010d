import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { instrumentTable } from '../../src/engine/from-config.ts'
import { PathTwin } from '../../src/engine/path-twin.ts'
import { loadStrategies } from '../../src/engine/strategies.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tidegate-twin-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function start(example: string, env: Record<string, string> = {}): Promise<PathTwin | null> {
  const config = loadConfig(path.resolve(`examples/${example}.yaml`), env)
  const strategies = await loadStrategies(config, instrumentTable(config))
  return PathTwin.start({ config, strategies, calendar: new ExchangeCalendars(), folder })
}

describe('the twin of the order path', () => {
  it.each([
    ['scenario', {}],
    ['sma-cross', {}],
    ['live-sim', {}],
    ['scenario', { TIDEGATE_RISK__ORDER_VALUE_MAX: '60', TIDEGATE_RISK__DAILY_LOSS_SHARE_MAX: '0' }],
  ])(
    'sends every order of the warm-up, whatever the limits of %s are: a denial would warm a shorter way',
    async (example, env) => {
      const twin = (await start(example, env)) as PathTwin
      expect(twin.orders).toBe(2_000)
      for (let n = 0; n < 3_000; n++) twin.rehearse()
      expect(twin.orders).toBe(5_000)
      await twin.close()
    },
  )

  it('leaves nothing in the state directory', async () => {
    const twin = (await start('scenario')) as PathTwin
    expect(readdirSync(folder)).toEqual([])
    await twin.close()
    await twin.close()
  })

  it('is not there where nobody trades', async () => {
    const config = loadConfig(path.resolve('examples/scenario.yaml'), {})
    expect(
      await PathTwin.start({ config, strategies: [], calendar: new ExchangeCalendars(), folder }),
    ).toBeNull()
  })
})
