import { describe, expect, it } from 'vitest'
import { decodeCodeName } from '../../src/domain/decode-codes.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import { createTickSlots, TICK, TICK_SLOT_I32 } from '../../src/domain/tick.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import type { FeedKind } from '../../src/feed/decode/decoder.ts'
import { DiscoveringDecoder } from '../../src/feed/decode/discover.ts'
import { fixtureLines } from './fixtures.ts'

interface Payload {
  readonly context: string
  readonly payload: string
}

const MINUTES_PER_DAY = 1_440

/** Names of the slots that a payload gives; times of examples lie anywhere, so each gets the base of its own. */
function outcome(kind: FeedKind, payload: string): string[] {
  const ms = Number(
    /"[ET]":\s*(\d{9,13})\b/.exec(payload)?.[1] ?? Date.parse(/"t":\s*"([^"]+)"/.exec(payload)?.[1] ?? ''),
  )
  const day = MINUTES_PER_DAY * 60_000
  const baseMs = Number.isNaN(ms) ? 0 : Math.floor(ms / day) * day
  const instruments = new InstrumentTable()
  const decoder = new DiscoveringDecoder(
    createDecoder(kind, instruments, BigInt(baseMs) * 1_000_000n, 'off'),
    kind,
    instruments,
    '0.00000001',
    null,
  )
  const bytes = new TextEncoder().encode(payload)
  const slots = createTickSlots(4_096)
  const count = decoder.decode(bytes, 0, bytes.length, 0, slots, 0)
  const names = new Map<number, string>(Object.entries(TICK).map(([name, n]) => [n, name]))
  return Array.from({ length: count }, (_, slot) => {
    const head = (slots.i32[slot * TICK_SLOT_I32] as number) & 0xff
    const code = slots.i32[slot * TICK_SLOT_I32 + 1] as number
    return head === TICK.ERROR ? decodeCodeName(code) : (names.get(head) as string)
  })
}

function payloads(name: string): Payload[] {
  return fixtureLines(`payloads/${name}.ndjson.gz`).map((line) => JSON.parse(line.toString()) as Payload)
}

describe.each([
  ['binance-spot', 'binance-spot'],
  ['binance-usds-futures', 'binance-usdm'],
] as const)('payloads of the official client: %s', (name, kind) => {
  const all = payloads(name)
  const ofEvent = (event: string): Payload[] =>
    all.filter(({ payload }) => (JSON.parse(payload) as { e?: string }).e === event)

  it('F2: trades, book tickers and depth give their ticks', () => {
    const expected = { trade: 'TRADE', aggTrade: 'TRADE', bookTicker: 'QUOTE', depthUpdate: 'DEPTH' }
    let seen = 0
    for (const [event, tick] of Object.entries(expected)) {
      for (const { payload } of ofEvent(event)) {
        // One example of an aggregate trade has neither price nor quantity.
        const complete = event === 'bookTicker' || event === 'depthUpdate' || payload.includes('"p":')
        expect([event, outcome(kind, payload)[0]]).toEqual([event, complete ? tick : 'missing_field'])
        seen++
      }
    }
    expect(seen).toBeGreaterThan(1)
  })

  it('F2: every other payload is silent or coded, and none gives a tick', () => {
    const ticks = new Set(['trade', 'aggTrade', 'bookTicker', 'depthUpdate'])
    const others = all.filter(({ payload }) => !ticks.has((JSON.parse(payload) as { e?: string }).e ?? ''))
    expect(others.length).toBeGreaterThan(30)
    for (const { payload } of others) {
      const result = outcome(kind, payload)
      const isTicker = /"u":.*"s":.*"b":.*"B":.*"a":.*"A":/s.test(payload) && !payload.startsWith('[')
      if (isTicker) expect(result).toEqual(['QUOTE'])
      else expect(result.every((code) => !['TRADE', 'QUOTE', 'DEPTH', 'SNAPSHOT'].includes(code))).toBe(true)
    }
  })

  it('F2: events of the market streams are known', () => {
    const events = all
      .map(({ payload }) => JSON.parse(payload) as { e?: string })
      .filter(({ e }) => e !== undefined)
    const unknown = events.filter((event) =>
      outcome(kind, JSON.stringify(event)).includes('unknown_event_type'),
    )
    expect(unknown.map(({ e }) => e)).toEqual([])
  })
})

describe.each(['alpaca-py', 'alpaca-go', 'alpaca-trade-api-python'])('payloads of clients: %s', (name) => {
  it('F1: market data messages give ticks, anything else is silent or coded', () => {
    let messages = 0
    for (const { payload } of payloads(name)) {
      const value: unknown = JSON.parse(payload)
      const list = (Array.isArray(value) ? value : [value]) as Record<string, unknown>[]
      for (const message of list) {
        const result = outcome('alpaca', JSON.stringify([message]))
        if (message?.['T'] === 't' && message['S'] !== undefined) expect(result).toEqual(['TRADE'])
        else if (message?.['T'] === 'q' && message['S'] !== undefined) expect(result).toEqual(['QUOTE'])
        else expect(result.every((code) => !['TRADE', 'QUOTE'].includes(code))).toBe(true)
        messages++
      }
    }
    expect(messages).toBeGreaterThan(5)
  })
})
