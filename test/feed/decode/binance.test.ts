import { describe, expect, it } from 'vitest'
import { SPOT_FRAMES, USDM_FRAMES } from './samples.ts'
import { BTCUSDT, decode, decoderOf, decodeSnapshot, outcome } from './support.ts'

const spot = decoderOf('binance-spot', [BTCUSDT, { ...BTCUSDT, symbol: 'ETHUSDT' }])
const usdm = decoderOf('binance-usdm', [{ symbol: 'BTCUSDT', priceIncrement: '0.1', qtyIncrement: '0.001' }])
const TRADE = SPOT_FRAMES['trade'] as string
const TICKER = SPOT_FRAMES['bookTicker'] as string
const DEPTH = SPOT_FRAMES['depth'] as string
/** ns from the base of 1723161255342 ms */
const T = 86_055_342e6

describe('Binance spot', () => {
  it('F2: a trade: price, quantity, aggressor, E minus T, id', () => {
    expect(decode(spot, TRADE)).toEqual([['TRADE', 0, T, 5, 6_183_763, 2_000, -1, 1e6, 3_735_683_259]])
    expect(decode(spot, SPOT_FRAMES['trade with orders'] as string)).toEqual([
      ['TRADE', 0, T - 2e6, 5, 1, 3_382_000, 1, 3e6, 40_756_030],
    ])
  })

  it('F2: stream and symbol are the same however their text is escaped', () => {
    const plain = decode(spot, TRADE)
    const escaped = TRADE.replace('btcusdt@trade', '\\u0062tcusdt\\u0040tra\\u0064e').replace(
      'BTCUSDT',
      'BTC\\u0055SDT',
    )
    expect(decode(spot, escaped)).toEqual(plain)
    expect(outcome(spot, escaped.replace('BTC', 'ETH'))).toBe('unknown_symbol')
    expect(outcome(spot, escaped.replace('u0040', 'u0041'))).toBe('unknown_stream')
  })

  it('F2: an aggregate trade is marked, its id is of another series', () => {
    expect(decode(spot, SPOT_FRAMES['aggTrade'] as string)).toEqual([
      ['TRADE+128', 0, T, 5, 6_183_763, 470_443, -1, 1e6, 26_129],
    ])
  })

  it('F2: a book ticker has no time of its own and takes the receive time', () => {
    expect(decode(spot, TICKER, 77)).toEqual([
      ['QUOTE', 0, 77, 77, 6_183_763, 378_826, 6_183_764, 154_698, 50_093_239_212],
    ])
  })

  it('F2: a depth update is followed by its levels, three a slot, bids first', () => {
    expect(decode(spot, DEPTH)).toEqual([
      ['DEPTH', 0, 86_055_208e6, 5, 50_093_239_189, -1, 2, 4, 50_093_239_202],
      ['LEVELS', 2, 0, 1, 6_173_763, 0, 6_173_017, 125_000, 0],
      ['LEVELS', 3, 0, -1, 6_183_764, 154_698, 6_183_985, 0, 6_183_986],
      ['LEVELS', 1, 0, -1, 6_184_511, 32_329, 0, 0, 0],
    ])
  })

  it('F2: bare events of several symbols, and times in microseconds', () => {
    expect(decode(spot, SPOT_FRAMES['bare trade'] as string)[0]).toEqual([
      'TRADE',
      0,
      T,
      5,
      6_183_763,
      2_000,
      1,
      1e6,
      3_735_683_259,
    ])
    const eth = (SPOT_FRAMES['bare bookTicker'] as string).replace('BTCUSDT', 'ETHUSDT')
    expect(decode(spot, eth)[0]?.slice(0, 2)).toEqual(['QUOTE', 1])
    expect(decode(spot, SPOT_FRAMES['microseconds'] as string)[0]?.slice(2, 4)).toEqual([T + 456e3, 5])
  })

  it('F2: dust below the lot size keeps its fraction in levels and quotes, and refuses a trade', () => {
    const dust = DEPTH.replace('1.54698000', '25.42618900')
    expect(decode(spot, dust)[2]?.[5]).toBe(2_542_618.9)
    expect(decode(spot, TICKER.replace('3.78826000', '0.00000100'))[0]?.[5]).toBe(0.1)
    expect(outcome(spot, TRADE.replace('0.02000000', '0.02000100'))).toBe('qty_off_increment')
  })

  it('F2: a displayed quantity beyond 2^53 passes where a double holds it, a traded one never', () => {
    expect(decode(spot, TICKER.replace('3.78826000', '90071992547.40992000'))[0]?.[5]).toBe(2 ** 53)
    expect(outcome(spot, TICKER.replace('3.78826000', '90071992547.40993000'))).toBe('qty_overflow')
    expect(outcome(spot, TRADE.replace('0.02000000', '90071992547.40992000'))).toBe('qty_overflow')
  })

  it('F2: an empty side is a zero price with a zero quantity', () => {
    const empty = TICKER.replace('61837.63000000', '0.00000000')
    expect(outcome(spot, empty)).toBe('price_zero')
    expect(decode(spot, empty.replace('3.78826000', '0.00000000'))[0]?.slice(4, 6)).toEqual([0, 0])
  })

  it('F8: says nothing to acknowledgements and to known messages without ticks', () => {
    const silent = [
      '{"result":null,"id":1}',
      '{"id":"1","status":200,"result":{"a":1}}',
      '{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1,"s":"BTCUSDT","k":{}}}',
      '{"stream":"!ticker@arr","data":[{"e":"24hrTicker"}]}',
      '{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":1,"bids":[],"asks":[]}}',
      '{"e":"executionReport","E":1,"s":"BTCUSDT"}',
    ]
    expect(silent.map((text) => outcome(spot, text))).toEqual(silent.map(() => 'nothing'))
  })

  it.each([
    ['{"error":{"code":2,"msg":"Invalid request"},"id":1}', 'venue_error', '{"code"'],
    ['{"code":-1121,"msg":"Invalid symbol."}', 'venue_error', '-1121'],
    ['{"id":1,"status":400,"result":{}}', 'venue_error', '400'],
    ['{}', 'unknown_event_type', '{'],
    ['"text"', 'garbage_text', '"'],
    [' [1]', 'array_frame', '['],
    ['{"stream":5,"data":{}}', 'unknown_stream', '5'],
    ['{"stream":"btcusdt@trade"}', 'missing_field', '{'],
    ['{"stream":"btcusdt@trade","data":[]}', 'array_frame', '['],
    ['{"stream":"btcusdt@trade","data":7}', 'field_invalid', '7'],
    ['{"stream":"btcusdt@trade","data":{"e":"aggTrade"}}', 'unknown_event_type', '"aggTrade"'],
    ['{"stream":"btcusdt@depthX","data":{}}', 'unknown_stream', '"btcusdt@'],
    ['{"stream":"btcusdt","data":{}}', 'unknown_stream', '"btcusdt"'],
    [TRADE.replace('"BTCUSDT"', '"ETHUSDT"'), 'unknown_symbol', '"ETHUSDT"'],
    [TRADE.replace('"BTCUSDT"', '7'), 'unknown_symbol', '7,"t"'],
    [TRADE.replace('true,"M"', '1,"M"'), 'field_invalid', '1,"M"'],
    [TRADE.replace('3735683259', '"3735683259"'), 'id_invalid', '"3735683259"'],
    [TRADE.replace('3735683259', '9007199254740992'), 'id_invalid', '9007199254740992'],
    [TRADE.replace('1723161255342', '5'), 'time_invalid', '5,"m"'],
    [TRADE.replace('"0.02000000"', '"0"'), 'qty_zero', '"0"'],
    [TRADE.replace('"0.02000000"', '0.02'), 'qty_invalid', '0.02'],
    [TRADE.replace('61837.63', '61837.635'), 'price_off_increment', '"61837.635'],
    [DEPTH.replace('"U":50093239189', '"U":50093239203'), 'id_invalid', '50093239202'],
    [DEPTH.replace('["61730.17000000","1.25000000"]', '["61730.17000000"]'), 'field_invalid', '["61730'],
    [DEPTH.replace('["61730.17000000","1.25000000"]', '[]'), 'field_invalid', '[]'],
    [DEPTH.replace('["61730.17000000","1.25000000"]', '7'), 'field_invalid', '7]'],
    [DEPTH.replace('"61730.17000000"', 'null'), 'price_null', 'null'],
    [DEPTH.replace('"b":[', '"b":{"x":[').replace(']],"a"', ']]},"a"'), 'field_invalid', '{"x"'],
  ])('F8: %s is %s', (text, code, place) => {
    expect(decode(spot, text)).toEqual([[code, text.indexOf(place)]])
  })

  it('F8: a bare event whose symbol has no closing quote gives no tick', () => {
    const bare = SPOT_FRAMES['bare trade'] as string
    expect(outcome(spot, bare)).toBe('TRADE')
    expect(outcome(spot, bare.replace('"BTCUSDT"', '"BTCUSDT}'))).toBe('garbage_text')
  })

  it('F8: a frame that finds no room says so, and writes nothing else', () => {
    expect(decode(spot, DEPTH, 5, 3)).toEqual([['slots_full', DEPTH.indexOf('["61837.64')]])
    expect(decode(spot, TRADE, 5, 1)).toEqual([])
  })
})

describe('Binance USD-M', () => {
  it('F2: trades, book tickers with their emission time, depth with its predecessor', () => {
    const e = 86_056_315e6
    expect(decode(usdm, USDM_FRAMES['trade'] as string)).toEqual([
      ['TRADE', 0, 86_056_321e6, 5, 618_003, 6, 1, 1e6, 5_266_583_935],
    ])
    expect(decode(usdm, USDM_FRAMES['bookTicker'] as string)).toEqual([
      ['QUOTE', 0, e, 5, 618_002, 2_507, 618_003, 2_510, 5_123_107_839_020],
    ])
    expect(decode(usdm, USDM_FRAMES['depth'] as string)).toEqual([
      ['DEPTH', 0, 86_056_299e6, 5, 5_123_107_832_006, 5_123_107_831_937, 3, 0, 5_123_107_837_557],
      ['LEVELS', 3, 0, 1, 587_102, 14, 614_965, 10, 615_109],
    ])
  })

  it('F2: a depth update without predecessor is refused, on spot it is none', () => {
    const depth = (USDM_FRAMES['depth'] as string).replace(/"pu":\d+,/, '')
    expect(outcome(usdm, depth)).toBe('missing_field')
    expect(decode(spot, depth)[0]?.[5]).toBe(-1)
  })
})

describe('REST depth snapshots', () => {
  it('F2: lastUpdateId and levels; the receive time stands in for a missing time', () => {
    const body =
      '{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000",[]]]}'
    expect(decodeSnapshot(spot, body.replace('200"', '000"'))).toEqual([
      ['SNAPSHOT', 0, 5, 5, 0, 0, 1, 1, 1_027_024],
      ['LEVELS', 1, 0, 1, 400, 43_100_000, 0, 0, 0],
      ['LEVELS', 1, 0, -1, 400, 1_200_000, 0, 0, 0],
    ])
    expect(decodeSnapshot(spot, body)).toEqual([['price_off_increment', body.indexOf('"4.00000200')]])
    const timed = `{"lastUpdateId":7,"E":1723161255342,"T":1723161255340,"bids":[],"asks":[]}`
    expect(decodeSnapshot(usdm, timed)).toEqual([['SNAPSHOT', 0, T, 5, 0, 0, 0, 0, 7]])
  })

  it.each([
    ['', 'empty_frame'],
    ['{"lastUpdateId":1,"bids":[]}', 'missing_field'],
    ['{"lastUpdateId":"1","bids":[],"asks":[]}', 'id_invalid'],
    ['{"lastUpdateId":1,"bids":[],"asks":{}}', 'field_invalid'],
    ['{"lastUpdateId":1,"bids":[],"asks":[]', 'truncated_json'],
    ['{"code":-1003,"msg":"Too many requests"}', 'missing_field'],
  ])('F8: %s is %s', (body, code) => {
    expect(decodeSnapshot(spot, body).map(([kind]) => kind)).toEqual([code])
  })
})
