import { describe, expect, it } from 'vitest'
import { REASON, type ReasonName } from '../../src/domain/reasons.ts'
import { arm, clearReason, setReason } from '../../src/gate/arm.ts'
import { ACTORS, type Actor, KILL_SOURCES, REASON_POLICY } from '../../src/gate/reasons-policy.ts'
import {
  ALL_SCOPE,
  ControlPlane,
  SCOPE_KINDS,
  type Scope,
  type ScopeKind,
} from '../../src/shm/control-plane.ts'
import { generationOf, isOpen, reasonsOf } from '../../src/shm/control-word.ts'

const REASONS = Object.keys(REASON) as ReasonName[]

/** The table of DESIGN 2, written down a second time: reason → scopes, setters, clearers. */
const LAW: Record<
  ReasonName,
  { scopes: readonly ScopeKind[]; set: readonly Actor[]; clear: readonly Actor[] }
> = {
  BOOT: { scopes: ['all'], set: ['start'], clear: ['arming'] },
  KILL: { scopes: SCOPE_KINDS, set: KILL_SOURCES, clear: ['operator'] },
  PAUSE: { scopes: SCOPE_KINDS, set: ['operator'], clear: ['operator'] },
  SHUTDOWN: { scopes: ['all'], set: ['shutdown'], clear: [] },
  UNAUTHORISED: { scopes: ['venue'], set: ['start'], clear: [] },
  RECONCILING: { scopes: ['venue'], set: ['start', 'reconciliation'], clear: ['reconciliation'] },
  STALE: { scopes: ['symbol'], set: ['start', 'feed-watch'], clear: ['feed-watch'] },
  BREAKER: { scopes: ['strategy', 'symbol'], set: ['breaker', 'risk'], clear: ['operator'] },
  JOURNAL: { scopes: ['all'], set: ['journal'], clear: ['operator'] },
  CLOCK: { scopes: ['all'], set: ['clock-watch'], clear: ['clock-watch'] },
  LEASE: { scopes: ['all', 'symbol'], set: ['lease'], clear: ['lease'] },
  STALLED: { scopes: ['all'], set: ['watchdog'], clear: ['operator'] },
}

const scopeOf = (kind: ScopeKind): Scope => ({ kind, index: 0 })

describe('reasons and their owners', () => {
  it('K6: reasons are set only by their owners and only in their scopes (every reason × actor × scope)', () => {
    for (const reason of REASONS) {
      for (const actor of ACTORS) {
        for (const kind of SCOPE_KINDS) {
          const plane = ControlPlane.create()
          const change = setReason(plane, scopeOf(kind), reason, actor)
          const inScope = LAW[reason].scopes.includes(kind)
          const owned = LAW[reason].set.includes(actor)
          const code = change.done ? 'SET' : change.code
          expect(code, `${reason} ${actor} ${kind}`).toBe(
            !inScope ? 'WRONG_SCOPE' : owned ? 'SET' : 'NOT_OWNER',
          )
          expect(reasonsOf(plane.scope(scopeOf(kind)).load())).toBe(inScope && owned ? REASON[reason] : 0)
        }
      }
    }
  })

  it('reasons are cleared only by their owners, beside another reason (every reason × actor)', () => {
    for (const reason of REASONS) {
      for (const actor of ACTORS) {
        const plane = ControlPlane.create()
        const scope = scopeOf(LAW[reason].scopes[0] as ScopeKind)
        const other = reason === 'KILL' ? REASON.PAUSE : REASON.KILL
        const before = plane.scope(scope).set(REASON[reason] | other)
        const change = clearReason(plane, scope, reason, actor, before, { text: 'fixed' })
        const code = change.done ? 'CLEARED' : change.code
        const { clear } = LAW[reason]
        expect(code, `${reason} ${actor}`).toBe(
          clear.includes(actor) ? 'CLEARED' : clear.length === 0 ? 'NEVER_CLEARED' : 'NOT_OWNER',
        )
        expect(reasonsOf(plane.scope(scope).load())).toBe(change.done ? other : REASON[reason] | other)
      }
    }
  })

  it('who may clear the last reason arms, the others may not (every reason by its clearers)', () => {
    const armsAlone: Partial<Record<ReasonName, boolean>> = {
      RECONCILING: true,
      STALE: true,
      CLOCK: true,
      LEASE: true,
    }
    for (const reason of REASONS) {
      for (const actor of LAW[reason].clear) {
        const plane = ControlPlane.create()
        const scope = scopeOf(LAW[reason].scopes[0] as ScopeKind)
        const before = plane.scope(scope).set(REASON[reason])
        const change = clearReason(plane, scope, reason, actor, before, { text: 'fixed' })
        const may = actor === 'operator' || armsAlone[reason] === true
        expect(change.done, `${reason} ${actor}`).toBe(may)
        if (!change.done) expect(change.code).toBe('MAY_NOT_ARM')
        else expect([change.open, change.policy]).toEqual([true, `${reason} cleared by ${actor}`])
        expect(isOpen(plane.scope(scope).load())).toBe(may)
      }
    }
  })

  it('K4: BOOT arms only where start and configuration allow it', () => {
    const plane = ControlPlane.create()
    expect(arm(plane, ALL_SCOPE, 0, 'arming', 0)).toMatchObject({ done: false, code: 'NOT_BOOTED' })
    const boot = setReason(plane, ALL_SCOPE, 'BOOT', 'start').word
    expect(clearReason(plane, ALL_SCOPE, 'BOOT', 'arming', boot)).toMatchObject({
      code: 'MAY_NOT_ARM',
      word: boot,
    })
    expect(clearReason(plane, ALL_SCOPE, 'BOOT', 'arming', boot, { bootMayArm: true })).toMatchObject({
      open: true,
    })
  })

  it('a breaker clears itself only where it is configured to', () => {
    const plane = ControlPlane.create()
    const scope = scopeOf('strategy')
    const word = setReason(plane, scope, 'BREAKER', 'breaker').word
    expect(clearReason(plane, scope, 'BREAKER', 'breaker', word)).toMatchObject({ code: 'NOT_OWNER' })
    expect(clearReason(plane, scope, 'BREAKER', 'breaker', word, { breakerMayArm: true })).toMatchObject({
      open: true,
    })
  })

  it('a zeroed scope is opened once, by the arming procedure alone', () => {
    const plane = ControlPlane.create()
    const scope = scopeOf('account')
    expect(arm(plane, scope, 0, 'operator', 0)).toMatchObject({ code: 'NOT_OWNER' })
    const first = arm(plane, scope, 0, 'arming', 0)
    expect(first).toMatchObject({ done: true, open: true, policy: 'first cleared by arming' })
    expect(arm(plane, scope, 0, 'arming', 0)).toMatchObject({ code: 'GENERATION_MOVED', word: first.word })
    expect(arm(plane, scope, 0, 'arming', first.word)).toMatchObject({ code: 'REASON_NOT_SET' })
  })
})

describe('re-arm', () => {
  it('K5: names the kill that it clears, and fails when the word has moved', () => {
    const plane = ControlPlane.create()
    const seen = setReason(plane, ALL_SCOPE, 'KILL', 'operator').word
    const moved = setReason(plane, ALL_SCOPE, 'KILL', 'file').word
    const rearm = clearReason(plane, ALL_SCOPE, 'KILL', 'operator', seen, { text: 'looked' })
    expect(rearm).toEqual({ done: false, code: 'GENERATION_MOVED', word: moved, levels: [] })
    expect(plane.all.load()).toBe(moved)
  })

  it('K8: needs a reason in words for a kill', () => {
    const plane = ControlPlane.create()
    const seen = setReason(plane, ALL_SCOPE, 'KILL', 'signal').word
    for (const options of [{}, { text: '' }, { text: '  ' }]) {
      expect(clearReason(plane, ALL_SCOPE, 'KILL', 'operator', seen, options)).toMatchObject({
        code: 'TEXT_MISSING',
      })
    }
    const paused = setReason(plane, ALL_SCOPE, 'PAUSE', 'operator').word
    expect(clearReason(plane, ALL_SCOPE, 'PAUSE', 'operator', paused)).toMatchObject({
      done: true,
      open: false,
    })
  })

  it('K6: is refused while a level source asserts, and names it', () => {
    const plane = ControlPlane.create()
    plane.setLevel('lock_file', true)
    const seen = setReason(plane, ALL_SCOPE, 'KILL', 'lock_file').word
    const refused = clearReason(plane, ALL_SCOPE, 'KILL', 'operator', seen, { text: 'x' })
    expect(refused).toEqual({ done: false, code: 'LEVEL_SOURCE_ASSERTED', word: seen, levels: ['lock_file'] })
    plane.setLevel('lock_file', false)
    expect(clearReason(plane, ALL_SCOPE, 'KILL', 'operator', seen, { text: 'x' }).done).toBe(true)
  })

  it('clears several reasons in one exchange, or none', () => {
    const plane = ControlPlane.create()
    setReason(plane, ALL_SCOPE, 'KILL', 'operator')
    const seen = setReason(plane, ALL_SCOPE, 'JOURNAL', 'journal').word
    const both = REASON.KILL | REASON.JOURNAL
    expect(arm(plane, ALL_SCOPE, both | REASON.CLOCK, 'operator', seen, { text: 'x' })).toMatchObject({
      code: 'NOT_OWNER',
    })
    expect(arm(plane, ALL_SCOPE, both | REASON.PAUSE, 'operator', seen, { text: 'x' })).toMatchObject({
      code: 'REASON_NOT_SET',
    })
    const armed = arm(plane, ALL_SCOPE, both, 'operator', seen, { text: 'x' })
    expect(armed).toMatchObject({ done: true, open: true, policy: 'KILL+JOURNAL cleared by operator' })
    expect(generationOf(armed.word)).toBe(generationOf(seen) + 1)
  })

  it('is refused in a scope that the reason does not have', () => {
    const plane = ControlPlane.create()
    const word = plane.venue(0).set(REASON.BOOT)
    expect(clearReason(plane, scopeOf('venue'), 'BOOT', 'arming', word)).toMatchObject({
      code: 'WRONG_SCOPE',
    })
  })

  it('every policy names known actors and scopes', () => {
    for (const policy of Object.values(REASON_POLICY)) {
      for (const actor of [...policy.setBy, ...policy.clearedBy]) expect(ACTORS).toContain(actor)
      expect(policy.scopes.length).toBeGreaterThan(0)
      expect(policy.setBy.length).toBeGreaterThan(0)
    }
  })
})
