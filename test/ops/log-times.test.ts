import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Log } from '../../src/core/log.ts'
import { zoneTime } from '../../src/core/market-times.ts'
import { createLogger } from '../../src/ops/log.ts'
import { readableLine } from '../../src/ops/log-readable.ts'
import { lineTimes, type ZoneOfLine, zonesOfLines } from '../../src/ops/log-times.ts'
import { ExchangeCalendars } from '../../src/risk/calendar/exchange-calendars.ts'

const INSTRUMENTS = [
  { symbol: 'GOOG', venue: 'us', calendar: 'NASDAQ' },
  { symbol: 'SPY', venue: 'us', calendar: 'ARCX' },
  { symbol: 'VOD', venue: 'mixed', calendar: 'LSE' },
  { symbol: '7203', venue: 'mixed', calendar: 'XTKS' },
  { symbol: 'BTCUSDT', venue: 'sim', calendar: '24/7' },
]

const CLOSE_MS_MAX = 120_000

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

interface Line {
  readonly time: string
  readonly time_central: string
  readonly time_exchange?: string
  readonly msg: string
}

/** What the real logger, with its worker, wrote to the file. */
async function logged(say: (log: Log) => void, zoneOf?: ZoneOfLine): Promise<Line[]> {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-log-times-'))
  folders.push(directory)
  const logger = createLogger({
    level: 'info',
    files: { directory, bytesMax: 1 << 20, kept: 1 },
    terminal: false,
    base: { node: 'a1' },
    ...(zoneOf === undefined ? {} : { zoneOf }),
  })
  say(logger.log)
  // A loaded machine starts the worker late: what it was given is written all the same.
  await logger.close(CLOSE_MS_MAX)
  const lines = readFileSync(path.join(directory, 'engine.log'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Line)
}

const calendars = new ExchangeCalendars()
const zoneOf = zonesOfLines(INSTRUMENTS, (calendar) => calendars.zone(calendar))

describe('R3: the clocks of a log line', () => {
  it('R3: a line about an instrument, a venue or a scope of one carries exchange and US Central time beside UTC', async () => {
    const zones: [object, string | null][] = [
      [{ symbol: 'GOOG', side: 'buy' }, 'America/New_York'],
      [{ venue: 'us' }, 'America/New_York'],
      [{ symbol: 'VOD', venue: 'mixed' }, 'Europe/London'],
      [{ symbol: '7203' }, 'Asia/Tokyo'],
      [{ scope: 'symbol:7203' }, 'Asia/Tokyo'],
      [{ scope: 'venue:us' }, 'America/New_York'],
      [{ symbol: 'UNHEARD', venue: 'us' }, 'America/New_York'],
      // Tokyo and London on one venue: it has no clock of its own.
      [{ venue: 'mixed' }, null],
      [{ symbol: 'BTCUSDT' }, null],
      [{ scope: 'strategy:GOOG' }, null],
      [{ symbol: 7, venue: null, scope: {} }, null],
      [{}, null],
    ]
    const lines = await logged((log) => {
      for (const [fields] of zones) log.warn({ ...fields }, 'said')
    }, zoneOf)
    expect(lines).toHaveLength(zones.length)
    for (const [place, line] of lines.entries()) {
      const [fields, zone] = zones[place] as [object, string | null]
      const at = Date.parse(line.time)
      expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(line.time_central, JSON.stringify(fields)).toBe(zoneTime(at, 'America/Chicago'))
      expect(line.time_exchange, JSON.stringify(fields)).toBe(zone === null ? undefined : zoneTime(at, zone))
    }
  })

  it('R3: without instruments a line carries UTC and US Central', async () => {
    const [line] = await logged((log) => log.info({ symbol: 'GOOG' }, 'said'))
    expect(line).toMatchObject({ symbol: 'GOOG', msg: 'said' })
    expect(Date.parse(line?.time_central ?? '')).toBe(Date.parse(line?.time ?? ''))
    expect(line).not.toHaveProperty('time_exchange')
  })

  it('R3: the clocks change with daylight saving, of each zone by itself', () => {
    // Between the second Sunday of March and the last, New York is in summer and London is not.
    expect(lineTimes(Date.parse('2024-03-15T14:30:00Z'), 'Europe/London')).toEqual({
      time_central: '2024-03-15T09:30:00.000-05:00',
      time_exchange: '2024-03-15T14:30:00.000+00:00',
    })
    expect(lineTimes(Date.parse('2024-03-08T14:30:00Z'), 'America/New_York')).toEqual({
      time_central: '2024-03-08T08:30:00.000-06:00',
      time_exchange: '2024-03-08T09:30:00.000-05:00',
    })
  })

  it('R3: on the terminal they stand beside UTC', () => {
    const line = { level: 40, time: '2024-03-08T14:30:00.123Z', symbol: 'GOOG', msg: 'halted' }
    const times = lineTimes(Date.parse(line.time), 'America/New_York')
    expect(readableLine(JSON.stringify({ ...line, ...times }))).toBe(
      '14:30:00.123Z (08:30 Chicago, 09:30 exchange) WARN  halted symbol=GOOG',
    )
    const { time_central } = times
    expect(readableLine(JSON.stringify({ ...line, time_central }))).toBe(
      '14:30:00.123Z (08:30 Chicago) WARN  halted symbol=GOOG',
    )
  })
})
