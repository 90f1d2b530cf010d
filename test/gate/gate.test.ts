import { describe, expect, it } from 'vitest'
import { REASON } from '../../src/domain/reasons.ts'
import {
  GateRoute,
  gate1,
  gate1Reducing,
  gate2,
  gate2Reducing,
  NO_STRATEGY,
  REFUSED_PERMIT,
} from '../../src/gate/gate.ts'
import { ALL_SCOPE, ControlPlane, SCOPE_KINDS, type Scope } from '../../src/shm/control-plane.ts'
import { PLANE_BYTES } from '../../src/shm/layout.ts'

const SCOPES: readonly Scope[] = [
  ALL_SCOPE,
  { kind: 'venue', index: 1 },
  { kind: 'account', index: 2 },
  { kind: 'strategy', index: 3 },
  { kind: 'symbol', index: 4 },
]

function openPlane(plane: ControlPlane): ControlPlane {
  for (const scope of SCOPES) plane.scope(scope).clear(0, 0)
  return plane
}

describe.each([
  ['WebAssembly memory', () => ControlPlane.create()],
  ['plain shared memory', () => ControlPlane.create(new SharedArrayBuffer(PLANE_BYTES))],
])('gates over %s', (_, create) => {
  const permit = new Int32Array(5)

  it('K4: zeroed memory is halted at both gates, in every scope', () => {
    const plane = create()
    const route = new GateRoute(plane, 1, 2, 3, 4)
    expect(gate1(route, permit)).toBe(false)
    expect(gate2(route, REFUSED_PERMIT)).toBe(false)
    expect(gate2Reducing(route, REFUSED_PERMIT, 0xfff)).toBe(false)
    for (const scope of SCOPES) {
      expect(gate1(route, permit)).toBe(false)
      plane.scope(scope).clear(0, 0)
    }
    expect(gate1(route, permit)).toBe(true)
    expect(gate2(route, permit)).toBe(true)
  })

  it('K9: a reason in any of the five scopes closes both gates; in other scopes it closes none', () => {
    const plane = openPlane(create())
    const route = new GateRoute(plane, 1, 2, 3, 4)
    for (const scope of SCOPES) {
      expect(gate1(route, permit)).toBe(true)
      const word = plane.scope(scope)
      const halted = word.set(REASON.KILL)
      expect(gate1(route, new Int32Array(5))).toBe(false)
      expect(gate2(route, permit)).toBe(false)
      word.clear(REASON.KILL, halted)
    }
    plane.venue(2).set(REASON.KILL)
    plane.symbol(5).set(REASON.KILL)
    plane.strategy(4).set(REASON.KILL)
    expect(gate1(route, permit)).toBe(true)
  })

  it('K5: a kill and a re-arm in between close gate 2 for the old permit, in every scope', () => {
    for (const scope of SCOPES) {
      const plane = openPlane(create())
      const route = new GateRoute(plane, 1, 2, 3, 4)
      expect(gate1(route, permit)).toBe(true)
      const word = plane.scope(scope)
      word.clear(REASON.KILL, word.set(REASON.KILL))
      expect(gate2(route, permit)).toBe(false)
      expect(gate1(route, permit)).toBe(true)
      expect(gate2(route, permit)).toBe(true)
    }
  })

  it('K5: gate 2 refuses a forged permit word by word, and the permit of warm-up', () => {
    const route = new GateRoute(openPlane(create()), 1, 2, 3, 4)
    for (let i = 0; i < 5; i++) {
      gate1(route, permit)
      permit[i] = (permit[i] as number) + 1
      expect(gate2(route, permit)).toBe(false)
    }
    expect(gate2(route, REFUSED_PERMIT)).toBe(false)
  })

  it('K9: the reducing gates pass only reasons of the reducible set, and only with the present words', () => {
    const plane = openPlane(create())
    const route = new GateRoute(plane, 1, 2, 3, 4)
    const reducible = REASON.PAUSE | REASON.KILL
    const paused = plane.all.set(REASON.PAUSE)
    expect(gate1(route, permit)).toBe(false)
    expect(gate1Reducing(route, permit, reducible)).toBe(true)
    expect(gate2Reducing(route, permit, reducible)).toBe(true)
    expect(gate2(route, permit)).toBe(false)
    plane.symbol(4).set(REASON.STALE)
    expect(gate1Reducing(route, permit, reducible)).toBe(false)
    expect(gate2Reducing(route, permit, reducible)).toBe(false)
    expect(gate2Reducing(route, permit, reducible | REASON.STALE)).toBe(true)
    plane.all.clear(REASON.PAUSE, paused)
    expect(gate2Reducing(route, permit, reducible | REASON.STALE)).toBe(false)
  })

  it('A4: an order of no strategy finds the other four words, and the word of everything in its place', () => {
    const plane = create()
    const route = new GateRoute(plane, 0, 0, NO_STRATEGY, 0)
    const permit = new Int32Array(5)
    expect(gate1(route, permit)).toBe(false)
    for (const kind of SCOPE_KINDS) if (kind !== 'strategy') plane.scope({ kind, index: 0 }).clear(0, 0)
    expect(gate1(route, permit)).toBe(true)
    expect(permit[3]).toBe(plane.all.load())
    plane.symbol(0).set(REASON.KILL)
    expect(gate2(route, permit)).toBe(false)
  })

  it('refuses a route beyond the maxima', () => {
    const plane = create()
    expect(() => new GateRoute(plane, 16, 0, 0, 0)).toThrow(/venue 16/)
    expect(() => new GateRoute(plane, 0, 16, 0, 0)).toThrow(/account 16/)
    expect(() => new GateRoute(plane, 0, 0, -2, 0)).toThrow(/strategy -2/)
    expect(() => new GateRoute(plane, 0, 0, 0, 1.5)).toThrow(/symbol 1.5/)
  })
})
