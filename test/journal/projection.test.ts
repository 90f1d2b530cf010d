import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { explainOrder } from '../../src/journal/explain.ts'
import { Journal } from '../../src/journal/journal.ts'
import { isoNs } from '../../src/journal/numbers.ts'
import { Projection } from '../../src/journal/projection.ts'
import { journalDir } from '../../src/journal/segments.ts'
import { writeStory } from './story.ts'

let stateDir: string
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tidegate-projection-'))
})
afterEach(() => {
  rmSync(stateDir, { recursive: true, force: true })
})

const open = (): Journal =>
  Journal.open(journalDir(stateDir), {
    clock: new VirtualClock(1_723_161_268_501_000_007n),
    segmentBytesMax: 1_500,
  })
const project = (file = join(stateDir, 'projection.db')): Projection =>
  new Projection(journalDir(stateDir), file)

describe('Projection', () => {
  it('A3: follows the journal by position, over segments and reopenings', () => {
    const journal = open()
    const projection = project()
    expect(projection.catchUp()).toBe(0)
    writeStory(journal)
    expect(projection.catchUp(3)).toBe(3)
    expect(projection.catchUp()).toBe(journal.events - 3)
    expect(projection.position()).toEqual({
      events: journal.events,
      head: journal.head,
      content_sha256: journal.contentHead,
    })
    projection.close()
    journal.append('RECONCILED', 'engine', { differences: [] })
    const again = project()
    expect(again.catchUp()).toBe(1)
    expect(again.position().head).toBe(journal.head)
    expect(again.orders(10).map(({ id, state, cum, leaves }) => [id, state, cum, leaves])).toEqual([
      ['tg-a-1-3', 'CANCELED', 0, 0],
      ['tg-a-1-2', 'DENIED', 0, 0],
      ['tg-a-1-1', 'FILLED', 90, 0],
    ])
    expect(again.orders(10, 'DENIED')).toHaveLength(1)
    again.close()
    journal.close()
  })

  it('waits for the end of a line that is still being written', () => {
    const journal = open()
    journal.append('A', 'x', { n: 1 })
    journal.close()
    const path = join(journalDir(stateDir), '000001.ndjson')
    const whole = readFileSync(path)
    writeFileSync(path, whole.subarray(0, whole.length - 10))
    const projection = project(':memory:')
    expect(projection.catchUp()).toBe(0)
    expect(projection.fault).toBeNull()
    appendFileSync(path, whole.subarray(whole.length - 10))
    expect(projection.catchUp()).toBe(1)
    projection.close()
  })

  it('O10: knows adopted orders, orders that did not leave, busts and corrections', () => {
    const journal = open()
    const order = {
      symbol: 'X',
      strategy: '',
      side: 'buy',
      type: 'market',
      time_in_force: 'IOC',
      qty: 9,
      price: null,
      stop_price: null,
      reducing: false,
    }
    const fill = {
      trade_id: 't',
      symbol: 'X',
      side: 'buy',
      qty: 4,
      price: 7,
      t_ms: 0,
      fee: '0',
      fee_asset: 'U',
      liquidity: 'maker',
      account: 'b',
    }
    const report = (id: string, rest: object): number =>
      journal.append('REPORT', 'venue', {
        id,
        outcome: 'applied',
        state: 'PARTIALLY_FILLED',
        cum: 4,
        leaves: 5,
        ...rest,
      })
    journal.append('ADOPTED', 'engine', { id: 'a', order, venue_order_id: '5' })
    journal.append('INTENT', 'outside', { id: 'n', order, decision: null, throttle: null, checks: [] })
    journal.append('NOT_SENT', 'engine', { id: 'n', code: 'BUSY' })
    report('a', { report: 'fill', fill })
    report('a', { report: 'fill', fill: { ...fill, trade_id: 'u' } })
    report('a', { report: 'trade_correct', trade_id: 't', qty: 3, price: 8 })
    report('a', { report: 'trade_bust', trade_id: 'u' })
    report('stranger', { report: 'canceled', state: null })
    journal.append('MISMATCH', 'engine', { id: 'a' })
    const projection = project(':memory:')
    projection.catchUp()
    expect(
      projection
        .orders(9)
        .map(({ id, state, reason, venue_order_id }) => [id, state, reason, venue_order_id]),
    ).toEqual([
      ['n', 'DENIED', 'BUSY', null],
      ['a', 'PARTIALLY_FILLED', null, '5'],
    ])
    expect(
      projection
        .fills('a')
        .map(({ trade_id, account, qty, price, busted }) => [trade_id, account, qty, price, busted]),
    ).toEqual([
      ['t', 'b', 3, 8, 0],
      ['u', 'b', 4, 7, 1],
    ])
    const story = explainOrder(projection, 'n')
    expect(story).toMatchObject({
      run: null,
      tick: null,
      features: null,
      model: null,
      checks: [],
      throttle: null,
    })
    expect(story?.order).toMatchObject({ qty: '9 increments', state: 'DENIED', reason: 'BUSY' })
    expect(explainOrder(projection, 'a')?.timeline.map(({ text }) => text)).toEqual([
      '',
      'fill 4 increments at 7 increments, trade t',
      'fill 4 increments at 7 increments, trade u',
      'trade_correct',
      'trade_bust',
      '',
    ])
    projection.close()
    journal.close()
  })

  it('leaves the tables as they were when a record cannot be taken in', () => {
    const journal = open()
    journal.append('INTENT', 'outside', { id: 'n', order: null })
    journal.close()
    const projection = project(':memory:')
    expect(() => projection.catchUp()).toThrow()
    expect(projection.events()).toEqual([])
    expect(projection.position().events).toBe(0)
    projection.close()
  })

  it('is built anew when the journal is another one', () => {
    const journal = open()
    writeStory(journal)
    journal.close()
    const projection = project()
    projection.catchUp()
    projection.close()
    rmSync(journalDir(stateDir), { recursive: true })
    const other = open()
    other.append('BOOT', 'engine', { boot: 1, instruments: [] })
    other.close()
    const again = project()
    expect(again.catchUp()).toBe(1)
    expect(again.orders(5)).toEqual([])
    expect(again.events().map(({ kind }) => kind)).toEqual(['BOOT'])
    again.close()
  })

  it('A3: stops at the first record that does not verify, and says which', () => {
    const journal = open()
    writeStory(journal)
    journal.close()
    const path = join(journalDir(stateDir), '000001.ndjson')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"side":"buy"', '"side":"sel"'))
    const projection = project(':memory:')
    expect(projection.catchUp()).toBe(1)
    expect(projection.fault).toMatchObject({ code: 'HASH_MISMATCH', seq: 2 })
    projection.close()
  })

  it('filters events', () => {
    const journal = open()
    writeStory(journal)
    journal.close()
    const projection = project(':memory:')
    projection.catchUp()
    expect(projection.events({ kind: 'REPORT', order: 'tg-a-1-1', limit: 2 }).map(({ seq }) => seq)).toEqual([
      10, 11,
    ])
    expect(projection.events({ from: 2, to: 3 }).map(({ kind }) => kind)).toEqual(['INTENT', 'SUBMITTED'])
    expect(projection.events({ actor: 'nobody' })).toEqual([])
    expect(projection.lastBefore('BOOT', 0)).toBeUndefined()
    projection.close()
  })

  it('does not open a file that it may not write', () => {
    const journal = open()
    journal.close()
    const file = join(stateDir, 'locked', 'projection.db')
    writeFileSync(join(stateDir, 'locked'), 'no directory')
    chmodSync(join(stateDir, 'locked'), 0o400)
    expect(() => project(file)).toThrow()
  })
})

describe('explain', () => {
  const explained = (which: string): ReturnType<typeof explainOrder> => {
    const journal = open()
    writeStory(journal)
    journal.close()
    const projection = project(':memory:')
    projection.catchUp()
    const story = explainOrder(projection, which)
    projection.close()
    return story
  }

  it('A3: tells tick, features, model, checks and reports of an order, in decimals', () => {
    const story = explained('tg-a-1-1')
    expect(story?.order).toEqual({
      id: 'tg-a-1-1',
      venue_order_id: '881',
      symbol: 'BTCUSDT',
      strategy: 'sma',
      side: 'buy',
      type: 'limit',
      time_in_force: 'GTC',
      qty: '0.0009',
      price: '61829.8',
      stop_price: null,
      state: 'FILLED',
      filled: '0.0009',
      open: '0',
      reason: null,
    })
    expect(story?.run).toEqual({ boot: 1, node: 'a', mode: 'paper', version: '0.1.0', config_sha256: 'c0' })
    expect(story?.tick).toEqual({
      seq: 41,
      event_time: '2024-08-08T23:54:28.092000000Z',
      receive_time: '2024-08-08T23:54:28.093000001Z',
      reference_price: '61829.805',
    })
    expect(story?.features).toEqual({ sma_20: 61_800.5, score: null })
    expect(story?.model).toEqual({ action: 'BUY', limit_price: '61829.8', qty: null })
    expect(story?.throttle).toEqual({ rule: 'participation', from: '0.002', to: '0.001' })
    expect(story?.checks).toEqual([
      { check: 'order_qty', outcome: 'pass', value: '0.001', limit: null, unit: 'qty' },
      { check: 'order_value_max', outcome: 'pass', value: '61.8298', limit: '10000', unit: 'notional' },
      { check: 'price_collar', outcome: 'pass', value: '61829.8', limit: '64000', unit: 'price' },
      { check: 'open_orders', outcome: 'pass', value: '0', limit: '10', unit: 'count' },
      { check: 'long_only', outcome: 'skip', value: null, limit: null, unit: 'qty' },
    ])
    expect(story?.fills).toEqual([
      {
        trade_id: 't1',
        time: '2024-08-08T23:54:29.000Z',
        side: 'buy',
        qty: '0.0004',
        price: '61829.8',
        fee: '0.018',
        fee_asset: 'USDT',
        liquidity: 'taker',
        busted: false,
      },
      expect.objectContaining({ trade_id: 't2', qty: '0.0005' }),
    ])
    expect(story?.timeline.map(({ kind, state, text }) => [kind, state, text])).toEqual([
      ['INTENT', null, ''],
      ['SUBMITTED', null, 'risk 812 ns, journal 2300 ns'],
      ['REPORT', 'ACCEPTED', 'accepted'],
      ['REPORT', 'PARTIALLY_FILLED', 'fill 0.0004 at 61829.8, trade t1'],
      ['REPORT', 'PARTIALLY_FILLED', 'fill 0.0004 at 61829.8, trade t1 (duplicate)'],
      ['CANCEL', 'PENDING_CANCEL', 'operator'],
      ['REPLACE', 'PENDING_REPLACE', ''],
      ['REPORT', 'PARTIALLY_FILLED', 'replaced'],
      ['REPORT', 'FILLED', 'fill 0.0005 at 61829.8, trade t2'],
      ['REPORT', 'FILLED', 'rejected late (quarantined) ! ILLEGAL_TRANSITION'],
    ])
  })

  it('A3: finds an order by the venue’s id and by any of its records', () => {
    expect(explained('881')?.order['id']).toBe('tg-a-1-1')
    expect(explained('#3')?.order['id']).toBe('tg-a-1-1')
  })

  it('A3: explains a denial, which has no order, by its sequence', () => {
    const story = explained('12')
    expect(story?.order).toMatchObject({
      id: null,
      symbol: 'BTCUSDT',
      qty: '0.001',
      state: 'DENIED',
      reason: 'MARKET_CLOSED',
    })
    expect(story?.tick).toBeNull()
    expect(story?.checks).toEqual([
      { check: 'market_hours', outcome: 'MARKET_CLOSED', value: '0', limit: '1', unit: 'session' },
    ])
  })

  it('A3: an order that a gate stopped, one of unknown outcome, and a record that is no order', () => {
    expect(explained('tg-a-1-2')?.order).toMatchObject({ state: 'DENIED', reason: 'BLOCKED' })
    expect(explained('tg-a-1-3')?.timeline.map(({ state }) => state)).toContain('UNKNOWN')
    expect(explained('1')?.order).toEqual({ id: null, state: null })
    expect(explained('9999')).toBeNull()
    expect(explained('tg-nobody')).toBeNull()
  })

  it('writes ns times exactly, before 1970 too', () => {
    expect(isoNs('1723161268092000001')).toBe('2024-08-08T23:54:28.092000001Z')
    expect(isoNs('-1')).toBe('1969-12-31T23:59:59.999999999Z')
  })
})
