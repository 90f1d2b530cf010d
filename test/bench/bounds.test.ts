import { describe, expect, it } from 'vitest'
import type { FloodResult } from '../../bench/flood.ts'
import { floodSection } from '../../bench/report/flood-section.ts'
import { killSection } from '../../bench/report/micro-sections.ts'
import type { Section, Verdict } from '../../bench/report/rows.ts'

const TIMES = { n: 1_000, p50: 20, p99: 200, p999: 2_000, max: 3_000 }
const FLOOD: FloodResult = {
  ...{ cores: 2, offered_per_s: 50_000, sent_per_s: 50_000, frames: 99_573, frames_lost: 0 },
  ...{ trades: 16_315, trades_lost: 0, orders: 33, age_us: TIMES, age_end_us: TIMES },
  ...{ cores_used: 0.5, errors: {} },
}
const KILL = {
  ...{ kills: 500, blocked_throughout: true, p50_ns: 1.2e6, p99_ns: 4.9e6, max_ns: 16e6 },
  ...{ disk_p50_ns: 0.9e6, disk_p99_ns: 4.1e6, disk_max_ns: 15e6 },
}

function verdictOf(section: Section, json: object): Verdict | undefined {
  return section.rows(json as never, { cores: 2 })[0]?.verdict
}

describe('the bounds of the report', () => {
  it.each<[Partial<FloodResult>, Verdict]>([
    [{}, 'met'],
    [{ frames_lost: 1 }, 'missed'],
    [{ trades_lost: 1 }, 'missed'],
    [{ cores_used: 1.01 }, 'missed'],
    [{ age_end_us: { ...TIMES, p99: 100_001 } }, 'missed'],
    [{ sent_per_s: 48_000 }, 'not measured'],
    [{ sent_per_s: 48_000, frames_lost: 1 }, 'missed'],
    [{ cores: 1 }, 'not measured'],
  ])('L3: 50,000 live frames a second with %o: %s', (change, verdict) => {
    expect(verdictOf(floodSection, { ...FLOOD, ...change })).toBe(verdict)
  })

  it.each<[Partial<typeof KILL>, Verdict]>([
    [{}, 'met'],
    [{ p99_ns: 5e6 }, 'missed'],
    [{ blocked_throughout: false }, 'not measured'],
  ])('L1: a kill acknowledged while the main thread is blocked, with %o: %s', (change, verdict) => {
    expect(verdictOf(killSection, { rows: [{ ...KILL, ...change }] })).toBe(verdict)
  })
})
