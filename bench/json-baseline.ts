/** What decoders are compared with: JSON.parse, then exact conversion of the numbers to increments. */
import type { Increment } from '../src/core/decimal.ts'
import type { Instrument, InstrumentTable } from '../src/domain/instrument.ts'

/** Reads one frame; gives a sum of what it read, so that nothing is optimised away. */
export type Baseline = (text: string, instruments: InstrumentTable) => number

interface BinanceFrame {
  readonly data: {
    readonly s: string
    readonly p?: string
    readonly q: string
    readonly b: string | readonly (readonly [string, string])[]
    readonly a: string | readonly (readonly [string, string])[]
    readonly B: string
    readonly A: string
  }
}

interface AlpacaMessage {
  readonly S: string
  readonly p?: number
  readonly s: number
  readonly bp: number
  readonly bs: number
  readonly ap: number
  readonly as: number
  readonly t: string
}

/** Plain decimal text to increments of 10^-scale, exactly, digit by digit; digits beyond the scale must be zeros. */
function ofText(text: string, { scale }: Increment): number {
  let value = 0
  let places = -1
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit === -2 && places < 0) places = 0
    else if (digit < 0 || digit > 9) throw new Error('no decimal')
    else if (places < scale) {
      value = value * 10 + digit
      if (places >= 0) places++
    } else if (digit !== 0) return Number(text) * 10 ** scale // dust below the lot size
  }
  for (let n = Math.max(places, 0); n < scale; n++) value *= 10
  if (value > Number.MAX_SAFE_INTEGER) throw new Error('too large')
  return value
}

/** A double read from decimal text of at most 15 digits, as increments: exact when rounded. */
function ofDouble(value: number, { scale }: Increment): number {
  const count = Math.round(value * 10 ** scale)
  if (Math.abs(count / 10 ** scale - value) > 1e-12 * value) throw new Error('off increment')
  return count
}

export function parseBinance(text: string, instruments: InstrumentTable): number {
  const { data } = JSON.parse(text) as BinanceFrame
  const { priceIncrement: price, qtyIncrement: qty } = instruments.bySymbol(data.s) as Instrument
  if (data.p !== undefined) return ofText(data.p, price) + ofText(data.q, qty)
  if (typeof data.b === 'string' && typeof data.a === 'string') {
    return ofText(data.b, price) + ofText(data.a, price) + ofText(data.B, qty) + ofText(data.A, qty)
  }
  let sum = 0
  for (const side of [data.b, data.a] as (readonly (readonly [string, string])[])[]) {
    for (const level of side) sum += ofText(level[0], price) + ofText(level[1], qty)
  }
  return sum
}

export function parseAlpaca(text: string, instruments: InstrumentTable): number {
  let sum = 0
  for (const message of JSON.parse(text) as AlpacaMessage[]) {
    const { priceIncrement: price } = instruments.bySymbol(message.S) as Instrument
    sum += Date.parse(message.t)
    if (message.p !== undefined) sum += ofDouble(message.p, price) + message.s
    else sum += ofDouble(message.bp, price) + ofDouble(message.ap, price) + message.bs + message.as
  }
  return sum
}

export function parseMt5(text: string, instruments: InstrumentTable): number {
  const { symbol, data } = JSON.parse(text) as { symbol: string; data: [number, number, number] }
  const { priceIncrement: price } = instruments.bySymbol(symbol) as Instrument
  return data[0] + ofDouble(data[1], price) + ofDouble(data[2], price)
}
