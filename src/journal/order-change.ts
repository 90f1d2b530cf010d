import type { JournalRecord } from '../domain/journal.ts'
import {
  type AdoptedData,
  type FillData,
  type IntentData,
  type OrderData,
  RECORD_KIND,
  type ReportData,
} from '../domain/journal-records.ts'

/** One statement that a record means for the tables of orders and fills. */
export interface OrderChange {
  readonly sql: string
  readonly values: (number | string | null)[]
}

const SET_STATE = 'UPDATE orders SET state = ?, reason = coalesce(?, reason), last_seq = ? WHERE id = ?'
const INSERT_ORDER = `INSERT OR REPLACE INTO orders VALUES (${'?, '.repeat(15)}?)`
const INSERT_FILL = `INSERT INTO fills VALUES (${'?, '.repeat(12)}0)`

/** What a record changes: records carry the order's state after them, so no rule of the state machine is repeated here. */
export function orderChange(record: JournalRecord): OrderChange[] {
  const { kind, seq } = record
  const data = record.data as { id?: unknown; state?: unknown; reason?: unknown; code?: unknown }
  if (typeof data.id !== 'string') return []
  const id = data.id
  switch (kind) {
    case RECORD_KIND.INTENT: {
      const { order } = record.data as unknown as IntentData
      return [newOrder(id, null, order, 'INITIALIZED', seq)]
    }
    case RECORD_KIND.ADOPTED: {
      const { order, venue_order_id } = record.data as unknown as AdoptedData
      return [newOrder(id, venue_order_id, order, 'ACCEPTED', seq)]
    }
    case RECORD_KIND.SUBMITTED:
      return [{ sql: SET_STATE, values: ['SUBMITTED', null, seq, id] }]
    case RECORD_KIND.NOT_SENT:
      return [closed(String(data.code), seq, id)]
    case RECORD_KIND.BLOCKED:
      return [closed('BLOCKED', seq, id)]
    case RECORD_KIND.CANCEL:
    case RECORD_KIND.REPLACE:
    case RECORD_KIND.UNKNOWN:
      return [{ sql: SET_STATE, values: [String(data.state), null, seq, id] }]
    case RECORD_KIND.REPORT:
      return reported(record.data as unknown as ReportData, seq)
    default:
      return []
  }
}

function closed(reason: string, seq: number, id: string): OrderChange {
  const sql = "UPDATE orders SET state = 'DENIED', reason = ?, leaves = 0, last_seq = ? WHERE id = ?"
  return { sql, values: [reason, seq, id] }
}

function newOrder(
  id: string,
  venueId: string | null,
  order: OrderData,
  state: string,
  seq: number,
): OrderChange {
  const { symbol, strategy, side, type, time_in_force, qty, price, stop_price } = order
  const terms = [symbol, strategy, side, type, time_in_force, qty, price, stop_price]
  return { sql: INSERT_ORDER, values: [id, venueId, ...terms, state, 0, qty, null, seq, seq] }
}

function reported(data: ReportData, seq: number): OrderChange[] {
  if (data.state === null || data.outcome === 'quarantined') return []
  const sql =
    'UPDATE orders SET state = ?, cum = ?, leaves = ?, venue_order_id = coalesce(venue_order_id, ?), ' +
    'reason = coalesce(reason, ?), last_seq = ? WHERE id = ?'
  const values = [
    data.state,
    data.cum,
    data.leaves,
    data.venue_order_id ?? null,
    data.reason ?? null,
    seq,
    data.id,
  ]
  return [{ sql, values }, ...termsChanged(data, seq)]
}

function termsChanged(data: ReportData, seq: number): OrderChange[] {
  if (data.outcome !== 'applied') return []
  const { id, trade_id = '', qty = 0, price = null } = data
  switch (data.report) {
    case 'fill':
      return [newFill(data.fill as FillData, id, seq)]
    case 'replaced':
      return [{ sql: 'UPDATE orders SET qty = ?, price = ? WHERE id = ?', values: [qty, price, id] }]
    case 'trade_bust':
      return [
        { sql: 'UPDATE fills SET busted = 1 WHERE order_id = ? AND trade_id = ?', values: [id, trade_id] },
      ]
    case 'trade_correct': {
      const sql = 'UPDATE fills SET qty = ?, price = ? WHERE order_id = ? AND trade_id = ?'
      return [{ sql, values: [qty, price, id, trade_id] }]
    }
    default:
      return []
  }
}

function newFill(fill: FillData, id: string, seq: number): OrderChange {
  const { account = '', symbol, trade_id, side, qty, price, t_ms, fee, fee_asset, liquidity } = fill
  const values = [seq, id, account, symbol, trade_id, side, qty, price, t_ms, fee, fee_asset, liquidity]
  return { sql: INSERT_FILL, values }
}
