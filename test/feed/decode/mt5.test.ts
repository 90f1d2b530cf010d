import { describe, expect, it } from 'vitest'
import { MT5_FRAMES } from './samples.ts'
import { decode, decoderOf, outcome } from './support.ts'

const EURUSD = { symbol: 'EURUSD', priceIncrement: '0.00001', qtyIncrement: '1' }
const mt5 = decoderOf('mt5', [EURUSD])
const tick = MT5_FRAMES['tick'] as string

describe('MetaTrader 5 ticks', () => {
  it('F3: bid and ask, with times to the nanosecond', () => {
    expect(decode(mt5, tick)).toEqual([['QUOTE', 0, 86_030_051e6, 5, 138_700, 0, 138_790, 0, 0]])
    const fraction = MT5_FRAMES['fraction of a millisecond'] as string
    expect(decode(mt5, fraction)[0]?.[2]).toBe(86_000_613_066_800)
  })

  it('F3: a symbol is the same one however its text is escaped', () => {
    const slash = decoderOf('mt5', [{ ...EURUSD, symbol: 'EUR/USD' }])
    const plain = decode(slash, tick.replace('EURUSD', 'EUR/USD'))
    expect(plain).toHaveLength(1)
    expect(decode(slash, tick.replace('EURUSD', 'EUR\\/USD'))).toEqual(plain)
    expect(decode(slash, tick.replace('EURUSD', 'EUR\\u002fUSD'))).toEqual(plain)
    expect(outcome(slash, tick.replace('EURUSD', 'EUR\\\\USD'))).toBe('unknown_symbol')
  })

  it('F3: says nothing to the state of the bridge and to bars', () => {
    expect(outcome(mt5, '{"status":"DISCONNECTED"}')).toBe('nothing')
    expect(outcome(mt5, tick.replace('"TICK"', '"M1"'))).toBe('nothing')
  })

  it.each([
    ['{}', 'missing_field'],
    ['[]', 'array_frame'],
    ['1', 'garbage_text'],
    [tick.replace('EURUSD', 'NOSUCH'), 'unknown_symbol'],
    [tick.replace('"EURUSD"', '1'), 'unknown_symbol'],
    [tick.replace('[1723161230051,1.38700,1.38790]', '{}'), 'field_invalid'],
    [tick.replace(',1.38790', ''), 'field_invalid'],
    [tick.replace('1.38700', 'null'), 'price_null'],
    [tick.replace('1.38700', '"1.38700"'), 'price_json_string'],
    [tick.replace('1.38700', '0'), 'price_zero'],
    [tick.replace('1.38790', '-1.38790'), 'price_negative'],
    [tick.replace('1.38790', '1.387905'), 'price_off_increment'],
    [tick.replace('1723161230051', '1723161230051.1234567'), 'time_invalid'],
    [tick.replace('1723161230051', '"1723161230051"'), 'time_invalid'],
    [tick.replace('1723161230051', '17e11'), 'time_invalid'],
    [tick.replace('"symbol"', '"status"'), 'duplicate_keys'],
    [tick.slice(0, -3), 'truncated_json'],
  ])('F8: %s is %s', (text, code) => {
    expect(outcome(mt5, text)).toBe(code)
  })
})

describe('MetaTrader 5 export', () => {
  const row = (bid: string, ask: string, time = '00:00:00.292'): string =>
    `EURUSD\t2024.08.08\t${time}\t${bid}\t${ask}\t\t\t6`

  it('F3: a side left empty is unchanged', () => {
    const csv = decoderOf('mt5-csv', [EURUSD])
    expect(decode(csv, row('1.38676', '1.38686'))).toEqual([
      ['QUOTE', 0, 292e6, 5, 138_676, 0, 138_686, 0, 0],
    ])
    expect(decode(csv, row('', '1.38687'))[0]?.slice(4, 7)).toEqual([138_676, 0, 138_687])
    expect(decode(csv, row('1.38675', ''))[0]?.slice(4, 7)).toEqual([138_675, 0, 138_687])
    expect(outcome(csv, row('1.3', '0'))).toBe('price_zero')
    expect(decode(csv, row('', ''))[0]?.slice(4, 7)).toEqual([138_675, 0, 138_687])
  })

  it('F3: a row before both sides are known is no quote, but what it tells of one side holds from then on', () => {
    const csv = decoderOf('mt5-csv', [EURUSD])
    expect(outcome(csv, row('1.38676', ''))).toBe('missing_field')
    expect(outcome(csv, row('1.3', '0'))).toBe('price_zero')
    expect(decode(csv, row('', '1.38687'))[0]?.slice(4, 7)).toEqual([138_676, 0, 138_687])
    const other = decoderOf('mt5-csv', [EURUSD])
    expect(outcome(other, row('', '1.38687'))).toBe('missing_field')
    expect(decode(other, row('1.38676', ''))[0]?.slice(4, 7)).toEqual([138_676, 0, 138_687])
  })

  it.each([
    ['', 'empty_frame'],
    ['EURUSD', 'truncated_json'],
    ['EURUSD\t2024.08.08\t00:00:00.292\t1.38676\t1.3', 'truncated_json'],
    [row('1.38676', '1.38686').replace(/\t6$/, ''), 'truncated_json'],
    [row('', '1.38686'), 'missing_field'],
    [row('x', '1.38686'), 'price_NaN'],
    [row('1.38676', '1.38686', '24:00:00.000'), 'time_invalid'],
    [row('1.38676', '1.38686', '00:00:00.'), 'time_invalid'],
    [row('1.38676', '1.38686').replace('2024.08', '2024.13'), 'time_invalid'],
    [row('1.38676', '1.38686').replace('EURUSD', 'GBPUSD'), 'unknown_symbol'],
  ])('F8: %j is %s', (text, code) => {
    expect(outcome(decoderOf('mt5-csv', [EURUSD]), text)).toBe(code)
  })
})
