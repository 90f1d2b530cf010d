import { describe, expect, it } from 'vitest'
import { ALPACA_FRAMES } from './samples.ts'
import { decode, decoderOf, outcome } from './support.ts'

const IBM = { symbol: 'IBM', priceIncrement: '0.01', qtyIncrement: '1' }
const AVAX = { symbol: 'AVAX/USD', priceIncrement: '0.000001', qtyIncrement: '0.000000001' }
const alpaca = decoderOf('alpaca', [IBM, AVAX])
const frame = (name: string): string => ALPACA_FRAMES[name] as string
const HOUR = 3_600e9
const T = 13 * HOUR + 16 * 60e9

describe('Alpaca', () => {
  it('F1: a symbol is the same one however its text is escaped', () => {
    const plain = decode(alpaca, frame('trade'))
    expect(plain).toHaveLength(1)
    expect(decode(alpaca, frame('trade').replace('IBM', 'I\\u0042M'))).toEqual(plain)
  })

  it('F1: trades keep the letter of their exchange', () => {
    expect(decode(alpaca, frame('trade'))).toEqual([['TRADE', 0, T + 9.119e9, 5, 17_910, 1_000, 0, 81, 16]])
  })

  it('F1: quotes, with times of nine digits', () => {
    expect(decode(alpaca, frame('quote'))).toEqual([
      ['QUOTE', 0, T + 52_593_123_456, 5, 17_901, 2, 17_924, 2, 0],
    ])
  })

  it('F1: crypto trades: long ids, exponents, the taker side', () => {
    const text =
      '[{"T":"t","S":"AVAX/USD","p":8.5e-06,"s":29.205707815,"t":"2024-08-08T10:27:48.858228144Z","i":3447222699101865076,"tks":"S"}]'
    const id = Number(3_447_222_699_101_865_076n % 2n ** 53n)
    expect(decode(alpaca, text.replace('8.5e-06', '4.7299e1'))).toEqual([
      ['TRADE', 1, 10 * HOUR + 27 * 60e9 + 48_858_228_144, 5, 47_299_000, 29_205_707_815, -1, 0, id],
    ])
    expect(outcome(alpaca, text)).toBe('price_off_increment')
    expect(outcome(alpaca, text.replace('8.5e-06', '1').replace('3447', '34470000'))).toBe('id_invalid')
  })

  it('P4: bars of a minute and of a day', () => {
    const vwap = (179.025455 * 100) / 1
    expect(decode(alpaca, frame('bar'))).toEqual([
      ['BAR', 0, 13 * HOUR + 12 * 60e9, 5, 17_905, 17_910, 17_902, 17_902, 2_200],
      ['BAR_MORE', 0, 13 * HOUR + 12 * 60e9, 5, 6, vwap, 60, 98, 0],
    ])
    const day = frame('bar')
      .replace('"T":"b"', '"T":"d"')
      .replace(/,"n":6,"vw":[\d.]*/, '')
    expect(decode(alpaca, day)[1]).toEqual(['BAR_MORE', 0, 13 * HOUR + 12 * 60e9, 5, 0, 0, 86_400, 100, 0])
  })

  it('R11: halts, resumptions, pauses and price bands', () => {
    const status = (code: string): unknown =>
      decode(alpaca, frame('status').replace('"H"', `"${code}"`))[0]?.[4]
    expect(['H', '2', 'T', '3', 'Q', 'P', 'F', 'E'].map(status)).toEqual([2, 2, 1, 1, 3, 4, 4, 0])
    expect(decode(alpaca, frame('luld'))[0]?.slice(4)).toEqual([18_926, 17_124, 66, 0, 0])
    const between = frame('luld').replace('189.26', '189.2625')
    expect(decode(alpaca, between)[0]?.[4]).toBe(18_926.25)
  })

  it('O10: corrections and cancels of trades', () => {
    expect(decode(alpaca, frame('correction')).map((slot) => slot.slice(0, 2).concat(slot.slice(4)))).toEqual(
      [
        ['CORRECTION', 0, 17_920, 90, 17_910, 100, 5],
        ['TRADE_REF', 0, 6, 0, 0, 0, 0],
      ],
    )
    expect(decode(alpaca, frame('cancel'))[0]?.slice(4)).toEqual([18_059, 1, 67, 0, 465])
  })

  it('F8: one bad message of a frame costs only itself', () => {
    const text = frame('several').replace('"p":179.34', '"p":null')
    expect(decode(alpaca, text).map(([kind]) => kind)).toEqual(['QUOTE', 'price_null'])
    expect(decode(alpaca, text.slice(0, -1)).map(([kind]) => kind)).toEqual(['truncated_json'])
  })

  it('F1: says nothing to control messages and news', () => {
    const silent = [
      '[]',
      '[{"T":"success","msg":"connected"}]',
      '[{"T":"subscription","trades":["IBM"],"quotes":["IBM"],"bars":[]}]',
      '[{"T":"n","id":24843171,"headline":"x","symbols":["IBM"]}]',
    ]
    expect(silent.map((text) => outcome(alpaca, text))).toEqual(silent.map(() => 'nothing'))
  })

  it.each([
    ['[{"T":"error","code":402,"msg":"auth failed"}]', 'venue_error'],
    ['{"T":"t"}', 'unknown_event_type'],
    ['5', 'garbage_text'],
    ['[5]', 'garbage_text'],
    ['[[]]', 'array_frame'],
    ['[{}]', 'missing_field'],
    ['[{"T":5}]', 'unknown_T'],
    ['[{"T":"t"}]', 'missing_field'],
    [frame('trade').replace('"IBM"', 'null'), 'unknown_symbol'],
    [frame('trade').replace('"s":1000', '"s":0'), 'qty_zero'],
    [frame('trade').replace('"s":1000', '"s":1.5'), 'qty_off_increment'],
    [frame('trade').replace('"s":1000', '"s":"1000"'), 'qty_invalid'],
    [frame('trade').replace('"t":"2024', '"t":"x024'), 'time_invalid'],
    [frame('trade').replace(/"t":"[^"]*"/, '"t":1723161255'), 'time_invalid'],
    [frame('trade').replace('"i":16', '"i":-16'), 'id_invalid'],
    [frame('quote').replace('"bp":179.01', '"bp":0'), 'price_zero'],
    [frame('quote').replace('"bp":179.01,"bs":2', '"bp":0,"bs":0'), 'QUOTE'],
    [frame('status').replace('"sc":"H"', '"sc":2'), 'field_invalid'],
    [frame('correction').replace('"cp":179.2,', ''), 'missing_field'],
  ])('F8: %s is %s', (text, expected) => {
    expect(outcome(alpaca, text)).toBe(expected)
  })
})
