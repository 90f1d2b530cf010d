import type { DayTotals, PositionBook } from './position-book.ts'
import type { SymbolLedger } from './symbol-ledger.ts'

/**
 * One line a balance, book, lot and day, in a fixed order: equal text means equal state. Symbols stand by name, so that
 * the order in which a configuration lists them does not matter.
 */
export function ledgerCanon(
  symbols: readonly (SymbolLedger | undefined)[],
  openings: ReadonlyMap<string, bigint>,
): string {
  const lines = amounts('opening', openings)
  const known = symbols.filter((symbol) => symbol !== undefined).filter(isUsed)
  known.sort((a, b) => (a.instrument.symbol < b.instrument.symbol ? -1 : 1))
  for (const symbol of known) {
    lines.push(`symbol ${symbol.instrument.symbol}`)
    if (symbol.day !== null) lines.push(`day ${symbol.day.day} ${symbol.day.totalAtStart}`)
    lines.push(...amounts('flow', symbol.cashFlows), ...bookLines('account', symbol.total))
    const strategies = [...symbol.strategies()].sort(([a], [b]) => a - b)
    for (const [strategy, book] of strategies) lines.push(...bookLines(`strategy ${strategy}`, book))
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** Reading creates empty books; they are no state. */
function isUsed(symbol: SymbolLedger): boolean {
  return symbol.total.fills > 0 || symbol.day !== null || symbol.cashFlows.size > 0
}

function bookLines(owner: string, book: PositionBook): string[] {
  return [
    `${owner} ${book.position} ${book.fills} ${book.realized.value} ${book.cash.value} ${book.feesInQuote}`,
    ...amounts('fee', book.fees),
    ...book.lots.list().map((lot) => `lot ${lot.qty} ${lot.price}`),
    ...days('utc', book.utcDays),
    ...days('trading', book.tradingDays),
  ]
}

function amounts(name: string, byAsset: ReadonlyMap<string, bigint>): string[] {
  return [...byAsset]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([asset, amount]) => `${name} ${asset} ${amount}`)
}

function days(name: string, byDay: ReadonlyMap<number, DayTotals>): string[] {
  return [...byDay]
    .sort(([a], [b]) => a - b)
    .map(([day, totals]) => `${name} ${day} ${totals.realized.value} ${totals.feesInQuote} ${totals.fills}`)
}
