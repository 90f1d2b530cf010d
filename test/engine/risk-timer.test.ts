import { afterEach, describe, expect, it, vi } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { openTimers } from '../../src/core/timers.ts'
import { RISK_LOOK_MS, RiskTimer } from '../../src/engine/risk-timer.ts'
import type { HealthReading } from '../../src/risk/self-health.ts'

afterEach(() => vi.useRealTimers())

function rig() {
  const clock = new VirtualClock(0n)
  const readings: HealthReading[] = []
  const ages: number[] = []
  const desk = {
    market: { dataNs: (instrument: number) => instrument },
    time: { nowNs: () => 7 },
    watch: {
      onTimer: (dataNs: (instrument: number) => number, nowNs: number, reading: HealthReading) => {
        readings.push(reading)
        ages.push(nowNs - dataNs(2))
      },
    },
  }
  const journal = { lagNs: 3 }
  const timer = new RiskTimer(desk as never, { ageMs: (nowMs) => nowMs / 2 }, { journal, clock })
  const pass = (ms: number): void => clock.advanceToMono(clock.monoNs() + ms * 1e6)
  return { timer, readings, ages, pass }
}

describe('the look at risk', () => {
  it('R5: reads the age of workers, the lag of the journal and how late it comes itself', () => {
    vi.useFakeTimers()
    const { timer, readings, ages, pass } = rig()
    timer.start()
    timer.start()
    pass(RISK_LOOK_MS)
    vi.advanceTimersByTime(RISK_LOOK_MS)
    expect(readings).toEqual([{ loop_lag: 0, worker_age: 125e6, journal_lag: 3 }])
    expect(ages).toEqual([5])
    timer.stop()
    expect(openTimers()).toEqual([])
  })

  it('R5: the worst lag of four looks counts, so that a stall outlives the turn that ends it', () => {
    const { timer, readings, pass } = rig()
    vi.useFakeTimers()
    timer.start()
    for (const lateMs of [0, 5_000, 0, 0, 0, 0]) {
      pass(RISK_LOOK_MS + lateMs)
      timer.look()
    }
    timer.stop()
    expect(readings.map(({ loop_lag }) => loop_lag)).toEqual([0, 5e9, 5e9, 5e9, 5e9, 0])
  })
})
