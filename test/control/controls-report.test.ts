import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { loadConfig } from '../../src/config/load.ts'
import {
  controlsReport,
  drillEvidence,
  guardianEvidence,
  provingTests,
  testRunEvidence,
} from '../../src/control/controls-report.ts'
import { CONTROLS } from '../../src/control/controls-table.ts'
import { inProcess } from '../cli/in-process.ts'

const CONFIG = 'examples/live-sim.yaml'
const folder = (): string => mkdtempSync(path.join(tmpdir(), 'tidegate-controls-'))

describe('controls report', () => {
  it('K11: has the 24 rows in their order, and a row that is not whole says what is missing', () => {
    expect(CONTROLS.map(({ number }) => number)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1))
    for (const { built, gap, name } of CONTROLS) expect(gap === '', name).toBe(built === 'yes')
  })

  it('A1: names keys that the configuration has, with their effective values, and no secret', () => {
    const config = loadConfig(CONFIG, { VENUE_KEY: 'hidden-k1', VENUE_SECRET: 'hidden-s1' })
    const report = controlsReport({ config, tests: null, evidence: [], utc: '' })
    const sections = Object.keys((configJsonSchema() as { properties: object }).properties)
    for (const [at, { keys }] of CONTROLS.entries()) {
      const shown = Object.keys(report.rows[at]?.settings ?? {})
      const known = keys.filter((key) => sections.includes(key.split('.')[0] as string))
      for (const key of known) {
        const pattern = new RegExp(`^${key.replaceAll('.', '\\.').replace('*', '[^.]+')}$`)
        expect(
          shown.some((each) => pattern.test(each)),
          key,
        ).toBe(true)
      }
    }
    expect(report.rows[0]?.settings).toMatchObject({ 'risk.collar_bps': 500 })
    expect(report.rows[18]?.settings).toMatchObject({ 'venues.sim.api_key': 'set' })
    expect(JSON.stringify(report)).not.toContain('hidden')
  })

  it('A1: a venue in the process has no keys to show', () => {
    const config = loadConfig('examples/sma-cross.yaml', {})
    const { rows } = controlsReport({ config, tests: null, evidence: [], utc: '' })
    expect(rows[18]?.settings).toEqual({ 'guardian.api_key': null, 'control.tokens': 0 })
  })

  it('K11: finds tests by the ids at the beginning of their titles', () => {
    const tests = folder()
    const source = [
      "it('K8, K5: a kill, and its \\'re-arm\\'', () => {})",
      'describe("R2 R6 size", () => {})',
      "it.each([1])(\n  'R7: each %s',",
      "it('says K8: nothing', () => {})",
      "it('says nothing', () => {})",
    ]
    writeFileSync(path.join(tests, 'a.test.ts'), source.join('\n'))
    writeFileSync(path.join(tests, 'support.ts'), source.join('\n'))
    expect(provingTests(tests).map(({ title }) => title)).toEqual([
      "K8, K5: a kill, and its \\'re-arm\\'",
      'R2 R6 size',
      'R7: each %s',
    ])
    const { rows, unproved } = controlsReport({ config: null, tests, evidence: [], utc: '' })
    const provedBy = (number: number): number => rows[number - 1]?.tests.length ?? 0
    expect([provedBy(2), provedBy(12), provedBy(15), provedBy(17)]).toEqual([1, 1, 1, 0])
    expect(unproved).toContain(1)
    expect(unproved).not.toContain(17)
  })

  it('K11: every row that claims something is proved by a test of this project', () => {
    expect(controlsReport({ config: null, tests: 'test', evidence: [], utc: '' }).unproved).toEqual([])
  })

  it('K11: takes evidence from a drill, a guardian and a test run', () => {
    const at = folder()
    const write = (name: string, document: object): string => {
      writeFileSync(path.join(at, name), JSON.stringify(document))
      return path.join(at, name)
    }
    const drill = write('drill.json', {
      utc: '2026-01-02T03:04:05.000Z',
      passed: true,
      target: 'own',
      version: '1',
      cases: [{ verdict: 'passed' }, { verdict: 'not_applicable' }],
    })
    const run = write('run.json', { startTime: 0, numTotalTests: 9, numFailedTests: 1, success: false })
    expect(guardianEvidence(at)).toBeNull()
    write('guardian.json', { outcome: 'cleared', cause: 'stalled' })
    const guardian = guardianEvidence(at)
    const evidence = [drillEvidence(drill), testRunEvidence(run), ...(guardian === null ? [] : [guardian])]
    const { rows } = controlsReport({ config: null, tests: null, evidence, utc: '' })
    expect(rows[11]?.evidence).toEqual([
      {
        kind: 'drill',
        utc: '2026-01-02T03:04:05.000Z',
        verdict: 'passed',
        what: '1 of 2 cases passed, own engine, version 1',
      },
      { kind: 'tests', utc: '1970-01-01T00:00:00.000Z', verdict: 'failed', what: '9 tests, 1 failed' },
    ])
    expect(rows[13]?.evidence).toMatchObject([{ kind: 'tests' }, { kind: 'guardian', verdict: 'passed' }])
  })

  it('K11: evidence against a control is told as such', () => {
    const at = folder()
    const write = (name: string, document: object): string => {
      writeFileSync(path.join(at, name), JSON.stringify(document))
      return path.join(at, name)
    }
    const drill = { utc: 'u', passed: false, target: 'running', version: '1', cases: [{ verdict: 'failed' }] }
    expect(drillEvidence(write('drill.json', drill))).toMatchObject({
      verdict: 'failed',
      what: '0 of 1 cases passed, running engine, version 1',
    })
    const run = { startTime: 0, numTotalTests: 9, numFailedTests: 0, success: true }
    expect(testRunEvidence(write('run.json', run)).verdict).toBe('passed')
    write('guardian.json', { outcome: 'not_proved', cause: 'gone' })
    expect(guardianEvidence(at)).toMatchObject({ verdict: 'failed', what: 'engine gone: not_proved' })
  })

  it('K11: the command prints each row, refuses what it cannot read, and names its part', async () => {
    const shown = await inProcess(['controls', 'report'])
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('17. Alerts within five seconds: NOT BUILT')
    expect(shown.stdout).toContain('name --config to see the settings')
    const json = await inProcess(['controls', 'report', '--config', CONFIG, '--json'])
    expect((JSON.parse(json.stdout) as { rows: unknown[] }).rows).toHaveLength(24)
    expect((await inProcess(['controls', 'report', '--drill', '/nowhere.json'])).code).toBe(4)
    expect((await inProcess(['controls'])).code).toBe(2)
    expect((await inProcess(['controls', 'list'])).code).toBe(2)
    expect((await inProcess(['controls', '--help'])).code).toBe(0)
  })
})
