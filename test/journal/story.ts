import type { JournalPort } from '../../src/domain/journal.ts'
import type { BootData, DeniedData, IntentData } from '../../src/domain/journal-records.ts'

const BOOT: BootData = {
  boot: 1,
  node: 'a',
  mode: 'paper',
  version: '0.1.0',
  config_sha256: 'c0',
  instruments: [
    {
      symbol: 'BTCUSDT',
      venue: 'sim',
      price_increment: '0.01',
      qty_increment: '0.00001',
      multiplier: '1',
      base_asset: 'BTC',
      quote_asset: 'USDT',
      calendar: '24/7',
      settlement: 'full',
    },
  ],
  strategies: ['sma'],
  notional_unit: '0.0000001',
}

const ORDER: IntentData['order'] = {
  symbol: 'BTCUSDT',
  strategy: 'sma',
  side: 'buy',
  type: 'limit',
  time_in_force: 'GTC',
  qty: 100,
  price: 6_182_980,
  stop_price: null,
  reducing: false,
}

const INTENT: IntentData = {
  id: 'tg-a-1-1',
  order: ORDER,
  decision: {
    tick: {
      seq: 41,
      event_ns: '1723161268092000000',
      recv_ns: '1723161268093000001',
      reference_price: 6_182_980.5,
    },
    features: { sma_20: 61_800.5, score: null },
    model: { action: 'BUY', limit_price: 6_182_980, qty: null },
  },
  throttle: { rule: 'participation', from: 200, to: 100 },
  checks: [
    ['order_qty', 'pass', 100, null, 'qty'],
    ['order_value_max', 'pass', 618_298_000, '100000000000', 'notional'],
    ['price_collar', 'pass', 6_182_980, 6_400_000, 'price'],
    ['open_orders', 'pass', 0, 10, 'count'],
    ['long_only', 'skip', null, null, 'qty'],
  ],
}

const DENIED: DeniedData = {
  ...INTENT,
  id: null,
  decision: null,
  throttle: null,
  checks: [['market_hours', 'MARKET_CLOSED', 0, 1, 'session']],
  code: 'MARKET_CLOSED',
}

/** A small life of three orders and a denial: 18 records, as the engine writes them. */
export function writeStory(journal: JournalPort): void {
  const add = (kind: string, actor: string, data: object): void => {
    journal.append(kind, actor, data)
    journal.maintain()
  }
  const report = (id: string, rest: object): void =>
    add('REPORT', 'venue:sim', { id, ts: '1', outcome: 'applied', ...rest })
  const fill = (trade_id: string, qty: number): object => ({
    trade_id,
    symbol: 'BTCUSDT',
    side: 'buy',
    qty,
    price: 6_182_980,
    t_ms: 1_723_161_269_000,
    fee: '0.018',
    fee_asset: 'USDT',
    liquidity: 'taker',
  })
  const id = 'tg-a-1-1'
  add('BOOT', 'engine', BOOT)
  add('INTENT', 'strategy:sma', INTENT)
  add('SUBMITTED', 'engine', { id, durations: { risk: 812, journal: 2300 } })
  report(id, { report: 'accepted', venue_order_id: '881', state: 'ACCEPTED', cum: 0, leaves: 100 })
  report(id, { report: 'fill', fill: fill('t1', 40), state: 'PARTIALLY_FILLED', cum: 40, leaves: 60 })
  report(id, {
    report: 'fill',
    fill: fill('t1', 40),
    outcome: 'duplicate',
    state: 'PARTIALLY_FILLED',
    cum: 40,
    leaves: 60,
  })
  add('CANCEL', 'operator:root', { id, reason: 'operator', state: 'PENDING_CANCEL' })
  add('REPLACE', 'engine', { id, qty: 90, price: 6_182_980, state: 'PENDING_REPLACE' })
  report(id, {
    report: 'replaced',
    qty: 90,
    price: 6_182_980,
    state: 'PARTIALLY_FILLED',
    cum: 40,
    leaves: 50,
  })
  report(id, { report: 'fill', fill: fill('t2', 50), state: 'FILLED', cum: 90, leaves: 0 })
  report(id, {
    report: 'rejected',
    reason: 'late',
    outcome: 'quarantined',
    state: 'FILLED',
    cum: 90,
    leaves: 0,
    note: 'ILLEGAL_TRANSITION',
  })
  add('DENIED', 'strategy:sma', DENIED)
  add('INTENT', 'strategy:sma', { ...INTENT, id: 'tg-a-1-2' })
  add('BLOCKED', 'engine', { gate: 2, id: 'tg-a-1-2', reasons: ['KILL'], tick_seq: 42, scope: 'all' })
  add('INTENT', 'strategy:sma', { ...INTENT, id: 'tg-a-1-3' })
  add('SUBMITTED', 'engine', { id: 'tg-a-1-3' })
  add('UNKNOWN', 'recovery', { id: 'tg-a-1-3', reason: 'crash', state: 'UNKNOWN' })
  report('tg-a-1-3', { report: 'canceled', reason: 'query', state: 'CANCELED', cum: 0, leaves: 0 })
}
