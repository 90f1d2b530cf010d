import { moneyFromText, moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import { type Order, TERMINAL_STATES } from '../domain/order.ts'
import type { VenueBalance, VenueOrder, VenuePort } from '../domain/venue.ts'
import { applyVenueOrder } from './order-evidence.ts'
import { bookUnreadFills, type UnreadHost } from './unread-fills.ts'

/**
 * A thing the venue and we do not agree on. It halts the symbol (orders) or the account (cash). What is held of a symbol
 * is the balance of its base asset, so a position that differs is a difference in cash.
 */
export interface Difference {
  readonly kind: 'foreign_order' | 'order' | 'cash'
  /** symbol, or asset for cash */
  readonly subject: string
  readonly ours: string
  readonly venues: string
}

/** A difference as operators read it: the same words as long as it is the same difference. */
export function differenceText({ kind, subject, ours, venues }: Difference): string {
  return `${kind} ${subject}: ours ${ours}, the venue's ${venues}`
}

export interface ReconcileResult {
  readonly ok: boolean
  readonly differences: readonly Difference[]
  readonly fillsApplied: number
  /** client order ids whose outcome is still not known */
  readonly unresolved: readonly string[]
}

const OPEN_AT_VENUE: ReadonlySet<VenueOrder['state']> = new Set(['open', 'partially_filled'])

/** What reconciliation needs of the engine. `apply` runs the same way as a report from the stream. */
export interface ReconcileHost extends UnreadHost {
  readonly instruments: readonly Instrument[]
  /** our orders that are not terminal */
  openOrders(): readonly Order[]
  /** our orders that ended short of their quantity, and that no read has settled since */
  doubtfulOrders(): readonly Order[]
  /** takes a settled order back: a fill of it may be missing after all */
  doubt(order: Order): void
  /** "ours" by prefix, CONTRACTS: client order id */
  isOurs(clientOrderId: string): boolean
  /** total by asset that our books expect, exact text; an asset that is not in it is not ours to know */
  expectedBalances(): ReadonlyMap<string, string>
  /** an operator has let this difference be */
  isAccepted(difference: Difference): boolean
  /** ms since the order's submission, on the monotonic clock */
  ageMs(order: Order): number
  /** interruptible sleep; resolves early when the engine stops */
  sleep(ms: number): Promise<void>
}

export interface ReconcileOptions {
  /** after this age, "not found" twice is proof that a submission never arrived (venue's window plus visibility lag) */
  readonly notFoundFenceMs: number
  /** pause between the two reads of such a proof */
  readonly secondReadMs: number
  /** foreign orders are a difference, or left alone */
  readonly foreignOrders: 'halt' | 'ignore'
}

/**
 * One procedure for start, reconnect and the periodic audit (DESIGN 4). The caller has opened the stream and buffers
 * its reports before calling; it drains the buffer, with the same dedupe, after. Fills come first, then order states,
 * so that a terminal state never hides an execution. Nothing is invented: what cannot be proved stays UNKNOWN.
 *
 * @throws what the venue's queries throw; the caller stays RECONCILING and tries again
 */
export async function reconcile(
  venue: VenuePort,
  host: ReconcileHost,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  let fillsApplied = 0
  const settled: Order[] = []
  const counted: ReconcileHost = {
    ...host,
    apply: (report) => {
      const outcome = host.apply(report)
      if (report.kind === 'fill' && outcome === 'applied') fillsApplied++
      return outcome
    },
    settle: (order) => {
      settled.push(order)
      host.settle(order)
    },
  }
  const venueOpen = await venue.queryOpenOrders(null)
  const ours = host.openOrders()
  const differences = foreignOrders(venueOpen, host, options).filter((found) => !host.isAccepted(found))
  // Judged before fills are read: those may end an order that was open when the venue answered.
  const suspects = endedOrders(venueOpen, host)
  const doubtful = Map.groupBy(host.doubtfulOrders(), ({ request }) => request.instrument)
  const open = Map.groupBy(ours, ({ request }) => request.instrument)
  const unresolved: string[] = []
  // Symbol by symbol to its end: what is done stays done where a limit of the venue ends the pass.
  for (const instrument of host.instruments) {
    const { index } = instrument
    const ofSymbol = open.get(index) ?? []
    const owing = [...(doubtful.get(index) ?? []), ...ofSymbol]
    await bookUnreadFills(venue, counted, instrument, owing, venueOpen)
    for (const order of ofSymbol) {
      const resolved = await resolveOrder(order, venueOpen, venue, counted, options)
      if (!resolved) unresolved.push(order.request.clientOrderId)
    }
  }
  differences.push(...(await stillOpen(suspects, venue, host, options)))
  const cash = cashDifferences(await venue.queryBalances(), host)
  doubtAgain(cash, settled, host)
  differences.push(...cash)
  return { ok: differences.length === 0 && unresolved.length === 0, differences, fillsApplied, unresolved }
}

/**
 * A fill may be told late to those who ask for it. Where the cash of a symbol differs, the orders of it that were settled by
 * this pass are read again by the next one, by their own ids.
 */
function doubtAgain(cash: readonly Difference[], settled: readonly Order[], host: ReconcileHost): void {
  const assets = new Set(cash.map(({ subject }) => subject))
  for (const order of settled) {
    const instrument = instrumentOf(order, host)
    if (!assets.has(instrument.baseAsset) && !assets.has(instrument.quoteAsset)) continue
    host.doubt(order)
    host.setReadUpTo(instrument, null, 0)
  }
}

function instrumentOf({ request }: Order, host: ReconcileHost): Instrument {
  return host.instruments.find(({ index }) => index === request.instrument) as Instrument
}

function foreignOrders(
  open: readonly VenueOrder[],
  host: ReconcileHost,
  options: ReconcileOptions,
): Difference[] {
  if (options.foreignOrders === 'ignore') return []
  return open
    .filter((order) => host.order(order.clientOrderId) === undefined)
    .map((order) => ({
      kind: 'foreign_order' as const,
      subject: order.symbol,
      ours: host.isOurs(order.clientOrderId)
        ? 'an order of an earlier run that our journal does not hold'
        : 'none',
      venues: `${order.clientOrderId} ${order.side} ${order.qty}`,
    }))
}

/** Orders that the venue has open and our books as ended: one that never arrived by our proof, say, and then did. */
function endedOrders(open: readonly VenueOrder[], host: ReconcileHost): Map<string, Difference> {
  const suspects = new Map<string, Difference>()
  for (const { clientOrderId, symbol, side, qty } of open) {
    const order = host.order(clientOrderId)
    if (order === undefined || !TERMINAL_STATES.has(order.state)) continue
    const ours = order.reason === null ? order.state : `${order.state} ${order.reason}`
    const found = { kind: 'order', subject: symbol, ours, venues: `${clientOrderId} ${side} ${qty}` } as const
    if (!host.isAccepted(found)) suspects.set(clientOrderId, found)
  }
  return suspects
}

/** A list of open orders may be older than the report of an end: where a later look finds the order ended, we agree. */
async function stillOpen(
  suspects: ReadonlyMap<string, Difference>,
  venue: VenuePort,
  host: ReconcileHost,
  options: ReconcileOptions,
): Promise<Difference[]> {
  const differences: Difference[] = []
  if (suspects.size > 0) await host.sleep(options.secondReadMs)
  for (const [clientOrderId, difference] of suspects) {
    const found = await venue.queryOrder(difference.subject, clientOrderId)
    if (found === null || OPEN_AT_VENUE.has(found.state)) differences.push(difference)
  }
  return differences
}

async function resolveOrder(
  order: Order,
  venueOpen: readonly VenueOrder[],
  venue: VenuePort,
  host: ReconcileHost,
  options: ReconcileOptions,
): Promise<boolean> {
  const { clientOrderId } = order.request
  const { symbol } = instrumentOf(order, host)
  const open = venueOpen.find((candidate) => candidate.clientOrderId === clientOrderId)
  let state = open ?? (await venue.queryOrder(symbol, clientOrderId))
  if (state === null) {
    if (order.state !== 'UNKNOWN' && order.state !== 'SUBMITTED') return false
    if (host.ageMs(order) < options.notFoundFenceMs) return false
    await host.sleep(options.secondReadMs)
    state = await venue.queryOrder(symbol, clientOrderId)
    if (state === null) {
      host.apply({ kind: 'rejected', clientOrderId, reason: 'NOT_FOUND_AT_VENUE', ts: host.utcNsText() })
      return true
    }
  }
  return applyVenueOrder(order, state, venue, host)
}

/** A venue leaves assets without a balance out: absent is zero. */
function cashDifferences(balances: readonly VenueBalance[], host: ReconcileHost): Difference[] {
  const told = new Map(balances.map(({ asset, free, locked }) => [asset, addDecimalText(free, locked)]))
  const differences: Difference[] = []
  for (const [asset, ours] of host.expectedBalances()) {
    const venues = told.get(asset) ?? '0'
    if (venues !== ours) differences.push({ kind: 'cash', subject: asset, ours, venues })
  }
  return differences
}

function addDecimalText(a: string, b: string): string {
  return moneyToText(moneyFromText(a) + moneyFromText(b))
}
