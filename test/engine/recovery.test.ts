import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { moneyFromText } from '../../src/core/money.ts'
import { createOrderDraft } from '../../src/domain/draft.ts'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import type { Intent } from '../../src/domain/intent.ts'
import type { JournalRecord } from '../../src/domain/journal.ts'
import type { OrderRequest } from '../../src/domain/order.ts'
import type { ExecutionReport } from '../../src/domain/report.ts'
import { utcNsText } from '../../src/engine/record-text.ts'
import { Recorder } from '../../src/engine/recorder.ts'
import { bookResult, replayJournal, settleInFlight, stateSha256 } from '../../src/engine/recovery.ts'
import { Journal } from '../../src/journal/journal.ts'
import { readJournal } from '../../src/journal/read.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { ClientOrderIds } from '../../src/order/client-order-id.ts'
import { OrderStore } from '../../src/order/order-store.ts'

const BASE_UTC_NS = 1_723_075_200_000_000_000n
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidegate-recovery-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

/** A live engine reduced to what it books and records. */
class Live {
  readonly instruments = new InstrumentTable()
  readonly orders = new OrderStore()
  readonly ledger = new Ledger()
  readonly ids = new ClientOrderIds('a-1', 0)
  readonly journal: Journal
  readonly recorder: Recorder
  #tick = 0

  constructor(at: string) {
    this.instruments.add({ symbol: 'BTCUSDT', venue: 'sim', priceIncrement: '0.01', qtyIncrement: '0.00001' })
    this.instruments.add({
      symbol: 'ETHUSDT',
      venue: 'sim',
      priceIncrement: '0.05',
      qtyIncrement: '0.001',
      multiplier: '10',
      settlement: 'margin',
    })
    this.journal = Journal.open(at, { clock: new VirtualClock(BASE_UTC_NS) })
    this.recorder = new Recorder({
      journal: this.journal,
      instruments: this.instruments.all(),
      strategies: ['sma', 'ema "x"'],
      featureNames: [
        ['sma_20', 'score'],
        ['ema_9', 'score'],
      ],
      bases: {
        eventBaseUtcS: Number(BASE_UTC_NS / 1_000_000_000n),
        recvBaseUtcS: Number(BASE_UTC_NS / 1_000_000_000n),
      },
      intent: 'process',
      rest: 'buffered',
    })
    this.recorder.boot({ boot: 0, node: 'a-1', mode: 'paper', version: '0', config_sha256: 'c' }, 1n)
    const opening = { asset: 'USDT', amount: moneyFromText('100000.5'), instrument: null }
    this.ledger.applyCash(opening)
    this.recorder.cash('opening', opening, -1, 0, '')
  }

  send(strategy: number, instrument: number, side: 'buy' | 'sell', qty: number): string {
    const request: OrderRequest = {
      clientOrderId: this.ids.next(),
      instrument,
      strategy,
      side,
      type: 'limit',
      timeInForce: 'GTC',
      qty,
      price: 100,
      stopPrice: null,
      reducing: false,
    }
    this.#tick += 1
    const intent: Intent = {
      strategy,
      instrument,
      action: side === 'buy' ? 1 : 2,
      tickSeq: this.#tick,
      tickRecvNs: this.#tick * 1e9,
      tickEventNs: this.#tick * 1e9 + 1,
      decidedNs: 0,
      referencePrice: 100.5,
      limitPrice: Number.NaN,
      qty: Number.NaN,
      permit: [1, 2, 3, 4, 5],
      features: new Float64Array([0.1, Number.NaN]),
    }
    const throttle = { rule: null, from: qty, to: qty }
    this.recorder.intent(request, intent, { results: [], throttle })
    this.orders.create(request, this.#tick, '0')
    this.recorder.submitted(request.clientOrderId, '{"risk":812}')
    this.orders.submitted(request.clientOrderId)
    return request.clientOrderId
  }

  report(report: ExecutionReport): void {
    const result = this.orders.apply(report)
    bookResult(result, this.ledger, this.instruments)
    this.recorder.report(report, result, result.order?.request.instrument ?? -1)
  }

  hash(): string {
    return stateSha256(this.orders, this.ledger)
  }
}

type Step =
  | { kind: 'send'; strategy: number; instrument: number; side: 'buy' | 'sell'; qty: number }
  | { kind: 'report'; report: string; order: number; qty: number; price: number; trade: number }
  | { kind: 'request'; cancel: boolean; order: number; qty: number }

const REPORTS = [
  'accepted',
  'rejected',
  'triggered',
  'fill',
  'fill',
  'fill',
  'fill',
  'pending_cancel',
  'cancel_rejected',
  'canceled',
  'expired',
  'pending_replace',
  'replaced',
  'replace_rejected',
  'unknown',
  'trade_bust',
  'trade_correct',
] as const

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    strategy: fc.integer({ min: 0, max: 1 }),
    instrument: fc.integer({ min: 0, max: 1 }),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    qty: fc.integer({ min: 1, max: 50 }),
  }),
  fc.record({
    kind: fc.constant('report' as const),
    report: fc.constantFrom(...REPORTS),
    order: fc.integer({ min: 0, max: 12 }),
    qty: fc.integer({ min: 0, max: 60 }),
    price: fc.integer({ min: 1, max: 1_000 }),
    trade: fc.integer({ min: 0, max: 8 }),
  }),
  fc.record({
    kind: fc.constant('request' as const),
    cancel: fc.boolean(),
    order: fc.integer({ min: 0, max: 12 }),
    qty: fc.integer({ min: 1, max: 60 }),
  }),
)

function perform(live: Live, at: Step): void {
  if (at.kind === 'send') {
    live.send(at.strategy, at.instrument, at.side, at.qty)
    return
  }
  const id = `tg-a-1-0-${(at.order + 1).toString(36)}`
  const order = live.orders.get(id)
  if (at.kind === 'request' && at.cancel) {
    if (order === undefined) return
    live.orders.requestCancel(id, '0', 'test')
    live.recorder.cancel(id, 'test', order.state)
  } else if (at.kind === 'request') {
    if (order === undefined || !['ACCEPTED', 'PARTIALLY_FILLED', 'PENDING_REPLACE'].includes(order.state))
      return
    live.orders.requestReplace(id, at.qty)
    live.recorder.replace(id, { qty: at.qty, price: 7 }, order.state)
  } else {
    live.report(reportOf(at, id, order?.request))
  }
}

function reportOf(
  at: Extract<Step, { kind: 'report' }>,
  id: string,
  request: OrderRequest | undefined,
): ExecutionReport {
  const head = { clientOrderId: id, ts: '1' }
  switch (at.report) {
    case 'accepted':
      return { kind: 'accepted', ...head, venueOrderId: `v${at.order}` }
    case 'fill':
      return {
        kind: 'fill',
        ...head,
        fill: {
          tradeId: String(at.trade),
          instrument: request?.instrument ?? 0,
          side: request?.side ?? 'buy',
          qty: at.qty,
          price: at.price,
          tMs: Number(BASE_UTC_NS / 1_000_000n) + at.trade * 20_000_000,
          feeText: at.qty % 2 === 0 ? '0.00012' : '-0.5',
          feeAsset: at.price % 2 === 0 ? 'USDT' : 'BTC',
          liquidity: 'maker',
        },
      }
    case 'replaced':
      return { kind: 'replaced', ...head, qty: at.qty, price: at.price }
    case 'trade_bust':
      return { kind: 'trade_bust', ...head, tradeId: String(at.trade) }
    case 'trade_correct':
      return { kind: 'trade_correct', ...head, tradeId: String(at.trade), qty: at.qty, price: at.price }
    case 'triggered':
    case 'pending_cancel':
    case 'pending_replace':
      return { kind: at.report, ...head }
    default:
      return { kind: at.report as 'canceled', ...head, reason: 'why "so"' }
  }
}

describe('the recorder', () => {
  it('A3: writes data as JSON.stringify would, in the fixed order of keys', () => {
    const live = new Live(dir)
    const id = live.send(1, 1, 'sell', 9)
    const results = [
      {
        check: 'order_qty' as const,
        unit: 'qty' as const,
        applied: true,
        passed: true,
        code: null,
        value: 9,
        limit: Number.POSITIVE_INFINITY,
        exactValue: null,
        exactLimit: null,
      },
      {
        check: 'order_value_max' as const,
        unit: 'notional' as const,
        applied: true,
        passed: false,
        code: 'ORDER_VALUE_MAX' as const,
        value: 2 ** 60,
        limit: 5,
        exactValue: 2n ** 60n,
        exactLimit: null,
      },
      {
        check: 'long_only' as const,
        unit: 'qty' as const,
        applied: false,
        passed: true,
        code: null,
        value: Number.NaN,
        limit: Number.NaN,
        exactValue: null,
        exactLimit: null,
      },
    ]
    const judgement = { results, throttle: { rule: 'spread' as const, from: 9, to: 4 } }
    const outside = {
      ...(live.orders.get(id) as { request: OrderRequest }).request,
      clientOrderId: live.ids.next(),
      strategy: -1,
    }
    live.recorder.intent(outside, null, judgement, 'operator:ann')
    live.orders.create(outside, -1, '0')
    const draft = { ...createOrderDraft(), strategy: 0, qty: 3, price: 8 }
    live.recorder.denied(draft, true, 'ORDER_VALUE_MAX', null, judgement)
    live.recorder.blocked({
      gate: 2,
      id: outside.clientOrderId,
      strategy: '',
      symbol: 'ETHUSDT',
      tick_seq: 9,
      scope: 'all',
      reasons: ['KILL'],
    })
    live.orders.deny(outside.clientOrderId, 'BLOCKED')
    const unsent = live.send(0, 0, 'buy', 1)
    live.report({ kind: 'accepted', clientOrderId: unsent, venueOrderId: 'v', ts: '1' })
    live.report({
      kind: 'fill',
      clientOrderId: 'nobody',
      ts: '1',
      fill: {
        tradeId: '"q"',
        instrument: 0,
        side: 'buy',
        qty: Number.NaN,
        price: 1,
        tMs: 2,
        feeText: '0',
        feeAsset: 'U',
        liquidity: 'unknown',
        account: 'second',
      },
    })
    live.recorder.adopted({ ...outside, clientOrderId: 'web_1' }, '77')
    live.orders.create({ ...outside, clientOrderId: 'web_1' }, -1, '0')
    live.orders.apply({ kind: 'accepted', clientOrderId: 'web_1', venueOrderId: '77', ts: '1' })
    const eth = live.instruments.get(1)
    const funding = { asset: 'USDT', amount: -5n, instrument: eth }
    live.recorder.cash('funding', funding, 1, 7, 'ref')
    live.ledger.applyCash(funding)
    live.recorder.day(eth, 19_943, 100.5)
    live.ledger.startDay(eth, 19_943, 100.5)
    const never = live.ids.next()
    live.recorder.intent({ ...outside, clientOrderId: never }, null, judgement)
    live.orders.create({ ...outside, clientOrderId: never }, -1, '0')
    live.recorder.notSent(never, 'BUSY')
    live.orders.deny(never, 'BUSY')
    const control = {
      scope: 'all',
      set: ['KILL', 'PAUSE'],
      cleared: [],
      generation: 2,
      code: 'OPERATOR',
      text: '',
      source: 'cli',
      policy: 'operator',
      tick_seq: 3,
    }
    live.recorder.control('operator:ann', control)
    live.recorder.control('operator:ann', { ...control, set: [], cleared: ['PAUSE'], generation: 3 })
    live.recorder.recovery({ records: 1, head: '', state_sha256: '', torn_bytes: 0, unknown: [], open: [] })
    live.recorder.note('SOMETHING_NEW', 'engine', { id: 'x' })
    live.journal.close()
    const lines = readFileSync(join(dir, '000001.ndjson'), 'utf8').trimEnd().split('\n')
    for (const line of lines) expect(JSON.stringify(JSON.parse(line))).toBe(line)
    const replay = replayJournal(readJournal(dir))
    expect(stateSha256(replay.orders, replay.ledger)).toBe(live.hash())
    expect([...replay.controls]).toEqual([
      [
        'all',
        { reasons: new Set(['KILL']), generation: 3, last: expect.objectContaining({ cleared: ['PAUSE'] }) },
      ],
    ])
    expect([replay.tickSeq, replay.orderSequence, replay.endedClean, replay.boot?.node]).toEqual([
      9,
      4,
      false,
      'a-1',
    ])
    const denied = [...readJournal(dir)].find(({ kind }) => kind === 'DENIED')
    expect(denied).toMatchObject({
      actor: 'strategy:sma',
      data: {
        id: null,
        code: 'ORDER_VALUE_MAX',
        order: { qty: 3, price: 8, stop_price: null, reducing: true },
        throttle: { rule: 'spread', from: 9, to: 4 },
        checks: [
          ['order_qty', 'pass', 9, null, 'qty'],
          ['order_value_max', 'ORDER_VALUE_MAX', '1152921504606846976', 5, 'notional'],
          ['long_only', 'skip', null, null, 'qty'],
        ],
      },
    })
  })

  it('writes event times as UTC ns', () => {
    expect(utcNsText(1_723_075_200, 86_068_092_000_001)).toBe('1723161268092000001')
    expect(utcNsText(1_723_075_200, -1)).toBe('1723075199999999999')
    expect(utcNsText(5, Number.NaN)).toBe('0')
  })
})

describe('replay of the journal', () => {
  it('O9: refuses what it cannot know: other increments, an undefined symbol, a report that does not exist', () => {
    const record = (kind: string, data: object): JournalRecord => ({
      seq: 1,
      ts: '1',
      mono: '1',
      kind,
      actor: 'x',
      data: data as JournalRecord['data'],
      hash: '',
    })
    const live = new Live(dir)
    live.journal.close()
    const boot = [...readJournal(dir)][0] as JournalRecord
    const instruments = new InstrumentTable()
    instruments.add({ symbol: 'BTCUSDT', priceIncrement: '0.1', qtyIncrement: '0.00001' })
    expect(() => replayJournal([boot], { instruments })).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID', exitCode: 4 }),
    )
    const intent = record('INTENT', { id: 'a', order: { symbol: 'NONE' } })
    expect(() => replayJournal([boot, intent])).toThrow(/no BOOT record defines NONE/)
    expect(() => replayJournal([boot, record('REPORT', { id: 'a', report: 'liquidated' })])).toThrow(
      /no report is called/,
    )
    const ended = replayJournal([boot, record('SUMMARY', {})], { strategies: ['own'] })
    expect([ended.endedClean, ended.index.strategies]).toEqual([true, ['own', 'sma', 'ema "x"']])
  })

  it('O9: takes how far fills were read, and which orders may owe one, venue by venue', () => {
    const live = new Live(join(dir, 'journal'))
    const ends = (): string => {
      const clientOrderId = live.send(0, 0, 'buy', 5)
      live.report({ kind: 'canceled', clientOrderId, reason: 'x', ts: '0' })
      return clientOrderId
    }
    const note = (data: object): void => {
      live.recorder.note('RECONCILED', 'engine', { venue: 'sim', ok: true, fills_applied: 0, ...data })
    }
    const [first, second] = [ends(), ends()]
    const now = (): unknown => {
      live.journal.flush()
      const { orders, readUpTo } = replayJournal(readJournal(live.journal.dir))
      const doubtful = [...orders.closed.doubtful()].map(({ request }) => request.clientOrderId)
      return [doubtful, Object.fromEntries(readUpTo)]
    }
    const mark = (trade_id: string): object => ({ trade_id, t_ms: 7 })
    note({ venue: 'other', read_up_to: {}, doubtful: [] })
    note({ ok: false })
    expect(now()).toEqual([[first, second], {}])
    note({ ok: false, read_up_to: { BTCUSDT: mark('1'), ETHUSDT: mark('2') }, doubtful: [second] })
    const read = { BTCUSDT: { tradeId: '1', tMs: 7 }, ETHUSDT: { tradeId: '2', tMs: 7 } }
    expect(now()).toEqual([[second], read])
    note({ read_up_to: { BTCUSDT: null }, doubtful: [second] })
    expect(now()).toEqual([[second], { ETHUSDT: read.ETHUSDT }])
    note({})
    expect(now()).toEqual([[], { ETHUSDT: read.ETHUSDT }])
    live.journal.close()
  })

  it('O10: a bust that is too old for the ledger says so', () => {
    const live = new Live(dir)
    const ledger = new Ledger({ historyMax: 0 })
    const id = live.send(0, 0, 'buy', 5)
    const fill = {
      tradeId: 't',
      instrument: 0,
      side: 'buy' as const,
      qty: 5,
      price: 1,
      tMs: 2,
      feeText: '0',
      feeAsset: 'U',
      liquidity: 'maker' as const,
    }
    expect(
      bookResult(
        live.orders.apply({ kind: 'fill', clientOrderId: id, fill, ts: '1' }),
        ledger,
        live.instruments,
      ),
    ).toBe(true)
    const bust = live.orders.apply({ kind: 'trade_bust', clientOrderId: id, tradeId: 't', ts: '1' })
    expect(bookResult(bust, ledger, live.instruments)).toBe(false)
    live.journal.close()
  })

  it('O9: replay(journal) equals the live state, hash for hash, whatever venues say', () => {
    let runs = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
        runs += 1
        const at = join(dir, String(runs))
        const live = new Live(at)
        for (const one of steps) perform(live, one)
        live.journal.close()
        expect(live.journal.failure?.code).toBe('JOURNAL_CLOSED')
        const replay = replayJournal(readJournal(at))
        expect(replay.orders.stateCanon()).toBe(live.orders.stateCanon())
        expect(replay.ledger.stateCanon()).toBe(live.ledger.stateCanon())
        expect(stateSha256(replay.orders, replay.ledger)).toBe(live.hash())
        expect(replay.ledger.balancesText()).toEqual(live.ledger.balancesText())
        expect(replay.orders.quarantine.total).toBe(live.orders.quarantine.total)
        expect(verifyJournal(at).ok).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('O3: a journal that ends after any record recovers, with nothing in flight and no fill lost', () => {
    let runs = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        runs += 1
        const live = new Live(join(dir, `crash${runs}`))
        for (const one of steps) perform(live, one)
        live.journal.close()
        const records = [...readJournal(join(dir, `crash${runs}`))]
        const journal = Journal.open(join(dir, `after${runs}`), { clock: new VirtualClock(BASE_UTC_NS) })
        for (let length = 1; length <= records.length; length++) {
          const stored = records.slice(0, length)
          const replay = replayJournal(stored)
          const recorder = new Recorder({
            journal,
            instruments: [],
            strategies: [],
            featureNames: [],
            bases: { eventBaseUtcS: 0, recvBaseUtcS: 0 },
            intent: 'buffered',
            rest: 'buffered',
          })
          const unknown = settleInFlight(replay.orders, recorder, '0')
          const inFlight = [...replay.orders.open()].filter(
            ({ state }) => state === 'INITIALIZED' || state === 'SUBMITTED',
          )
          expect(inFlight).toEqual([])
          for (const id of unknown) expect(replay.orders.get(id)?.state).toBe('UNKNOWN')
          const booked = stored.filter(
            ({ data }) => data['report'] === 'fill' && data['outcome'] === 'applied',
          ).length
          const busted = stored.filter(
            ({ data }) => data['report'] === 'trade_bust' && data['outcome'] === 'applied',
          ).length
          const instruments = replay.index.instruments.all()
          expect(instruments.reduce((sum, one) => sum + replay.ledger.fills(one), 0)).toBe(booked - busted)
        }
        journal.close()
      }),
      { numRuns: 60 },
    )
  })

  it('O3: an intent or a submission without outcome is UNKNOWN after a crash, and stays recorded as such', () => {
    const live = new Live(dir)
    const known = live.send(0, 0, 'buy', 5)
    live.report({ kind: 'accepted', clientOrderId: known, venueOrderId: '1', ts: '1' })
    const lost = live.send(0, 0, 'buy', 5)
    live.journal.close()
    const journal = Journal.open(dir, { clock: new VirtualClock(BASE_UTC_NS) })
    const replay = replayJournal(readJournal(dir))
    const recorder = new Recorder({
      journal,
      instruments: replay.index.instruments.all(),
      strategies: replay.index.strategies,
      featureNames: [],
      bases: { eventBaseUtcS: 0, recvBaseUtcS: 0 },
      intent: 'process',
      rest: 'process',
    })
    expect(settleInFlight(replay.orders, recorder, '0')).toEqual([lost])
    expect(replay.orders.get(lost)?.state).toBe('UNKNOWN')
    expect(replay.orders.hasUnknown(0, 0)).toBe(true)
    expect(replay.orders.openQty(0, 'buy')).toBe(10)
    journal.close()
    const again = replayJournal(readJournal(dir))
    expect(stateSha256(again.orders, again.ledger)).toBe(stateSha256(replay.orders, replay.ledger))
    expect(again.orderSequence).toBe(2)
    expect(again.tickSeq).toBe(2)
  })
})
