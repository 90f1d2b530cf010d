import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDecimal, toIncrements } from '../../src/core/decimal.ts'
import { moneyToText } from '../../src/core/money.ts'
import { createInstrument, type Instrument } from '../../src/domain/instrument.ts'
import { Ledger } from '../../src/ledger/ledger.ts'

interface VectorFill {
  id: string
  side: 'buy' | 'sell'
  qty: string
  price: string
  fee: string
  fifo_realized_this_fill: string
  fifo_realized_total: string
  position: string
  open_lots_count: number
  open_lots?: [string, string][]
}

interface Scenario {
  name: string
  symbol: string
  multiplier: string
  fills: VectorFill[]
  final: {
    position: string
    fifo_realized_gross: string
    fees: string
    fifo_realized_net: string
    mark: string
    fifo_unrealized: string
  }
}

const { scenarios } = JSON.parse(
  readFileSync(new URL('../fixtures/pnl/fifo_vectors.json', import.meta.url), 'utf8'),
) as { scenarios: Scenario[] }

/** The smallest power of ten that all texts are multiples of. */
function incrementOf(texts: readonly string[]): string {
  const places = Math.max(...texts.map((text) => parseDecimal(text).scale))
  return places === 0 ? '1' : `0.${'0'.repeat(places - 1)}1`
}

function instrumentOf(scenario: Scenario): Instrument {
  return createInstrument(
    {
      symbol: scenario.symbol,
      quoteAsset: 'Q',
      baseAsset: 'B',
      priceIncrement: incrementOf([...scenario.fills.map((fill) => fill.price), scenario.final.mark]),
      qtyIncrement: incrementOf(scenario.fills.map((fill) => fill.qty)),
      multiplier: scenario.multiplier,
    },
    0,
  )
}

const plain = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

describe('FIFO vectors', () => {
  it('has all ten scenarios', () => {
    expect(scenarios).toHaveLength(10)
  })

  it.each(scenarios)('O8: $name equals the independent FIFO after every fill', (scenario) => {
    const instrument = instrumentOf(scenario)
    const ledger = new Ledger()
    const price = (text: string): number => toIncrements(text, instrument.priceIncrement)
    const qty = (text: string): number => toIncrements(text, instrument.qtyIncrement)
    scenario.fills.forEach((expected, i) => {
      const effect = ledger.applyFill(instrument, 0, {
        tradeId: expected.id,
        instrument: 0,
        side: expected.side,
        qty: qty(expected.qty),
        price: price(expected.price),
        tMs: i * 1000,
        feeText: expected.fee,
        feeAsset: 'Q',
        liquidity: 'taker',
      })
      expect(moneyToText(effect.realized)).toBe(plain(expected.fifo_realized_this_fill))
      expect(moneyToText(ledger.realized(instrument))).toBe(plain(expected.fifo_realized_total))
      expect(ledger.position(instrument)).toBe(qty(expected.position))
      const lots = ledger.lots(instrument)
      expect(lots).toHaveLength(expected.open_lots_count)
      if (expected.open_lots !== undefined) {
        expect(lots).toEqual(expected.open_lots.map(([q, p]) => ({ qty: qty(q), price: price(p) })))
      }
    })
    const { final } = scenario
    const net = ledger.realized(instrument) - ledger.feesInQuote(instrument)
    expect(ledger.position(instrument)).toBe(qty(final.position))
    expect(moneyToText(ledger.realized(instrument))).toBe(plain(final.fifo_realized_gross))
    expect(moneyToText(ledger.feesInQuote(instrument))).toBe(plain(final.fees))
    expect(moneyToText(net)).toBe(plain(final.fifo_realized_net))
    expect(moneyToText(ledger.unrealized(instrument, price(final.mark)))).toBe(plain(final.fifo_unrealized))
  })
})
