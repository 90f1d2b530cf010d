import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import {
  fillOf,
  type OrderBody,
  orderOf,
  type TradeBody,
} from '../../../src/venue/binance-spot/account-data.ts'
import { exchangeRules } from '../../../src/venue/binance-spot/exchange-rules.ts'
import { OrderTracker } from '../../../src/venue/binance-spot/order-tracker.ts'
import { orderOutcome } from '../../../src/venue/binance-spot/outcome.ts'
import { reportsOf } from '../../../src/venue/binance-spot/user-data.ts'

const PAYLOADS = new URL('../../fixtures/payloads/binance-spot.ndjson.gz', import.meta.url)
const payloads = gunzipSync(readFileSync(PAYLOADS))
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { context: string; payload: string })
  .map(({ context, payload }) => ({ context, body: JSON.parse(payload) as unknown }))

const table = new InstrumentTable()
for (const symbol of ['LTCBTC', 'BTCUSDT', 'ETHBTC']) {
  table.add({ symbol, priceIncrement: '0.00000001', qtyIncrement: '0.00000001' })
}

function payload(context: string): unknown {
  return payloads.find((entry) => entry.context.endsWith(context))?.body
}

describe('payloads of the official client', () => {
  it('F2: orders and trades of queries are read without loss', () => {
    const [order] = payload('test_get_open_orders_success') as OrderBody[]
    expect(orderOf(order as OrderBody, table.get(0))).toEqual({
      clientOrderId: 'myOrder1',
      venueOrderId: '1',
      symbol: 'LTCBTC',
      state: 'open',
      side: 'buy',
      qty: 100_000_000,
      cumQty: 0,
      price: 10_000_000,
    })
    const { result } = payload('TestWebSocketAccountApi.test_my_trades_success') as { result: TradeBody[] }
    for (const trade of result) {
      const { fill } = fillOf(
        { ...trade, price: trade.price ?? '1', qty: trade.qty ?? '1' },
        table.get(1),
        null,
      )
      expect(fill.tradeId).toBe(String(trade.id))
    }
  })

  it('F2: rules of exchangeInfo are read, unknown filters kept', () => {
    const { result } = payload('test_exchange_info_success') as { result: unknown }
    for (const rules of exchangeRules(result)) expect(rules.symbol).toMatch(/^[A-Z]+$/)
  })

  it('F2: no payload makes a reader throw anything but a coded error', () => {
    for (const { body } of payloads) {
      expect(['accepted', 'rejected', 'unknown']).toContain(orderOutcome(body as never).kind)
      const read = (): unknown => reportsOf(body, table, new OrderTracker())
      try {
        read()
      } catch (error) {
        expect(error).toMatchObject({ code: 'EVENT_MALFORMED' })
      }
    }
  })
})

/** The documentation's `executionReport` (user-data-stream.md). */
const NEW_EVENT = {
  e: 'executionReport',
  E: 1499405658658,
  s: 'ETHBTC',
  c: 'mUvoqJxFIILMdfAW5iGSOW',
  S: 'BUY',
  o: 'LIMIT',
  f: 'GTC',
  q: '1.00000000',
  p: '0.10264410',
  P: '0.00000000',
  F: '0.00000000',
  g: -1,
  C: '',
  x: 'NEW',
  X: 'NEW',
  r: 'NONE',
  i: 4293153,
  l: '0.00000000',
  z: '0.00000000',
  L: '0.00000000',
  n: '0',
  N: null,
  T: 1499405658657,
  t: -1,
  v: 3,
  I: 8641984,
  w: true,
  m: false,
  M: false,
  O: 1499405658657,
  Z: '0.00000000',
  Y: '0.00000000',
  Q: '0.00000000',
  W: 1499405658657,
  V: 'NONE',
}

describe('reportsOf', () => {
  const id = NEW_EVENT.c
  const kinds = (tracker: OrderTracker, ...events: object[]): string[] =>
    events.flatMap((event) => reportsOf({ ...NEW_EVENT, ...event }, table, tracker).map(({ kind }) => kind))

  it('O1: tells acceptance once, whichever of answer and event comes first', () => {
    const tracker = new OrderTracker()
    expect(reportsOf(NEW_EVENT, table, tracker)).toEqual([
      { kind: 'accepted', clientOrderId: id, venueOrderId: '4293153', ts: '1499405658658000000' },
    ])
    expect(kinds(tracker, {})).toEqual([])
    const answered = new OrderTracker()
    expect(answered.accept(id, '4293153')).toBe(true)
    expect(kinds(answered, {})).toEqual([])
  })

  it('O6: a fill is told also after the end, and brings the acceptance that was lost', () => {
    const tracker = new OrderTracker()
    const trade = { x: 'TRADE', X: 'PARTIALLY_FILLED', l: '0.5', L: '0.1', n: '0.001', N: 'BNB', t: 7 }
    expect(
      kinds(tracker, trade, { x: 'CANCELED', X: 'CANCELED', c: 'other', C: id }, { ...trade, t: 8 }),
    ).toEqual(['accepted', 'fill', 'canceled', 'fill'])
  })

  it('O1: a cancel names the order in C', () => {
    const [report] = reportsOf(
      { ...NEW_EVENT, x: 'CANCELED', X: 'CANCELED', c: 'cancel-7', C: id },
      table,
      accepted(),
    )
    expect(report).toMatchObject({ kind: 'canceled', clientOrderId: id })
  })

  it('O1: ends are told once, by their reason', () => {
    const tracker = accepted()
    const expired = { x: 'EXPIRED', X: 'EXPIRED', eR: 'UNFILLED_IOC_QUANTITY_EXPIRED' }
    expect(kinds(tracker, expired, expired, { x: 'CANCELED', X: 'CANCELED' })).toEqual(['expired'])
    const stp = { x: 'TRADE_PREVENTION', X: 'EXPIRED_IN_MATCH' }
    expect(reportsOf({ ...NEW_EVENT, ...stp }, table, accepted())).toMatchObject([
      { kind: 'expired', reason: 'EXPIRED_IN_MATCH' },
    ])
    expect(kinds(accepted(), { x: 'TRADE_PREVENTION', X: 'PARTIALLY_FILLED' })).toEqual([])
  })

  it('O1: a stop is triggered once, when it starts to work', () => {
    const stop = { o: 'STOP_LOSS_LIMIT', P: '0.2' }
    expect(
      kinds(new OrderTracker(), { ...stop, w: false }, { ...stop, w: true }, { ...stop, w: true }),
    ).toEqual(['accepted', 'triggered'])
  })

  it('O4: a rejection after an acceptance is no news', () => {
    const rejected = { x: 'REJECTED', X: 'REJECTED', r: 'INSUFFICIENT_BALANCES' }
    expect(kinds(accepted(), rejected)).toEqual([])
    expect(reportsOf({ ...NEW_EVENT, ...rejected }, table, new OrderTracker())).toMatchObject([
      { kind: 'rejected', reason: 'INSUFFICIENT_BALANCES' },
    ])
  })

  it('F2: unknown types and foreign symbols tell nothing; a fill that cannot be read is an error', () => {
    expect(kinds(accepted(), { x: 'SOMETHING_NEW' })).toEqual([])
    expect(kinds(new OrderTracker(), { s: 'DOGEUSDT', x: 'TRADE' })).toEqual([])
    const unreadable = { ...NEW_EVENT, x: 'TRADE', l: '0.000000001', L: '0.1', t: 1 }
    expect(() => reportsOf(unreadable, table, accepted())).toThrow('not a multiple')
  })

  function accepted(): OrderTracker {
    const tracker = new OrderTracker()
    tracker.accept(id, '4293153')
    return tracker
  }
})
