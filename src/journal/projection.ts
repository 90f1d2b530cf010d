import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { JOURNAL_GENESIS, type JournalRecord } from '../domain/journal.ts'
import { orderChange } from './order-change.ts'
import { type JournalFault, type JournalWalk, scanLines, walkLine } from './read.ts'

/** Raised with every change of the tables: a projection of another version is built anew. */
const VERSION = 1
const BATCH_RECORDS = 2_000

const SCHEMA = `
CREATE TABLE place (one INTEGER PRIMARY KEY CHECK (one = 1), segment INTEGER, start INTEGER, next INTEGER,
  events INTEGER, head TEXT, content_head TEXT);
CREATE TABLE events (seq INTEGER PRIMARY KEY, ts TEXT, mono TEXT, kind TEXT, actor TEXT, order_id TEXT, data TEXT, hash TEXT);
CREATE INDEX events_by_order ON events (order_id, seq);
CREATE INDEX events_by_kind ON events (kind, seq);
CREATE TABLE orders (id TEXT PRIMARY KEY, venue_order_id TEXT, symbol TEXT, strategy TEXT, side TEXT, type TEXT,
  time_in_force TEXT, qty INTEGER, price INTEGER, stop_price INTEGER, state TEXT, cum INTEGER, leaves INTEGER,
  reason TEXT, first_seq INTEGER, last_seq INTEGER);
CREATE INDEX orders_by_venue_id ON orders (venue_order_id);
CREATE INDEX orders_by_state ON orders (state);
CREATE TABLE fills (seq INTEGER PRIMARY KEY, order_id TEXT, account TEXT, symbol TEXT, trade_id TEXT, side TEXT, qty INTEGER,
  price INTEGER, t_ms INTEGER, fee TEXT, fee_asset TEXT, liquidity TEXT, busted INTEGER DEFAULT 0);
CREATE INDEX fills_by_order ON fills (order_id, seq);
`

/** One line of the events table; `data` is JSON text. */
export interface EventRow {
  readonly seq: number
  readonly ts: string
  readonly mono: string
  readonly kind: string
  readonly actor: string
  readonly order_id: string | null
  readonly data: string
  readonly hash: string
}

/** An order as last told; quantities and prices in increments. */
export interface OrderRow {
  readonly id: string
  readonly venue_order_id: string | null
  readonly symbol: string
  readonly strategy: string
  readonly side: string
  readonly type: string
  readonly time_in_force: string
  readonly qty: number
  readonly price: number | null
  readonly stop_price: number | null
  readonly state: string
  readonly cum: number
  readonly leaves: number
  readonly reason: string | null
  readonly first_seq: number
  readonly last_seq: number
}

/** Which events to show; all that are given must hold. */
export interface EventFilter {
  readonly order?: string
  readonly kind?: string
  readonly actor?: string
  /** smallest and largest sequence */
  readonly from?: number
  readonly to?: number
  /** the newest so many */
  readonly limit?: number
}

/** A fill as booked or corrected since. */
export interface FillRow {
  readonly seq: number
  readonly order_id: string
  readonly account: string
  readonly symbol: string
  readonly trade_id: string
  readonly side: string
  readonly qty: number
  readonly price: number
  readonly t_ms: number
  readonly fee: string
  readonly fee_asset: string
  readonly liquidity: string
  /** 1: the venue took it back */
  readonly busted: number
}

type Row = Record<string, number | string | null>

/**
 * The journal as tables, for people's questions. It follows the journal by position, verifies what it takes in, may be
 * thrown away at any time, and is never asked by the trading path.
 */
export class Projection {
  readonly #db: DatabaseSync
  readonly #journalDir: string
  readonly #insertEvent: StatementSync
  readonly #statements = new Map<string, StatementSync>()
  /** where the journal stopped verifying; null while all is well */
  fault: JournalFault | null = null

  /** Opens or builds `file` (":memory:" for a passing one). @throws the system's error when the file cannot be used */
  constructor(journalDir: string, file: string) {
    if (file !== ':memory:') mkdirSync(path.dirname(file), { recursive: true })
    this.#journalDir = journalDir
    this.#db = new DatabaseSync(file)
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000')
    this.#transaction(() => {
      const version = this.#db.prepare('PRAGMA user_version').get() as { user_version: number }
      if (version.user_version !== VERSION || !this.#placeHolds()) this.#reset()
    })
    this.#insertEvent = this.#db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  }

  /** Takes in at most `limit` records that are new; returns how many. A torn last line waits for its end. */
  catchUp(limit: number = Number.POSITIVE_INFINITY): number {
    let taken = 0
    while (taken < limit) {
      const batch = this.#transaction(() => this.#take(Math.min(BATCH_RECORDS, limit - taken)))
      if (batch === 0) break
      taken += batch
    }
    return taken
  }

  /** Number of records taken in, and both heads. */
  position(): { readonly events: number; readonly head: string; readonly content_sha256: string } {
    const { events, head, contentHead } = this.#walk()
    return { events, head, content_sha256: contentHead }
  }

  events(filter: EventFilter = {}): EventRow[] {
    const terms: [string, number | string | undefined][] = [
      ['order_id = ?', filter.order],
      ['kind = ?', filter.kind],
      ['actor = ?', filter.actor],
      ['seq >= ?', filter.from],
      ['seq <= ?', filter.to],
    ]
    const given = terms.filter((term): term is [string, number | string] => term[1] !== undefined)
    const where = given.length === 0 ? '' : `WHERE ${given.map(([text]) => text).join(' AND ')}`
    const sql = `SELECT * FROM events ${where} ORDER BY seq DESC LIMIT ${filter.limit ?? -1}`
    const rows = this.#db.prepare(sql).all(...given.map(([, value]) => value))
    return (rows as unknown as EventRow[]).reverse()
  }

  /** The newest event of a kind at or before a sequence. */
  lastBefore(kind: string, seq: number): EventRow | undefined {
    const sql = 'SELECT * FROM events WHERE kind = ? AND seq <= ? ORDER BY seq DESC LIMIT 1'
    return this.#db.prepare(sql).get(kind, seq) as unknown as EventRow | undefined
  }

  /** An order by client order id, else by the venue's id. */
  order(id: string): OrderRow | undefined {
    const sql = 'SELECT * FROM orders WHERE id = ?1 OR venue_order_id = ?1 ORDER BY id = ?1 DESC LIMIT 1'
    return this.#db.prepare(sql).get(id) as unknown as OrderRow | undefined
  }

  /** Orders, newest first; of one state where it is given. */
  orders(limit: number, state?: string): OrderRow[] {
    const where = state === undefined ? '' : 'WHERE state = ?'
    const sql = `SELECT * FROM orders ${where} ORDER BY first_seq DESC LIMIT ${limit}`
    const statement = this.#db.prepare(sql)
    return (state === undefined ? statement.all() : statement.all(state)) as unknown as OrderRow[]
  }

  /** Fills of an order in the order of their booking. */
  fills(orderId: string): FillRow[] {
    const sql = 'SELECT * FROM fills WHERE order_id = ? ORDER BY seq'
    return this.#db.prepare(sql).all(orderId) as unknown as FillRow[]
  }

  close(): void {
    this.#db.close()
  }

  #take(limit: number): number {
    const walk = this.#walk()
    const place = this.#db.prepare('SELECT segment, start, next FROM place').get() as Row
    let at = { segment: Number(place['segment']), start: Number(place['start']), next: Number(place['next']) }
    let taken = 0
    for (const line of scanLines(this.#journalDir, { segment: at.segment, offset: at.next })) {
      const record = walkLine(walk, line)
      if (record === null) {
        this.fault = walk.fault?.code === 'TORN_TAIL' ? null : walk.fault
        break
      }
      this.#book(record)
      at = { segment: line.segment.number, start: line.offset, next: line.offset + line.bytes }
      taken += 1
      if (taken >= limit) break
    }
    this.#db
      .prepare('UPDATE place SET segment = ?, start = ?, next = ?, events = ?, head = ?, content_head = ?')
      .run(at.segment, at.start, at.next, walk.events, walk.head, walk.contentHead)
    return taken
  }

  #book(record: JournalRecord): void {
    const { seq, ts, mono, kind, actor, data, hash } = record
    const id = typeof data['id'] === 'string' ? data['id'] : null
    this.#insertEvent.run(seq, ts, mono, kind, actor, id, JSON.stringify(data), hash)
    for (const { sql, values } of orderChange(record)) this.#statement(sql).run(...values)
  }

  /** Statements by their text: there are a dozen. */
  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #walk(): JournalWalk {
    const row = this.#db.prepare('SELECT events, head, content_head FROM place').get() as Row
    return {
      events: Number(row['events']),
      head: String(row['head']),
      contentHead: String(row['content_head']),
      fault: null,
    }
  }

  /** The last record taken in still lies where it lay. */
  #placeHolds(): boolean {
    const place = this.#db.prepare('SELECT segment, start, events, head FROM place').get() as Row
    if (place['events'] === 0) return true
    const from = { segment: Number(place['segment']), offset: Number(place['start']) }
    for (const line of scanLines(this.#journalDir, from))
      return line.text.includes(`"hash":"${place['head']}"`)
    return false
  }

  #reset(): void {
    const tables = this.#db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as Row[]
    for (const { name } of tables) this.#db.exec(`DROP TABLE ${name}`)
    this.#db.exec(`${SCHEMA} PRAGMA user_version = ${VERSION}`)
    this.#db.prepare('INSERT INTO place VALUES (1, 0, 0, 0, 0, ?, ?)').run(JOURNAL_GENESIS, JOURNAL_GENESIS)
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }
}
