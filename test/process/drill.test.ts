import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DrillReport } from '../../src/control/drill/report.ts'
import { loadNative } from '../../src/core/native.ts'
import { recordsOf, statusWhere } from './operator.ts'
import { Program, tempFolder, tidegate } from './program.ts'

const SOURCES = ['unix_socket', 'http', 'cli', 'halt_file', 'lock_file', 'signal']

describe('drill', () => {
  it.each([
    ['auto', loadNative({}) !== null],
    ['0', false],
  ])(
    'K11 K7 K6: every kill source of an engine of its own, with the main thread free and blocked, TIDEGATE_NATIVE=%s',
    async (native, signalBlocked) => {
      const file = path.join(tempFolder(), 'drill.json')
      const { code, stdout, stderr } = await tidegate(['drill', '--json', '--report', file], {
        env: { TIDEGATE_NATIVE: native },
      })
      expect(code, `${stdout}${stderr}`).toBe(0)
      const report = JSON.parse(stdout) as DrillReport
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(report)
      expect(report).toMatchObject({ target: 'own', passed: true, left_behind: [] })
      const passed = report.cases.filter(({ verdict }) => verdict === 'passed')
      expect(passed.map(({ source, main }) => `${source} ${main}`).sort()).toEqual(
        [
          ...SOURCES.flatMap((source) => [`${source} free`, `${source} blocked`]).filter(
            (name) => name !== 'signal blocked' || signalBlocked,
          ),
          'environment free',
          'strategy free',
          'strategy blocked',
          'watchdog blocked',
        ].sort(),
      )
      for (const each of passed.filter(({ source }) => SOURCES.includes(source))) {
        expect(each.trigger_to_set_us).not.toBeNull()
        expect(each.set_to_effective_us).not.toBeNull()
        expect(each.effective_to_latched_us).not.toBeNull()
        expect(each.orders_after_set).toBeLessThanOrEqual(1)
      }
    },
    240_000,
  )

  it('K11: a running engine is left armed, with the drill in its record', async () => {
    const folder = tempFolder()
    const halted = path.join(tempFolder(), 'EXECUTION_HALTED')
    writeFileSync(halted, 'no\n')
    const keys = { VENUE_KEY: 'k'.repeat(32), VENUE_SECRET: 's'.repeat(32) }
    const config = ['--config', 'test/process/resting.yaml']
    const venue = new Program(['venue', ...config, '--listen', '127.0.0.1:0', '--json'], { env: keys })
    await venue.says('rest_url', 'stdout')
    const { rest_url, ws_url } = JSON.parse(venue.stdout) as { rest_url: string; ws_url: string }
    const env = {
      ...keys,
      TIDEGATE_STATE_DIR: folder,
      EXECUTION_HALTED_FILE: halted,
      TIDEGATE_VENUES__SIM__REST_URL: rest_url,
      TIDEGATE_VENUES__SIM__WS_URL: ws_url,
    }
    const engine = new Program(['run', ...config, '--json'], { env })
    await statusWhere(engine, folder, ({ orders, ready }) => ready && orders.submitted > 0)
    const drill = await tidegate(['drill', ...config, '--json'], { env })
    expect(drill.code, `${drill.stdout}${drill.stderr}`).toBe(0)
    const report = JSON.parse(drill.stdout) as DrillReport
    expect(report).toMatchObject({ target: 'running', node: 'g1', left_behind: [] })
    const tried = report.cases.filter(({ verdict }) => verdict === 'passed').map(({ source }) => source)
    expect(tried).toEqual(['unix_socket', 'cli', 'halt_file', 'lock_file', 'signal'])
    const { control } = await statusWhere(engine, folder)
    expect([control.kill, control.armed, control.latched]).toEqual(['SAFE', true, []])
    expect([existsSync(path.join(folder, 'latch.json')), existsSync(path.join(folder, 'kill.lock'))]).toEqual(
      [false, false],
    )
    expect(readFileSync(halted, 'utf8')).toBe('no\n')
    const texts = recordsOf(folder).flatMap(({ kind, data }) =>
      kind === 'CONTROL' ? [(data as unknown as { text: string }).text] : [],
    )
    expect(texts.filter((text) => text.includes('drill: end of this kill')).length).toBeGreaterThanOrEqual(5)

    await tidegate(['kill', '--state-dir', folder])
    const refused = await tidegate(['drill', '--state-dir', folder, '--json'])
    expect(refused.code).toBe(8)
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'DRILL_REFUSED' } })
  })
})
