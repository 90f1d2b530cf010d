import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { marketTimes, zoneOffsetMinutes, zoneTime } from '../../src/core/market-times.ts'

const fixture = JSON.parse(readFileSync('test/fixtures/calendars/dst_2020_2023.json', 'utf8')) as {
  dst_transitions: { zone: string; at_utc: string; offset_before_s: number; offset_after_s: number }[]
  day_rolls_around_dst: {
    date: string
    et_midnight: string
    ct_midnight: string
    ct_17: string
    et_17: string
  }[]
}

describe('R3: wall clocks beside UTC', () => {
  it('R3: every recorded change of the clocks happens at its millisecond', () => {
    expect(fixture.dst_transitions.length).toBeGreaterThanOrEqual(24)
    for (const { zone, at_utc, offset_before_s, offset_after_s } of fixture.dst_transitions) {
      const at = Date.parse(at_utc)
      expect(zoneOffsetMinutes(at - 1, zone) * 60).toBe(offset_before_s)
      expect(zoneOffsetMinutes(at, zone) * 60).toBe(offset_after_s)
    }
  })

  it('R3: midnight and 17:00 of New York and Chicago are where they were recorded', () => {
    expect(fixture.day_rolls_around_dst.length).toBeGreaterThanOrEqual(80)
    for (const { date, et_midnight, ct_midnight, ct_17, et_17 } of fixture.day_rolls_around_dst) {
      const wall = (utc: string, zone: string): string => zoneTime(Date.parse(utc), zone).slice(0, 23)
      expect(wall(et_midnight, 'America/New_York')).toBe(`${date}T00:00:00.000`)
      expect(wall(ct_midnight, 'America/Chicago')).toBe(`${date}T00:00:00.000`)
      expect(wall(ct_17, 'America/Chicago')).toBe(`${date}T17:00:00.000`)
      expect(wall(et_17, 'America/New_York')).toBe(`${date}T17:00:00.000`)
    }
  })

  it('R3: a moment is told as UTC, exchange local and US Central', () => {
    expect(marketTimes(Date.parse('2024-03-08T14:30:00.123Z'), 'America/New_York')).toEqual({
      utc: '2024-03-08T14:30:00.123Z',
      exchange: '2024-03-08T09:30:00.123-05:00',
      central: '2024-03-08T08:30:00.123-06:00',
    })
    expect(marketTimes(Date.parse('2024-07-08T00:00:00Z'), 'Asia/Tokyo')).toEqual({
      utc: '2024-07-08T00:00:00.000Z',
      exchange: '2024-07-08T09:00:00.000+09:00',
      central: '2024-07-07T19:00:00.000-05:00',
    })
    expect(zoneTime(Date.parse('2024-07-08T00:00:00Z'), 'UTC')).toBe('2024-07-08T00:00:00.000+00:00')
  })

  it('R3: offsets of half hours, and times between two seconds, are exact', () => {
    expect(zoneTime(Date.parse('2024-01-01T00:00:00.999Z'), 'Asia/Kolkata')).toBe(
      '2024-01-01T05:30:00.999+05:30',
    )
    expect(zoneTime(Date.parse('2024-01-01T00:00:59.999Z'), 'America/St_Johns')).toBe(
      '2023-12-31T20:30:59.999-03:30',
    )
  })

  it('R3: a zone that does not exist is an error, not another zone', () => {
    expect(() => zoneTime(0, 'Mars/Olympus')).toThrow(RangeError)
    expect(() => zoneTime(Number.NaN, 'UTC')).toThrow(RangeError)
  })
})
