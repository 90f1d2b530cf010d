import { createHash, type Hash } from 'node:crypto'
import { incrementsToText } from '../core/decimal.ts'
import { moneyToText } from '../core/money.ts'
import type { Instrument } from '../domain/instrument.ts'
import type { Fill } from '../domain/report.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Portfolio } from './portfolio.ts'

/** `fills` of the replay document: canon `T,trade_id,side,qty,price\n` in booking order (CONTRACTS). */
export class FillTape {
  readonly #instruments: readonly Instrument[]
  readonly #hash: Hash = createHash('sha256')
  #count = 0

  constructor(instruments: readonly Instrument[]) {
    this.#instruments = instruments
  }

  add(fill: Fill): void {
    const { priceIncrement, qtyIncrement } = this.#instruments[fill.instrument] as Instrument
    const qty = incrementsToText(fill.qty, qtyIncrement)
    const price = incrementsToText(fill.price, priceIncrement)
    this.#hash.update(`${fill.tMs},${fill.tradeId},${fill.side},${qty},${price}\n`)
    this.#count++
  }

  document(): { count: number; sha256: string } {
    return { count: this.#count, sha256: this.#hash.copy().digest('hex') }
  }
}

/** `pnl` of one symbol (CONTRACTS, replay): exact decimal text. */
export interface PnlDocument {
  readonly realized: string
  readonly unrealized: string
  readonly fees: string
  readonly position: string
  readonly by_utc_day: Readonly<Record<string, { realized: string; fees: string; fills: number }>>
}

/** P&L of every instrument by symbol; unrealised at the last mark, 0 where there is none. */
export function pnlDocument(
  instruments: readonly Instrument[],
  ledger: Ledger,
  portfolio: Portfolio,
): Record<string, PnlDocument> {
  const document: Record<string, PnlDocument> = {}
  for (const instrument of instruments) {
    const mark = portfolio.markPrice(instrument.index)
    const days: Record<string, { realized: string; fees: string; fills: number }> = {}
    for (const { day, realized, fees, fills } of ledger.byUtcDay(instrument)) {
      days[day] = { realized: moneyToText(realized), fees: moneyToText(fees), fills }
    }
    document[instrument.symbol] = {
      realized: moneyToText(ledger.realized(instrument)),
      unrealized: mark === null ? '0' : moneyToText(ledger.unrealized(instrument, mark)),
      fees: moneyToText(ledger.feesInQuote(instrument)),
      position: incrementsToText(ledger.position(instrument), instrument.qtyIncrement),
      by_utc_day: days,
    }
  }
  return document
}
