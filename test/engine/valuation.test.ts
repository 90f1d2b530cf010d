import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MONEY_SCALE } from '../../src/core/money.ts'
import { type Instrument, InstrumentTable } from '../../src/domain/instrument.ts'
import type { Fill } from '../../src/domain/report.ts'
import { Valuation } from '../../src/engine/valuation.ts'
import { Ledger } from '../../src/ledger/ledger.ts'

const SYMBOLS = 4
const FINEST = `0.${'0'.repeat(MONEY_SCALE / 2 - 1)}1`

function table(): readonly Instrument[] {
  const instruments = new InstrumentTable()
  for (let i = 0; i < SYMBOLS - 1; i++) {
    instruments.add({ symbol: `S${i}USDT`, priceIncrement: '0.01', qtyIncrement: '0.001' })
  }
  // One increment of each is worth one of the smallest unit of money: half of it is no whole amount.
  instruments.add({ symbol: 'DUSTUSDT', priceIncrement: FINEST, qtyIncrement: FINEST })
  return instruments.all()
}

function fill(instrument: number, n: number, side: 'buy' | 'sell', qty: number, price: number): Fill {
  const feeText = n % 2 === 0 ? '0.25' : '0'
  return {
    ...{ tradeId: `t${n}`, instrument, side, qty, price, tMs: 1_723_161_278_092 + n },
    ...{ feeText, feeAsset: 'USDT', liquidity: 'taker' },
  }
}

/** The plain sum over everything; null where a held instrument has no mark. */
function plain(
  instruments: readonly Instrument[],
  marks: Float64Array,
  ledger: Ledger,
): { gain: bigint; daily: bigint } | null {
  let [gain, daily] = [0n, 0n]
  for (const instrument of instruments) {
    const held = ledger.position(instrument) !== 0
    const mark = marks[instrument.index] as number
    if (held && Number.isNaN(mark)) return null
    gain += ledger.totalPnl(instrument, held ? mark : 0)
    daily += ledger.dailyPnl(instrument, held ? mark : 0)
  }
  return { gain, daily }
}

const act = fc.oneof(
  fc.record({ what: fc.constant('fill'), qty: fc.integer({ min: 1, max: 5 }), up: fc.boolean() }),
  fc.record({ what: fc.constant('mark'), qty: fc.integer({ min: 1, max: 40 }), up: fc.boolean() }),
  fc.record({ what: fc.constant('cash'), qty: fc.integer({ min: 1, max: 40 }), up: fc.boolean() }),
  fc.record({ what: fc.constant('day'), qty: fc.integer({ min: 1, max: 40 }), up: fc.boolean() }),
  fc.record({ what: fc.constant('bust'), qty: fc.integer({ min: 1, max: 40 }), up: fc.boolean() }),
)

describe('valuation', () => {
  it('P10: kept sums are the plain sums, whatever is booked and however marks move', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: SYMBOLS - 1 }), act), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (list) => {
        const instruments = table()
        const ledger = new Ledger()
        const marks = new Float64Array(SYMBOLS).fill(Number.NaN)
        const valuation = new Valuation(instruments, ledger, marks)
        const booked: (Fill | undefined)[] = []
        list.forEach(([index, { what, qty, up }], n) => {
          const instrument = instruments[index] as Instrument
          const price = 1_000 + qty / 2
          if (what === 'mark') marks[index] = price
          else if (what === 'cash') ledger.applyCash({ asset: 'USDT', amount: BigInt(qty), instrument })
          else if (what === 'day') ledger.startDay(instrument, n, 1_000)
          else if (what === 'bust' && booked[index] !== undefined) {
            ledger.restate(instrument, booked[index], null)
            booked[index] = undefined
          } else if (what === 'fill') {
            const made = fill(index, n, up ? 'buy' : 'sell', qty, Math.floor(price))
            ledger.applyFill(instrument, 0, made)
            booked[index] = made
          }
          const expected = plain(instruments, marks, ledger)
          expect(valuation.update()).toBe(expected !== null)
          if (expected !== null)
            expect({
              gain: valuation.gains[0],
              daily: (valuation.gains[0] as bigint) - (valuation.dayStarts[0] as bigint),
            }).toEqual(expected)
        })
      }),
    )
  })

  it('asks the ledger only where something was booked, not when a mark moves', () => {
    const instruments = table()
    const ledger = new Ledger()
    const marks = new Float64Array(SYMBOLS).fill(1_000)
    let asked = 0
    const totalPnl = ledger.totalPnl.bind(ledger)
    ledger.totalPnl = (instrument, mark): bigint => {
      asked++
      return totalPnl(instrument, mark)
    }
    const valuation = new Valuation(instruments, ledger, marks)
    ledger.applyFill(instruments[1] as Instrument, 0, fill(1, 1, 'buy', 5, 990))
    valuation.update()
    expect(asked).toBe(1)
    for (const [index, mark] of [
      [0, 1_001],
      [1, 1_001.5],
      [1, 1_002],
    ] as const) {
      marks[index] = mark
      valuation.update()
    }
    expect(asked).toBe(1)
    expect(valuation.gains[0]).toBe(totalPnl(instruments[1] as Instrument, 1_002))
  })
})
