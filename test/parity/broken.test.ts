import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCodeName } from '../../src/domain/decode-codes.ts'
import { skipWhere } from '../needs.ts'
import { decoderPair, difference, differences, errorCodesSeen, missing } from './compare.ts'
import { captureFrames, type Frame, fixtureLines, rawFrames, textFrames } from './frames.ts'
import { mutatedFrame } from './mutate.ts'

const RUNS = 20_000
const SEED = Number(process.env['TIDEGATE_TEST_SEED'] ?? 20240808)
const FRAME_BYTES_MOST = 900
const OF_A_KIND_MOST = 12

const CRAFTED: readonly string[] = [
  '{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":26129,"p":"61837.63","q":"4.70443","f":1,"l":2,"T":1723161255342,"m":true,"M":true}',
  '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1723161255343,"s":"BTCUSDT","a":26129,"p":"61837.63","q":"4.704","f":1,"l":2,"T":1723161255342,"m":false}}',
  '{"u":400900217,"s":"BTCUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}',
  '{"u":400900217,"s":"BTCUSDT","b":"0.00000000","B":"0.00000000","a":"25.36000000","A":"40.66000001"}',
  '{"u":9007199254740981,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}',
  '{"u":9007199254740991,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66"}',
  '{"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1723161255343,"s":"BTCUSDT","U":1,"u":2,"\u0001":1,"b":[],"a":[]}}',
  `{"u":1,"s":"BTCUSDT","b":"25.35","B":"1${'0'.repeat(400)}","a":"25.36","A":"40.66"}`,
  `{"u":1,"s":"BTCUSDT","b":"25.35","B":"${2n ** 1000n}","a":"25.36","A":"12676506002282294014967032053.76"}`,
  '{"u":1,"s":"BTCUSDT","b":"25.35","B":"90071992547409.92","a":"25.36","A":"90071992547409.93"}',
  '{"result":null,"id":1}',
  '{"code":-1121,"msg":"Invalid symbol."}',
  '{"stream":"!ticker@arr","data":[]}',
  '',
  ' \t\r\n',
]
const SNAPSHOT =
  '{"lastUpdateId":1027024,"bids":[["4.00","431.0"]],"asks":[["4.02","12.0"],["5.02","1"],["6.02","1"],["7","1"]]}'

/** A dozen recorded frames of each beginning, the crafted ones, and a snapshot. */
function binanceFrames(file: string): Frame[] {
  const seen = new Map<string, number>()
  const recorded = rawFrames(file, 'BTCUSDT').filter(({ text }) => {
    const head = Buffer.from(text.subarray(0, 24)).toString()
    const count = seen.get(head) ?? 0
    seen.set(head, count + 1)
    return text.length <= FRAME_BYTES_MOST && count < OF_A_KIND_MOST
  })
  const [snapshot] = textFrames([SNAPSHOT])
  return [...recorded, ...textFrames(CRAFTED), { ...(snapshot as Frame), snapshotOf: 'BTCUSDT' }]
}

const BINANCE = [
  ['binance-spot', 'binance-raw/spot_btcusdt_20240808.gz'],
  ['binance-usdm', 'binance-raw/usdm_btcusdt_20240808.gz'],
] as const
const BINANCE_SYMBOLS = [
  ['BTCUSDT', '0.01', '0.00001'],
  ['ETHUSDT', '0.05', '0.003'],
] as const

describe('broken input in both decoders', () => {
  skipWhere(missing)

  it.each(BINANCE)('F8: mutated %s frames', (kind, file) => {
    const pair = decoderPair(kind, BINANCE_SYMBOLS)
    const frames = binanceFrames(file)
    errorCodesSeen.clear()
    fc.assert(
      fc.property(mutatedFrame(frames), (frame) => {
        const text = difference(pair, frame)
        if (text !== null) throw new Error(text)
      }),
      { numRuns: RUNS, seed: SEED },
    )
    // The mutations are worth something only while they reach most of what a decoder can say.
    expect([...errorCodesSeen].map(decodeCodeName).length).toBeGreaterThan(22)
  })

  it('F8: a frame cut off at every byte', () => {
    const pair = decoderPair('binance-spot', BINANCE_SYMBOLS)
    const frames = binanceFrames(BINANCE[0][1]).flatMap((frame) =>
      Array.from({ length: frame.text.length }, (_, n) => ({ ...frame, text: frame.text.subarray(0, n) })),
    )
    expect(differences(pair, frames)).toEqual([])
  })

  it('F8: too few slots', () => {
    const pair = decoderPair('binance-spot', BINANCE_SYMBOLS)
    for (const frame of binanceFrames(BINANCE[0][1])) {
      for (let capacity = 1; capacity < 8; capacity++) expect(difference(pair, frame, capacity)).toBe(null)
    }
  })

  it('F8: JSONTestSuite, as frames and as values of a field', () => {
    const { cases } = JSON.parse(fixtureLines('json/jsontestsuite.json').join('\n')) as {
      cases: { b64: string }[]
    }
    expect(cases.length).toBe(170)
    const texts = cases.map(({ b64 }) => Buffer.from(b64, 'base64'))
    const before = Buffer.from('{"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1","x":')
    const nested = texts.map((text) => Buffer.concat([before, text, Buffer.from('}')]))
    for (const kind of ['binance-spot', 'binance-usdm'] as const) {
      expect(differences(decoderPair(kind, BINANCE_SYMBOLS), textFrames([...texts, ...nested]))).toEqual([])
    }
  })

  it.each([
    'binance-spot',
    'binance-usds-futures',
    'barter',
    'alpaca-py',
    'alpaca-go',
    'alpaca-trade-api-python',
    'polygon',
  ])('F8: payloads of %s', (name) => {
    const rows = fixtureLines(`payloads/${name}.ndjson.gz`)
    const texts = rows.map((row) => (JSON.parse(row) as { payload: string }).payload)
    for (const kind of ['binance-spot', 'binance-usdm'] as const) {
      expect(differences(decoderPair(kind, BINANCE_SYMBOLS), textFrames(texts))).toEqual([])
    }
  })

  it('F8: the labelled faults of spot', () => {
    const pair = decoderPair('binance-spot', BINANCE_SYMBOLS)
    expect(differences(pair, rawFrames('faults/spot_btcusdt_basic.gz', 'BTCUSDT'))).toEqual([])
  })

  it('F8: captured sessions of spot and USD-M', () => {
    const spot = decoderPair('binance-spot', ['NKNUSDT', 'BLZETH', 'LRCBTC', 'RUNEEUR'])
    expect(differences(spot, captureFrames('raw-ws/BINANCE.wscap.ndjson.gz'))).toEqual([])
    const usdm = decoderPair('binance-usdm', ['SUSHIUSDT', 'AKROUSDT', 'KEEPUSDT', 'CTKUSDT'])
    expect(differences(usdm, captureFrames('raw-ws/BINANCE_FUTURES.wscap.ndjson.gz'))).toEqual([])
  })
})
