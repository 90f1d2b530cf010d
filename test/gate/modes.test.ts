import { describe, expect, it } from 'vitest'
import { REASON, type ReasonName } from '../../src/domain/reasons.ts'
import { BOUNDARY_CAUSES, boundaryCause, boundaryRefusal } from '../../src/gate/boundary.ts'
import { GateRoute, gate2, gate2Reducing } from '../../src/gate/gate.ts'
import { MODE_PASSES, tradingMode } from '../../src/gate/trading-mode.ts'
import { ControlPlane, SCOPE_KINDS } from '../../src/shm/control-plane.ts'
import { raisedWord } from '../../src/shm/control-word.ts'
import { PLANE } from '../../src/shm/layout.ts'

const REASONS = Object.keys(REASON) as ReasonName[]
const LASTING: readonly ReasonName[] = ['BOOT', 'KILL', 'SHUTDOWN', 'UNAUTHORISED', 'JOURNAL', 'STALLED']

describe('trading modes', () => {
  it('K9: without a reducible set each reason alone is CANCEL_ONLY where it passes, HALTED where it lasts', () => {
    for (const reason of REASONS) {
      const mode = tradingMode(raisedWord(0, REASON[reason]), 0)
      expect(mode, reason).toBe(LASTING.includes(reason) ? 'HALTED' : 'CANCEL_ONLY')
      expect(tradingMode(raisedWord(0, REASON[reason]), REASON[reason])).toBe('REDUCE_ONLY')
    }
  })

  it('K4: a zeroed word is HALTED, an open one ACTIVE, and the strictest of two reasons counts', () => {
    expect(tradingMode(0, 0xfff)).toBe('HALTED')
    expect(tradingMode(raisedWord(0, 0), 0)).toBe('ACTIVE')
    const { PAUSE, KILL, STALE } = REASON
    expect(tradingMode(raisedWord(0, PAUSE | STALE), PAUSE)).toBe('CANCEL_ONLY')
    expect(tradingMode(raisedWord(0, PAUSE | KILL), PAUSE)).toBe('HALTED')
    expect(tradingMode(raisedWord(0, PAUSE | KILL), PAUSE | KILL)).toBe('REDUCE_ONLY')
  })

  it('K9: a mode passes exactly what the gates pass under the same word, for all 4,096 sets of reasons', () => {
    const plane = ControlPlane.create()
    for (const kind of SCOPE_KINDS) plane.scope({ kind, index: 0 }).clear(0, 0)
    const route = new GateRoute(plane, 0, 0, 0, 0)
    const reducible = REASON.PAUSE | REASON.BREAKER | REASON.KILL
    for (let reasons = 0; reasons <= 0xfff; reasons++) {
      const word = raisedWord(plane.all.load(), reasons)
      plane.words[PLANE.all] = word
      route.refresh()
      const permit = [word, route.venueWord, route.accountWord, route.strategyWord, route.symbolWord] as const
      const { entries, reducing } = MODE_PASSES[tradingMode(word, reducible)]
      expect([gate2(route, permit), gate2Reducing(route, permit, reducible)]).toEqual([entries, reducing])
    }
  })

  it('K9: cancels pass in every mode', () => {
    expect(Object.values(MODE_PASSES).every(({ cancels }) => cancels)).toBe(true)
  })
})

describe('refusals at the boundary', () => {
  it('A9: name the operation and the first of shutdown, authorisation, kill, guard (all 4,096 sets)', () => {
    const bits = [REASON.SHUTDOWN, REASON.UNAUTHORISED, REASON.KILL]
    for (let reasons = 0; reasons <= 0xfff; reasons++) {
      const first = bits.findIndex((bit) => (reasons & bit) !== 0)
      expect(boundaryCause(reasons)).toBe(first < 0 ? 'guard' : BOUNDARY_CAUSES[first])
    }
    expect(boundaryRefusal(REASON.KILL | REASON.STALE)).toEqual({
      operation: 'broker order placement',
      cause: 'kill',
      reasons: ['KILL', 'STALE'],
    })
  })
})
