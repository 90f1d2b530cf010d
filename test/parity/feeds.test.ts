import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FeedKind } from '../../src/feed/decode/decoder.ts'
import { skipWhere } from '../needs.ts'
import { decoderPair, difference, differences, errorCodesSeen, missing, type Pair } from './compare.ts'
import { captureFrames, exportFrames, type Frame, fixtureLines, lineFrames, textFrames } from './frames.ts'
import { mutatedFrame } from './mutate.ts'

const RUNS = 20_000
const SEED = Number(process.env['TIDEGATE_TEST_SEED'] ?? 20240808)
const DAY_NS = 86_400_000_000_000n
const base = (day: string): bigint => ((BigInt(Date.parse(day)) * 1_000_000n) / DAY_NS) * DAY_NS
const ALPACA_BASE = base('2013-10-09')
const SPY_BASE = base('2013-10-07')
const MT5_BASE = base('2014-05-04')
const FINE = (symbol: string) => [symbol, '0.00000001', '0.00000001'] as const
const POINTS = (symbol: string) => [symbol, '0.00001', '1'] as const
const CENTS = (symbol: string) => [symbol, '0.01', '1'] as const

/** Messages that the recordings lack: documented forms, and forms that a venue might send. */
const ALPACA: readonly string[] = [
  '[{"T":"t","S":"IBM","i":1,"x":"P","p":49.18,"s":300,"c":["@","T"],"z":"A","t":"2013-10-09T08:00:00.688Z","tks":"B"}]',
  '[{"T":"t","S":"IBM","i":12345678901234567890,"x":"P","p":49,"s":3e2,"t":"2013-10-09T08:00:00.123456789+01:00","tks":"S"}]',
  '[{"T":"q","S":"IBM","bx":"P","bp":175,"bs":1,"ax":"P","ap":184.83,"as":1,"c":["R"],"z":"A","t":"2013-10-09T08:00:00.546Z"}]',
  '[{"T":"q","S":"IBM","bp":0,"bs":0,"ap":184.83,"as":1.5,"t":"2013-10-09T08:00:00Z"},{"T":"q","S":"SPY","bp":0,"bs":2,"ap":1,"as":1,"t":"2013-10-09T08:00:00Z"}]',
  '[{"T":"b","S":"IBM","o":184.5,"h":185,"l":184,"c":184.25,"v":1200,"t":"2013-10-09T13:30:00Z","n":12,"vw":184.371234}]',
  '[{"T":"u","S":"SPY","o":167.4,"h":167.4,"l":167.4,"c":167.4,"v":0,"t":"2013-10-09T13:30:00Z","vw":null}]',
  '[{"T":"d","S":"SPY","o":167.4,"h":1.674e2,"l":167.4,"c":167.4,"v":99,"t":"2013-10-09T13:30:00Z","n":-1,"vw":1e400}]',
  '[{"T":"s","S":"IBM","sc":"H","sm":"Halted","rc":"T12","rm":"","t":"2013-10-09T14:00:00.5Z","z":"C"}]',
  '[{"T":"l","S":"IBM","u":3.2356,"d":2.6524,"i":"B","t":"2013-10-09T14:00:00Z","z":"B"}]',
  '[{"T":"c","S":"IBM","x":"M","oi":1,"op":181.22,"os":1,"oc":["@"],"ci":2,"cp":182.22,"cs":1,"cc":["@"],"z":"A","t":"2013-10-09T14:00:00Z"}]',
  '[{"T":"x","S":"IBM","i":7,"x":"P","p":183.14,"s":100,"a":"C","z":"A","t":"2013-10-09T14:00:00Z"}]',
  '[{"T":"success","msg":"connected"},{"T":"subscription","trades":["IBM"]},{"T":"error","code":401,"msg":"no"},{"T":"n","id":1},{"T":"zz"}]',
  '[[],{},1,"x",null,{"T":1},{"T":"t"},{"T":"t","S":"NONE"},{"T":"t","S":"IBM"},{"T":"t","S":"IBM","p":1,"s":1,"i":1}]',
  '{"T":"success","msg":"connected"}',
  '[{"T":"t","S":"\\u0049BM","i":3,"x":"P","p":49.18,"s":300,"t":"2013-10-09T08:00:00Z"},{"T":"t","S":"I\\/M","i":3,"x":"P","p":49.18,"s":300,"t":"2013-10-09T08:00:00Z"}]',
  '[{"T":"\\u0062","S":"IBM","o":1,"h":1,"l":1,"c":1,"v":1,"t":"2013-10-09T13:30:00Z"}]',
  '[{"T":"t","S":"IBM","i":1,"p":1,"s":1,"t":"2013-02-29T00:00:00Z"},{"T":"t","S":"IBM","i":1,"p":1,"s":1,"t":"2013-10-09T24:00:00Z"}]',
  '[]',
]
const MT5: readonly string[] = [
  '{"status":"CONNECTED","symbol":"EURUSD","timeframe":"TICK","data":[1399230051815,1.38700,1.38790]}',
  '{"status":"CONNECTED","symbol":"EURUSD","timeframe":"TICK","data":[1399240800613.0668,1299.968,1301.618]}',
  '{"status":"CONNECTED","symbol":"EURUSD","timeframe":"TICK","data":[1399240800613.123456,1.5e0,150e-2,9]}',
  '{"status":"CONNECTED","symbol":"EURUSD","timeframe":"M1","data":[1399240800613,1,1,1,1]}',
  '{"status":"CONNECTED","symbol":"EUR\\u0055SD","timeframe":"TICK","data":[1399230051815,1.38700,1.38790]}',
  '{"status":"CONNECTED","symbol":"EUR\\/USD","timeframe":"TICK","data":[1399230051815,1.38700,1.38790]}',
  '{"status":"DISCONNECTED"}',
  '{"symbol":"EURUSD","timeframe":"TICK","data":{}}',
  '{"symbol":"EURUSD","timeframe":"TICK","data":[ 1399240800613 , 1.5 ]}',
]
const CSV: readonly string[] = [
  'EURUSD\t2014.05.04\t00:00:00.292\t1.38676\t1.38686\t\t\t6',
  'EURUSD\t2014.05.04\t00:00:00.920\t\t1.38687\t\t\t4',
  'EURUSD\t2014.05.04\t00:00:01\t1.38675\t\t\t\t2',
  'XAUUSD\t2014.05.04\t00:00:01.123456789\t\t1300.5\t\t\t6',
  'EURUSD\t2014.05.04\t00:00:01\tnull\t"1"\t\t\t6',
  'XAUUSD\t2014.05.04\t00:00:01.2\t1300.4\t\t\t\t2',
  'EURUSD\t2014.02.29\t00:00:01\t1\t1\t\t\t6',
  'EURUSD\t2014.05.04\t00:00:01\t+inf\t1\t\t\t6',
  'EURUSD\t2014.05.04\t00:00:01\t01.50\t1.5e0\t\t\t6',
  'EURUSD\t2014.05.04\t00:00:02\t\t1.38',
  'EURUSD\t2014.05.04',
]

function checkMutations(pair: Pair, frames: readonly Frame[], codesMin: number): void {
  errorCodesSeen.clear()
  fc.assert(
    fc.property(mutatedFrame(frames), (frame) => {
      const text = difference(pair, frame)
      if (text !== null) throw new Error(text)
    }),
    { numRuns: RUNS, seed: SEED },
  )
  expect(errorCodesSeen.size).toBeGreaterThan(codesMin)
}

describe('Alpaca and MetaTrader 5 in both decoders', () => {
  skipWhere(missing)

  const recordings: readonly {
    readonly file: string
    readonly kind: FeedKind
    readonly base: bigint
    readonly symbol: readonly [string, string, string]
  }[] = [
    {
      file: 'alpaca-wire/IBM_20131009_P_day.wscap.ndjson.gz',
      kind: 'alpaca',
      base: ALPACA_BASE,
      symbol: CENTS('IBM'),
    },
    {
      file: 'alpaca-wire/AIG_20131007_N_day.wscap.ndjson.gz',
      kind: 'alpaca',
      base: SPY_BASE,
      symbol: CENTS('AIG'),
    },
    {
      file: 'alpaca-wire/SPY_20131007_trades_open.wscap.ndjson.gz',
      kind: 'alpaca',
      base: SPY_BASE,
      symbol: FINE('SPY'),
    },
    {
      file: 'faults/IBM_20131009_basic.wscap.ndjson.gz',
      kind: 'alpaca',
      base: ALPACA_BASE,
      symbol: CENTS('IBM'),
    },
    {
      file: 'fx-mt5/EURUSD_fxcm_20140504_crossed.mt5.ndjson.gz',
      kind: 'mt5',
      base: MT5_BASE,
      symbol: POINTS('EURUSD'),
    },
    {
      file: 'fx-mt5/EURUSD_oanda_20140501_04.mt5.ndjson.gz',
      kind: 'mt5',
      base: MT5_BASE,
      symbol: FINE('EURUSD'),
    },
    {
      file: 'fx-mt5/XAUUSD_oanda_20140504_fracms.mt5.ndjson.gz',
      kind: 'mt5',
      base: MT5_BASE,
      symbol: POINTS('XAUUSD'),
    },
    {
      file: 'fx-mt5/EURUSD_oanda_20140501_04.mt5ticks.csv.gz',
      kind: 'mt5-csv',
      base: MT5_BASE,
      symbol: POINTS('EURUSD'),
    },
  ]

  it.each(recordings)('F8: $file', ({ file, kind, base: eventBase, symbol }) => {
    const frames =
      kind === 'alpaca'
        ? captureFrames(file)
        : kind === 'mt5'
          ? lineFrames(file)
          : exportFrames(file, symbol[0])
    expect(frames.length).toBeGreaterThan(8_000)
    const pair = decoderPair(kind, [symbol], eventBase)
    errorCodesSeen.clear()
    expect(differences(pair, frames)).toEqual([])
    expect(errorCodesSeen.size > 0).toBe(file.startsWith('faults'))
  })

  it('F8: messages of every kind, good and bad', () => {
    const symbols = [CENTS('IBM'), CENTS('SPY')]
    expect(differences(decoderPair('alpaca', symbols, ALPACA_BASE), textFrames(ALPACA))).toEqual([])
    const forex = ['EURUSD', 'XAUUSD']
    expect(differences(decoderPair('mt5', forex, MT5_BASE), textFrames(MT5))).toEqual([])
    expect(differences(decoderPair('mt5-csv', forex, MT5_BASE), textFrames(CSV))).toEqual([])
  })

  it('F8: too few slots', () => {
    const pair = decoderPair('alpaca', [CENTS('IBM'), CENTS('SPY')], ALPACA_BASE)
    for (const frame of textFrames(ALPACA)) {
      for (let capacity = 1; capacity < 14; capacity++) expect(difference(pair, frame, capacity)).toBe(null)
    }
  })

  it('F8: mutated frames of Alpaca', () => {
    checkMutations(decoderPair('alpaca', [CENTS('IBM'), CENTS('SPY')], ALPACA_BASE), textFrames(ALPACA), 22)
  })

  it('F8: mutated frames of MetaTrader 5', () => {
    checkMutations(decoderPair('mt5', ['EURUSD'], MT5_BASE), textFrames(MT5), 15)
  })

  it('F8: mutated rows of MetaTrader 5, sides carried forward', () => {
    checkMutations(decoderPair('mt5-csv', ['EURUSD', 'XAUUSD'], MT5_BASE), textFrames(CSV), 10)
  })

  it('F8: JSONTestSuite as frames', () => {
    const { cases } = JSON.parse(fixtureLines('json/jsontestsuite.json').join('\n')) as {
      cases: { b64: string }[]
    }
    const frames = textFrames(cases.map(({ b64 }) => Buffer.from(b64, 'base64')))
    for (const kind of ['alpaca', 'mt5', 'mt5-csv'] as const) {
      expect(differences(decoderPair(kind, ['IBM']), frames)).toEqual([])
    }
  })

  it.each(['alpaca-py', 'alpaca-go', 'alpaca-trade-api-python', 'polygon'])('F8: payloads of %s', (name) => {
    const rows = fixtureLines(`payloads/${name}.ndjson.gz`)
    const texts = rows.map((row) => (JSON.parse(row) as { payload: string }).payload)
    const arrays = texts.map((text) => `[${text}]`)
    expect(differences(decoderPair('alpaca', ['AAPL', 'SPY']), textFrames([...texts, ...arrays]))).toEqual([])
  })
})
