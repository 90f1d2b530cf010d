import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LatchedKill, readLatch, writeLatch } from '../../src/control/latch.ts'
import { isNewer, LatchedKills } from '../../src/control/latched-kills.ts'
import { restoreLatch } from '../../src/control/restore-latch.ts'
import { parseScope, scopeText } from '../../src/engine/halts.ts'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import { isOpen } from '../../src/shm/control-word.ts'
import { NAMES, openPlane, temporaryFolder } from './support.ts'

const KILL: LatchedKill = {
  generation: 7,
  set_ns: 1,
  effective_ns: 2,
  latched_ns: 3,
  code: 'OPERATOR',
  text: 'x',
  actor: 'ada',
  source: 'cli',
  scope: 'all',
  utc_ns: '1723161278000000000',
}

describe('latch file', () => {
  it('K8: gives back what was written, the last kill on top, and goes away with the last kill', () => {
    const folder = temporaryFolder()
    expect(readLatch(folder)).toEqual({ kills: [], damaged: null })
    const kills = [{ ...KILL, scope: 'symbol:BTCUSDT' }, KILL]
    writeLatch(folder, kills, true)
    expect(readLatch(folder)).toEqual({ kills, damaged: null })
    writeLatch(folder, kills.slice(0, 1), false)
    expect(readLatch(folder).kills).toHaveLength(1)
    writeLatch(folder, [], true)
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"kills":[]}',
    '{"kills":[1]}',
    '{"kills":[{"scope":"all","generation":1,"code":"X"}]}',
  ])('K4: %j counts as damaged, not as absent', (text) => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'latch.json'), text)
    expect(readLatch(folder).damaged).toMatch(/latch.json is damaged/)
  })

  it('K4: a latch that cannot be read counts as damaged', () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'latch.json'))
    expect(readLatch(folder).damaged).toMatch(/EISDIR/)
  })

  it('K5: a re-arm ends the kill that it saw and no newer one, also across the wrap of generations', () => {
    const folder = temporaryFolder()
    const kills = new LatchedKills(folder, true, () => {})
    kills.add('all', { kill: KILL, live: 0xffffe })
    kills.add('all', { kill: { ...KILL, text: 'newer' }, live: 2 })
    kills.add('all', { kill: { ...KILL, text: 'late news of an older one' }, live: 0xfffff })
    kills.rearmed('all', 0xfffff)
    kills.rearmed('symbol:BTCUSDT', 5)
    expect(kills.list().map((kill) => kill.text)).toEqual(['newer'])
    kills.rearmed('all', 3)
    expect(kills.list()).toEqual([])
    expect(existsSync(path.join(folder, 'latch.json'))).toBe(false)
    expect([isNewer(1, 1), isNewer(2, 1), isNewer(1, 0xfffff), isNewer(0xfffff, 1)]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe('restoring a latch', () => {
  it('K8: sets every kill in its scope; a scope of another run, and a damaged latch, kill everything', () => {
    const plane = openPlane()
    const kills = [{ ...KILL, scope: 'strategy:sma' }]
    const records = restoreLatch(plane, NAMES, { kills, damaged: null }, 5n)
    expect(records).toMatchObject([
      { reason: 'KILL', scope: 'strategy:sma', actor: 'ada', utcNs: KILL.utc_ns },
    ])
    expect([isOpen(plane.strategy(0).load()), isOpen(plane.all.load())]).toEqual([false, true])
    restoreLatch(plane, NAMES, { kills: [{ ...KILL, scope: 'symbol:GONE' }], damaged: null }, 5n)
    expect(isOpen(plane.all.load())).toBe(false)
    const other = openPlane()
    expect(restoreLatch(other, NAMES, { kills: [], damaged: 'torn' }, 5n)).toMatchObject([
      { code: 'OTHER', text: 'torn', utcNs: '5' },
    ])
    expect(isOpen(other.all.load())).toBe(false)
    expect(restoreLatch(ControlPlane.create(), NAMES, { kills: [], damaged: null }, 5n)).toEqual([])
  })
})

describe('scope names', () => {
  it('K9: text and scope are the same thing both ways', () => {
    for (const text of ['all', 'venue:sim', 'account:main', 'strategy:linear', 'symbol:ETHUSDT']) {
      const scope = parseScope(text, NAMES)
      expect(scope === null ? null : scopeText(scope, NAMES)).toBe(text)
    }
    for (const text of ['', 'All', 'all:0', 'symbol', 'symbol:', 'symbol:0', 'venue:btc', 'constructor:x']) {
      expect(parseScope(text, NAMES)).toBeNull()
    }
    expect(scopeText({ kind: 'symbol', index: 9 }, NAMES)).toBe('symbol:9')
  })
})
