import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decoder, FeedKind } from '../../../src/feed/decode/decoder.ts'
import { alpacaReference, binanceReference } from './reference.ts'
import { ALPACA_FRAMES, MT5_FRAMES, SPOT_FRAMES, USDM_FRAMES } from './samples.ts'
import { BASE_UTC_NS, decode, decoderOf, type Slot } from './support.ts'

const BASE_MS = Number(BASE_UTC_NS / 1_000_000n)
const RECV_NS = 86_055e9
const TICKS = new Set(['TRADE', 'TRADE+128', 'QUOTE', 'DEPTH', 'LEVELS'])
const JSON_CHARS = fc.constantFrom(...'{}[]",:0123456789.-+eE tfn\\sSTtuUpqbaABm@\u0000é')

interface Feed {
  readonly kind: FeedKind
  readonly decoder: Decoder
  readonly frames: Readonly<Record<string, string>>
  readonly reference: ((text: string) => Slot[] | undefined) | null
}

const FEEDS: readonly Feed[] = [
  {
    kind: 'binance-spot',
    decoder: decoderOf('binance-spot'),
    frames: SPOT_FRAMES,
    reference: (text) => binanceReference(text, BASE_MS, RECV_NS),
  },
  {
    kind: 'binance-usdm',
    decoder: decoderOf('binance-usdm'),
    frames: USDM_FRAMES,
    reference: (text) => binanceReference(text, BASE_MS, RECV_NS),
  },
  {
    kind: 'alpaca',
    decoder: decoderOf('alpaca', [{ symbol: 'IBM', priceIncrement: '0.01', qtyIncrement: '1' }]),
    frames: ALPACA_FRAMES,
    reference: (text) => alpacaReference(text, BASE_MS, RECV_NS),
  },
  {
    kind: 'mt5',
    decoder: decoderOf('mt5', [{ symbol: 'EURUSD', priceIncrement: '0.00001', qtyIncrement: '1' }]),
    frames: MT5_FRAMES,
    reference: null,
  },
]

const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

/** JSON values whose numbers are written again as they stood. */
function parseRaw(text: string): unknown {
  const keepSource = (_key: string, value: unknown, context?: { source: string }): unknown =>
    typeof value === 'number' ? rawJSON(context?.source ?? '') : value
  return JSON.parse(text, keepSource as (key: string, value: unknown) => unknown)
}

/** All orders of an object's members, at random, at every depth. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random))
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item, random)] as const)
  entries.sort(() => random() - 0.5)
  return Object.fromEntries(entries)
}

describe.each(FEEDS)('$kind', ({ decoder, frames, reference }) => {
  const samples = Object.entries(frames)
  const anyFrame = fc.constantFrom(...samples.map(([, text]) => text))
  const ticksOf = (text: string): Slot[] => decode(decoder, text, RECV_NS).filter(([kind]) => TICKS.has(kind))

  it.each(samples)('F8: %s: no beginning of it gives a tick', (_, text) => {
    for (let length = 0; length < text.length; length++) {
      const slots = decode(decoder, text.slice(0, length), RECV_NS)
      expect(slots.map(([kind]) => kind)).toEqual([length === 0 ? 'empty_frame' : 'truncated_json'])
    }
  })

  it.each(samples)('F8: %s: white space anywhere changes nothing', (_, text) => {
    const spaced = text
      .replaceAll(/"(?:[^"\\]|\\.)*"|[^"]/g, (token) => `${token} `)
      .replaceAll(/([\d.]) (?=[\d.])/g, '$1')
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|null|[{}[\],:]/g) as string[]
    expect(spaced.length).toBeGreaterThan(text.length)
    expect(decode(decoder, ` ${tokens.join(' \n')} `, RECV_NS)).toEqual(decode(decoder, text, RECV_NS))
  })

  it('F8: the order of keys changes nothing', () => {
    fc.assert(
      fc.property(anyFrame, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (text, stream) => {
        const random = (): number => stream.next().value as number
        const other = JSON.stringify(shuffled(parseRaw(text), random))
        expect(decode(decoder, other, RECV_NS)).toEqual(decode(decoder, text, RECV_NS))
      }),
      { numRuns: 300 },
    )
  })

  it('F8: a changed frame never throws and never gives a tick other than its text says', () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.integer({ min: 0, max: 3 }),
      insert: fc.string({ unit: JSON_CHARS, maxLength: 3 }),
    })
    fc.assert(
      fc.property(anyFrame, fc.array(change, { minLength: 1, maxLength: 2 }), (text, changes) => {
        let mutant = text
        for (const { at, remove, insert } of changes) {
          const place = Math.floor(at * mutant.length)
          mutant = mutant.slice(0, place) + insert + mutant.slice(place + remove)
        }
        const ticks = ticksOf(mutant)
        if (ticks.length > 0 && reference !== null) expect(ticks).toEqual(reference(mutant))
      }),
      { numRuns: 10_000 },
    )
  })

  it('F8: changed bytes never throw and always give ticks or errors, not both in one message', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), fc.uint8Array({ maxLength: 4 }), (text, at, bytes) => {
        const frame = Buffer.from(text)
        frame.set(bytes.subarray(0, Math.max(0, frame.length - (at % frame.length))), at % frame.length)
        const kinds = decode(decoder, frame, RECV_NS).map(([kind]) => kind)
        expect(kinds.every((kind) => kind !== '?')).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })

  it('F8: random bytes give errors only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decode(decoder, bytes, RECV_NS).filter(([kind]) => TICKS.has(kind))).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  if (reference !== null) {
    it.each(samples)('F8: %s equals the reference', (name, text) => {
      const expected = reference(text) as Slot[]
      if (!['bar', 'status', 'luld', 'correction', 'cancel'].includes(name)) expect(expected).not.toEqual([])
      expect(ticksOf(text)).toEqual(expected)
    })
  }
})
