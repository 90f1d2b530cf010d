import { type Increment, parseDecimal, parseIncrement } from '../../../src/core/decimal.ts'
import type { Slot } from './support.ts'

/**
 * A second decoder of the good frames, by JSON.parse and BigInt, as plain as can be. Undefined where a frame holds no tick.
 * Numbers keep their text, so that none is rounded.
 */
interface Value {
  readonly source: string
}
type Json = Record<string, unknown>

function parse(text: string): unknown {
  const keepSource = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' ? { source: context?.source ?? '' } : value
  return JSON.parse(text, keepSource as (key: string, value: unknown) => unknown)
}

/** Zero is zero with any exponent, and an exponent may begin with zeros: `parseDecimal` takes three digits of it. */
function shortened(text: string): string {
  return text.replace(/^(-?[0.]+)e[+-]?\d+$/i, '$1').replace(/(e[+-]?)0+(?=\d)/i, '$1')
}

function increments(text: unknown, step: Increment, displayed: boolean): number {
  if (typeof text !== 'string') throw new Error('no text')
  const value = parseDecimal(shortened(text))
  const numerator = value.units * 10n ** BigInt(step.scale)
  const denominator = BigInt(step.unitsPerIncrement) * 10n ** BigInt(value.scale)
  const whole = numerator % denominator === 0n
  if (!whole && !displayed) throw new Error('off increment')
  if (numerator < 0n || (numerator === 0n && !displayed)) throw new Error('not positive')
  const count = whole ? Number(numerator / denominator) : Number(numerator) / Number(denominator)
  if (!displayed && !Number.isSafeInteger(count)) throw new Error('overflow')
  return count
}

function source(value: unknown): string {
  return (value as Value).source
}

function whole(value: unknown): number {
  const text = source(value)
  if (!/^\d+$/.test(text)) throw new Error('no whole number')
  return Number(text)
}

/** ns from the base; 16 digits are microseconds. */
function epochNs(value: unknown, baseMs: number): number {
  const text = source(value)
  const time = whole(value)
  return text.length >= 16 ? (time - baseMs * 1e3) * 1e3 : (time - baseMs) * 1e6
}

function levelSlots(side: number, levels: [number, number][]): Slot[] {
  const slots: Slot[] = []
  for (let i = 0; i < levels.length; i += 3) {
    const [a, b, c] = levels.slice(i, i + 3)
    const n = Math.min(3, levels.length - i)
    slots.push([
      'LEVELS',
      n,
      c?.[1] ?? 0,
      side,
      a?.[0] ?? 0,
      a?.[1] ?? 0,
      b?.[0] ?? 0,
      b?.[1] ?? 0,
      c?.[0] ?? 0,
    ])
  }
  return slots
}

const PRICE = parseIncrement('0.01')
const QTY = parseIncrement('0.00001')

/** A Binance frame of BTCUSDT in steps of 0.01 and 0.00001. */
export function binanceReference(text: string, baseMs: number, recvNs: number): Slot[] | undefined {
  try {
    const frame = parse(text) as Json
    const data = (frame['stream'] === undefined ? frame : frame['data']) as Json
    if (data['s'] !== 'BTCUSDT') return undefined
    const stream = frame['stream']
    if (stream !== undefined && !(stream as string).startsWith('btcusdt@')) return undefined
    if (data['e'] === 'trade' || data['e'] === 'aggTrade') return [tradeSlot(data, baseMs, recvNs)]
    if (data['e'] === 'depthUpdate') return depthSlots(data, baseMs, recvNs)
    if (data['e'] !== undefined && data['e'] !== 'bookTicker') return undefined
    return [quoteSlot(data, baseMs, recvNs)]
  } catch {
    return undefined
  }
}

function tradeSlot(data: Json, baseMs: number, recvNs: number): Slot {
  const aggregate = data['e'] === 'aggTrade'
  const tradeNs = epochNs(data['T'], baseMs)
  if (typeof data['m'] !== 'boolean') throw new Error('no maker')
  return [
    aggregate ? 'TRADE+128' : 'TRADE',
    0,
    tradeNs,
    recvNs,
    increments(data['p'], PRICE, false),
    increments(data['q'], QTY, false),
    data['m'] ? -1 : 1,
    epochNs(data['E'], baseMs) - tradeNs,
    whole(data[aggregate ? 'a' : 't']),
  ]
}

function quoteSlot(data: Json, baseMs: number, recvNs: number): Slot {
  const time = data['E'] ?? data['T']
  const side = (price: string, qty: string): [number, number] => {
    const size = increments(data[qty], QTY, true)
    return [Number(data[price]) === 0 && size === 0 ? 0 : increments(data[price], PRICE, false), size]
  }
  const eventNs = time === undefined ? recvNs : epochNs(time, baseMs)
  return ['QUOTE', 0, eventNs, recvNs, ...side('b', 'B'), ...side('a', 'A'), whole(data['u'])]
}

function depthSlots(data: Json, baseMs: number, recvNs: number): Slot[] {
  const levels = (key: string): [number, number][] =>
    (data[key] as unknown[][]).map(([price, qty]) => [
      increments(price, PRICE, false),
      increments(qty, QTY, true),
    ])
  const bids = levels('b')
  const asks = levels('a')
  const previous = data['pu'] === undefined ? -1 : whole(data['pu'])
  const first = whole(data['U'])
  const last = whole(data['u'])
  if (last < first) throw new Error('out of order')
  const head: Slot = [
    'DEPTH',
    0,
    epochNs(data['E'], baseMs),
    recvNs,
    first,
    previous,
    bids.length,
    asks.length,
    last,
  ]
  return [head, ...levelSlots(1, bids), ...levelSlots(-1, asks)]
}

const SHARES = parseIncrement('1')

/** An Alpaca frame of trades and quotes of IBM in steps of 0.01 and 1; other messages of the frame are left out. */
export function alpacaReference(text: string, baseMs: number, recvNs: number): Slot[] {
  const messages = parse(text) as Json[]
  const repeating = repeatingMessages(text)
  return messages.flatMap((message, index) => {
    if (repeating.has(index)) return []
    try {
      return [alpacaSlot(message, baseMs, recvNs)]
    } catch {
      return []
    }
  })
}

/** Places of the messages that name a member twice, of which `JSON.parse` shows the last one only. */
function repeatingMessages(text: string): Set<number> {
  const found = new Set<number>()
  const open: (Set<string> | null)[] = []
  let place = 0
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/g) ?? []
  for (const [i, token] of tokens.entries()) {
    const names = open.at(-1)
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ',' && open.length === 1) place++
    else if (tokens[i + 1] === ':') {
      const name = JSON.parse(token) as string
      if (names?.has(name) === true) found.add(place)
      names?.add(name)
    }
  }
  return found
}

function alpacaSlot(message: Json, baseMs: number, recvNs: number): Slot {
  if (message['S'] !== 'IBM') throw new Error('unknown symbol')
  const time = rfcNs(message['t'] as string, baseMs)
  const price = (key: string): number => increments(source(message[key]), PRICE, false)
  const size = (key: string, displayed: boolean): number =>
    increments(source(message[key]), SHARES, displayed)
  const side = (priceKey: string, sizeKey: string): [number, number] => {
    const qty = size(sizeKey, true)
    return [Number(source(message[priceKey])) === 0 && qty === 0 ? 0 : price(priceKey), qty]
  }
  if (message['T'] === 'q') return ['QUOTE', 0, time, recvNs, ...side('bp', 'bs'), ...side('ap', 'as'), 0]
  if (message['T'] !== 't') throw new Error('no trade')
  const id = Number(BigInt(source(message['i'])) % 2n ** 53n)
  const exchange = message['x']
  const letter = typeof exchange === 'string' && exchange.length === 1 ? exchange.charCodeAt(0) : 0
  const side1 = message['tks'] === 'B' ? 1 : message['tks'] === 'S' ? -1 : 0
  return ['TRADE', 0, time, recvNs, price('p'), size('s', false), side1, letter < 128 ? letter : 0, id]
}

/** Milliseconds by Date.parse, nanoseconds by hand. */
function rfcNs(text: string, baseMs: number): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text)
  const ms = Date.parse(`${match?.[1]}${match?.[3]}`)
  if (Number.isNaN(ms) || new Date(Date.parse(`${match?.[1]}Z`)).toISOString().slice(0, 19) !== match?.[1]) {
    throw new Error('no time')
  }
  const ns = (ms - baseMs) * 1e6 + Number((match?.[2] ?? '').padEnd(9, '0'))
  if (Math.abs(ns) > Number.MAX_SAFE_INTEGER) throw new Error('out of reach')
  return ns
}
