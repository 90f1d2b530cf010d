import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'
import { isGone, lockHolder, signalEngine } from '../../../src/control/guardian/engine-process.ts'
import { Guardian, type GuardianOptions } from '../../../src/control/guardian/guardian.ts'
import { readProgress } from '../../../src/control/guardian/progress-file.ts'
import { type GuardianVenue, sweep } from '../../../src/control/guardian/sweep.ts'
import { guardianVenues } from '../../../src/control/guardian/venues.ts'
import { SystemClock } from '../../../src/core/clock.ts'
import { PID_OF_NOBODY, temporaryFolder } from '../support.ts'

const clock = new SystemClock()
afterEach(() => {
  vi.restoreAllMocks()
})

const KEYS = 'guardian: {api_key: {env: K}, api_secret: {env: K}}'
const SPOT = '{kind: binance-spot, rest_url: "http://127.0.0.1:9", ws_url: "ws://127.0.0.1:9"}'
function venues(mode: string, venue: string, keys: string): GuardianVenue[] {
  const file = path.join(temporaryFolder(), 'engine.yaml')
  const instrument = '{symbol: BTCUSDT, venue: v, price_increment: "0.01", qty_increment: "0.00001"}'
  const text = `node: {id: g}\nmode: ${mode}\ninstruments: [${instrument}]\nvenues: {v: ${venue}}\n${keys}\n`
  writeFileSync(file, text)
  return guardianVenues(loadConfig(file, { K: 'k' }), clock)
}

describe('what a guardian may guard', () => {
  it.each([
    ['NOTHING_TO_GUARD', 'dry-run', SPOT, KEYS],
    ['SECRET_MISSING', 'paper', SPOT, ''],
    ['SECRET_MISSING', 'paper', SPOT, 'guardian: {api_key: {env: K}}'],
    ['VENUE_NOT_GUARDED', 'paper', '{kind: sim}', KEYS],
  ])('K12: %s is refused before anything is watched', (code, mode, venue, keys) => {
    expect(() => venues(mode, venue, keys)).toThrow(expect.objectContaining({ code, exitCode: 3 }))
  })

  it('K12: a venue gets a connection of its own with the guardian’s key', () => {
    expect(venues('paper', SPOT, KEYS).map(({ id }) => id)).toEqual(['v'])
  })
})

describe('the process that a guardian watches', () => {
  it.each(['', '{"pid":0,"started":"1"}', '{"pid":"7"}'])('K12: a lock of %j names nobody', (text) => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'lock'), text)
    expect(lockHolder(folder)).toBeNull()
  })

  it('K12: a lock without a start time holds by its process alone', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'lock'), `{"pid":${process.pid}}`)
    expect(lockHolder(folder)).toEqual({ pid: process.pid, started: null })
    expect(isGone({ pid: process.pid, started: 'another start' })).toBe(true)
  })

  it('K12: half a sign of life is none', () => {
    const folder = temporaryFolder()
    for (const text of ['{"pid":1,"boot":1}', '{"pid":"1","boot":1,"beats":1}', '{']) {
      writeFileSync(path.join(folder, 'heartbeat'), text)
      expect(readProgress(folder)).toBeNull()
    }
  })

  it('K12: a signal goes to this very process, or the reason is told', () => {
    expect(signalEngine({ pid: PID_OF_NOBODY, started: null }, 'SIGKILL')).toBe('ESRCH')
    const kill = vi.spyOn(process, 'kill')
    const self = { pid: process.pid, started: null }
    kill.mockImplementation(() => true)
    expect(signalEngine(self, 'SIGUSR2')).toBeNull()
    kill.mockImplementation(() => {
      throw Object.assign(new Error('no'), { code: 'EPERM' })
    })
    expect(signalEngine(self, 'SIGUSR2')).toBe('EPERM')
    kill.mockImplementation(() => {
      throw new Error('odd')
    })
    expect(signalEngine(self, 'SIGUSR2')).toBe('Error: odd')
  })
})

const open = { symbol: 'BTCUSDT', clientOrderId: 'tg-a-1-1', venueOrderId: '1' }
const venueOf = (more: Partial<GuardianVenue>): GuardianVenue => ({
  id: 'v',
  arrivalMsMax: 10,
  refreshDeadMan: null,
  connect: async () => {},
  openOrders: async () => [open],
  cancel: async () => true,
  close: async () => {},
  ...more,
})

describe('a venue that fails', () => {
  it('K12: keeps so many of its errors, whatever they are', async () => {
    let asked = 0
    const noError: unknown = 'refused'
    const orders = Array.from({ length: 60 }, (_, n) => ({ ...open, clientOrderId: `tg-a-1-${n}` }))
    const venue = venueOf({
      openOrders: async () => orders,
      cancel: () => {
        asked++
        return Promise.reject(noError as Error)
      },
    })
    const lines: object[] = []
    const result = await sweep(venue, {
      ...{ node: 'a', clock, isOver: () => asked >= 60 },
      onLine: (_text, details) => lines.push(details),
    })
    expect(result.errors).toHaveLength(50)
    expect(result.errors[0]).toBe('tg-a-1-0: refused')
    expect(lines.length).toBeGreaterThanOrEqual(60)
  })
})

/** A guardian of an engine that is dead, in a folder whose lock `holder` names by the time the venue is asked. */
async function incident(holder: object | null, more: Partial<GuardianOptions> = {}) {
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: PID_OF_NOBODY, started: null }))
  const stop = new AbortController()
  let looks = 0
  const venue = venueOf({
    openOrders: async () => {
      if (++looks === 1 && holder !== null) writeFileSync(path.join(folder, 'lock'), JSON.stringify(holder))
      if (looks > 3) stop.abort()
      return [open]
    },
    cancel: async () => false,
  })
  const guardian = new Guardian({
    ...{ stateDir: folder, node: 'a', stallMs: 20, fenceMs: 5, venues: [venue], clock },
    ...{ signal: stop.signal, onLine: () => {}, ...more },
  })
  return guardian.run()
}

describe('the end of an incident', () => {
  it('K12: orders that stay open until it is told to end are not proved gone', async () => {
    expect(await incident(null)).toMatchObject({
      ...{ outcome: 'not_proved', cause: 'gone', engine: { pid: PID_OF_NOBODY, boot: null } },
    })
  })

  it('K12: an engine that has taken over looks after its orders itself', async () => {
    const report = await incident({ pid: process.pid, started: null })
    expect(report).toMatchObject({ outcome: 'superseded', cause: 'gone' })
  })

  it('K12: a dead-man timer that is not renewed is told, and nothing else', async () => {
    const folder = temporaryFolder()
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: null }))
    let beats = 0
    const stop = new AbortController()
    const lines: string[] = []
    const beat = (): void =>
      writeFileSync(
        path.join(folder, 'heartbeat'),
        JSON.stringify({ pid: process.pid, boot: 1, beats: ++beats }),
      )
    beat()
    const timer = setInterval(beat, 1)
    const guardian = new Guardian({
      ...{ stateDir: folder, node: 'a', stallMs: 2_000, fenceMs: 5, clock, signal: stop.signal },
      venues: [venueOf({ refreshDeadMan: () => Promise.reject(new Error('429')) })],
      onLine: (text, details) => {
        if (!text.startsWith('dead-man')) return
        lines.push(JSON.stringify(details))
        stop.abort()
      },
    })
    expect(await guardian.run()).toMatchObject({ outcome: 'idle' })
    clearInterval(timer)
    expect(lines).toEqual(['{"venue":"v","error":"Error: 429"}'])
  })
})
