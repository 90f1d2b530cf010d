import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { moneyToText } from '../../src/core/money.ts'
import { REASON } from '../../src/domain/reasons.ts'
import type { VenueBalance, VenueOrder, VenuePort } from '../../src/domain/venue.ts'
import { instrumentTable } from '../../src/engine/from-config.ts'
import type { LiveInput } from '../../src/engine/live.ts'
import { ReconcileLoop } from '../../src/engine/reconcile-loop.ts'
import type { Scope } from '../../src/shm/control-plane.ts'
import { OrderRig } from './order-rig.ts'

const AUDIT_MS = 30_000
/** pauses before the second reads of both looks */
const SECOND_READS_MS = 2_000
const CAUSE = { code: 'DRILL', text: 'test', source: 'test' } as const
const ACCOUNT: Scope = { kind: 'account', index: 0 }
const SYMBOL: Scope = { kind: 'symbol', index: 0 }

let rig: OrderRig
let loop: ReconcileLoop
/** what the venue says */
let cash: string
let open: VenueOrder[]
const told: string[] = []

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  rig = await new OrderRig().open()
  cash = '10000'
  open = []
  told.length = 0
  const venue = {
    id: 'sim',
    connect: () => Promise.resolve(),
    queryOpenOrders: () => Promise.resolve(open),
    queryOrder: (_symbol: string, id: string) =>
      Promise.resolve(open.find(({ clientOrderId }) => clientOrderId === id) ?? null),
    queryFills: () => Promise.resolve([]),
    queryNewestFill: () => Promise.resolve(null),
    queryBalances: (): Promise<VenueBalance[]> =>
      Promise.resolve([{ asset: 'USDT', free: cash, locked: '0' }]),
  } as unknown as VenuePort
  const input = {
    ...{ config: rig.config, plane: rig.plane, scopes: rig.scopes, clock: rig.clock, simulated: null },
    table: instrumentTable(rig.config),
    time: { utcNsText: () => '0' },
    onNote: (_level: string, _text: string, details?: { text?: string }) => {
      if (details?.text !== undefined) told.push(details.text)
    },
  } as unknown as LiveInput
  loop = new ReconcileLoop(venue, input, rig.assembly)
  await loop.start(new AbortController().signal)
})
afterEach(() => {
  loop.stop()
  rig.close()
  vi.useRealTimers()
})

/** The next look of the audit, and what comes of it. */
const audit = (): Promise<unknown> => vi.advanceTimersByTimeAsync(AUDIT_MS)
const killed = (scope: Scope): boolean => (rig.plane.scope(scope).load() & REASON.KILL) !== 0

function rearm(scope: Scope): void {
  const word = rig.plane.scope(scope).load()
  expect(rig.assembly.halts.clear(scope, REASON.KILL, 'operator', word, { text: 'seen' }, CAUSE).done).toBe(
    true,
  )
}

/** The account's cash by our books. */
const booked = (): string => moneyToText(rig.assembly.desk.ledger.balances().get('USDT') ?? 0n)

describe('the periodic audit', () => {
  it('O5: a difference in cash halts the account, and re-arming books it as it is', async () => {
    cash = '10050'
    await audit()
    expect([killed(ACCOUNT), booked()]).toEqual([true, '10000'])
    expect(told).toEqual(["cash USDT: ours 10000, the venue's 10050"])
    await audit()
    expect([killed(ACCOUNT), booked()]).toEqual([true, '10000'])
    rearm(ACCOUNT)
    await audit()
    expect([killed(ACCOUNT), booked()]).toEqual([false, '10050'])
  })

  it('O5: a difference that was gone halts again when it comes back, though its text is the same', async () => {
    cash = '10050'
    await audit()
    cash = '10000'
    await audit()
    rearm(ACCOUNT)
    cash = '10050'
    await audit()
    expect([killed(ACCOUNT), booked()]).toEqual([true, '10000'])
    expect(told).toHaveLength(2)
  })

  it('O5: an order that arrives after all halts its symbol and is named; re-arming lets it be', async () => {
    const { desk, trader, reports } = rig.assembly
    trader.onIntent(rig.intent())
    const id = rig.taken[0]?.clientOrderId ?? ''
    reports.onReport({ kind: 'rejected', clientOrderId: id, reason: 'NOT_FOUND_AT_VENUE', ts: '0' })
    expect([desk.orders.get(id)?.state, desk.orders.openCount]).toEqual(['REJECTED', 0])
    open = [{ ...someone(), clientOrderId: id }]
    await audit()
    await vi.advanceTimersByTimeAsync(SECOND_READS_MS)
    expect([killed(SYMBOL), killed(ACCOUNT)]).toEqual([true, false])
    expect(told).toEqual([`order BTCUSDT: ours REJECTED NOT_FOUND_AT_VENUE, the venue's ${id} buy 10`])
    rearm(SYMBOL)
    for (let look = 0; look < 3; look++) await audit()
    expect([killed(SYMBOL), told.length]).toEqual([false, 1])
  })

  it('O5: what is gone is forgotten while another difference stands', async () => {
    open = [someone()]
    cash = '10050'
    await audit()
    expect([killed(ACCOUNT), killed(SYMBOL)]).toEqual([true, true])
    cash = '10000'
    await audit()
    rearm(ACCOUNT)
    cash = '10050'
    await audit()
    expect([killed(ACCOUNT), booked(), told.length]).toEqual([true, '10000', 3])
  })
})

function someone(): VenueOrder {
  return {
    ...{ clientOrderId: 'someone', venueOrderId: '7', symbol: 'BTCUSDT', state: 'open' as const },
    ...{ side: 'buy' as const, qty: 10, cumQty: 0, price: 100 },
  }
}
