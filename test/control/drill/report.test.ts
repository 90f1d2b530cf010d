import { describe, expect, it } from 'vitest'
import { caseWithout, type DrillReport, drillTable, passed } from '../../../src/control/drill/report.ts'

const good = {
  ...caseWithout('signal', 'free', 'passed', ''),
  findings: [],
  trigger_to_set_us: 21,
  orders_after_set: 0,
}

describe('report of a drill', () => {
  it('K11: passes only where every source that applies has passed', () => {
    expect(passed([])).toBe(false)
    expect(passed([good, caseWithout('watchdog', 'free', 'not_applicable', 'x')])).toBe(true)
    expect(passed([good, caseWithout('http', 'free', 'failed', 'x')])).toBe(false)
  })

  it('K11: the table has a line per case, measures to the right', () => {
    const report: DrillReport = {
      target: 'own',
      node: 'drill',
      utc: '',
      version: '',
      runtime: '',
      passed: false,
      cases: [good, caseWithout('http', 'blocked', 'failed', 'no kill was latched in time')],
      left_behind: [],
    }
    expect(drillTable(report)).toEqual([
      'source  main thread  set µs  effective µs  latched µs  orders after  verdict',
      'signal  free             21             -           -             0  passed',
      'http    blocked           -             -           -             -  failed   no kill was latched in time',
    ])
  })
})
