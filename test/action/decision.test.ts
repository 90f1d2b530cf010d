import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDecision, readPrediction } from '../../src/action/decision.ts'
import { createInstrument } from '../../src/domain/instrument.ts'
import type { Prediction } from '../../src/domain/model.ts'

const BTC = createInstrument({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' }, 0)
const OIL = createInstrument(
  { symbol: 'CL', priceIncrement: '0.01', qtyIncrement: '1', allowsNegativePrice: true },
  1,
)

function read(prediction: unknown, instrument = BTC): object {
  const out = { action: 9, limitPrice: 9, qty: 9, score: 9 } as unknown as ReturnType<typeof createDecision>
  const fault = readPrediction(prediction as Prediction, instrument, out)
  return { fault, ...out }
}
const NONE = { limitPrice: Number.NaN, qty: Number.NaN, score: Number.NaN }

describe('from prediction to decision', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [{ action: 'BUY' }, 1],
    [{ action: 'SELL' }, 2],
    [{ action: 0 }, 0],
  ])('P2: %j is action %i', (prediction, action) => {
    expect(read(prediction)).toEqual({ fault: null, action, ...NONE })
  })

  it('P2: every other number or text is an error, and holds', () => {
    const odd = fc.oneof(
      fc.double({ noNaN: true }).filter((x) => x !== 0 && x !== 1 && x !== 2),
      fc.string(),
      fc.constantFrom(null, undefined, true, 1n, [], {}, { action: 3 }, { action: 'buy' }, { action: null }),
    )
    fc.assert(
      fc.property(odd, (prediction) => {
        expect(read(prediction)).toMatchObject({ fault: 'ACTION_INVALID', action: 0 })
      }),
    )
    expect(read(Number.NaN)).toMatchObject({ fault: 'MODEL_NAN', action: 0 })
    expect(read({ action: Number.NaN })).toMatchObject({ fault: 'MODEL_NAN', action: 0 })
    expect(read({ action: 1, score: Number.NaN })).toMatchObject({ fault: 'MODEL_NAN', action: 0 })
    expect(read({ action: 1, score: Number.POSITIVE_INFINITY })).toMatchObject({
      fault: 'MODEL_NAN',
      action: 0,
    })
  })

  it('takes price and quantity as increments or as exact decimal text', () => {
    const asNumbers = read({ action: 1, limitPrice: 6_180_025, qty: 1_000, score: 0.7 })
    const asText = read({ action: 1, limitPrice: '61800.25', qty: '0.01', score: 0.7 })
    expect(asNumbers).toEqual({ fault: null, action: 1, limitPrice: 6_180_025, qty: 1_000, score: 0.7 })
    expect(asText).toEqual(asNumbers)
  })

  it.each([Number.NaN, 0, -5, 1.5, '61800.255', 'x', '', 2 ** 53, null])(
    'P9: a limit price of %j is an error',
    (limitPrice) => {
      expect(read({ action: 1, limitPrice })).toMatchObject({
        fault: 'LIMIT_PRICE_INVALID',
        action: 0,
        limitPrice: Number.NaN,
      })
    },
  )

  it.each([Number.NaN, 0, -1, 0.5, '0', '0.000001', '-1'])('P9: a quantity of %j is an error', (qty) => {
    expect(read({ action: 2, qty })).toMatchObject({ fault: 'QTY_INVALID', action: 0, qty: Number.NaN })
  })

  it('takes a negative limit price where the instrument has them', () => {
    expect(read({ action: 2, limitPrice: '-37.63' }, OIL)).toMatchObject({ fault: null, limitPrice: -3_763 })
  })
})
