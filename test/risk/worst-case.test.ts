import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Side } from '../../src/domain/action.ts'
import { bench, resultOf } from './support.ts'

const side = fc.constantFrom<Side>('buy', 'sell')
const qty = (max: number): fc.Arbitrary<number> => fc.integer({ min: -max, max })

/** One instrument's position, open buys and sells, and mark. */
const holding = fc.record({
  position: qty(10 ** 7),
  buy: fc.nat(10 ** 6),
  sell: fc.nat(10 ** 6),
  mark: fc.integer({ min: 1, max: 10 ** 9 }),
})

describe('worst case', () => {
  it('R4 O7: gross and net equal BigInt sums at every size, below 2^53 and above', () => {
    fc.assert(
      fc.property(
        fc.tuple(holding, holding, holding),
        side,
        fc.integer({ min: 1, max: 10 ** 7 }),
        (all, way, size) => {
          const { portfolio, assess } = bench({
            longOnly: false,
            grossValueMax: '1e25',
            netValueMax: '1e25',
          })
          portfolio.positions = all.map((one) => one.position)
          portfolio.open = { buy: all.map((one) => one.buy), sell: all.map((one) => one.sell) }
          portfolio.marks = all.map((one) => one.mark)
          const assessment = assess({ side: way, qty: size })
          fc.pre(!assessment.reducing)
          // Units of BTCUSDT, ETHUSDT, XYZUSDT: 1e-7, 1e-6 and 5e-2 of a dollar.
          const units = [1n, 10n, 500_000n]
          let gross = 0n
          let net = 0n
          for (const [index, one] of all.entries()) {
            const long = BigInt(one.position + one.buy)
            const short = BigInt(one.sell - one.position)
            const unit = BigInt(one.mark) * (units[index] as bigint)
            const own = (way === 'buy' ? long : short) + BigInt(size)
            if (index === 0) gross += own > 0n ? own * unit : 0n
            else gross += (long > short ? long : short) * unit
            net += (index === 0 ? own : way === 'buy' ? long : short) * unit
          }
          const grossResult = resultOf(assessment, 'gross_exposure')
          const netResult = resultOf(assessment, 'net_exposure')
          expect(grossResult.exactValue ?? BigInt(grossResult.value)).toBe(gross)
          expect(netResult.exactValue ?? BigInt(netResult.value)).toBe(net)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('R4 O7: a net beyond 2^53 is exact also where the gross is below', () => {
    const { portfolio, assess } = bench({ longOnly: false, netValueMax: '1' })
    portfolio.positions = [-1_480_000_001, -1_666_666_667, 0]
    portfolio.marks = [6_000_001, 300_000, 100]
    portfolio.strategyPositions = [0, 0, 0]
    expect(resultOf(assess({ qty: 2 }), 'net_exposure').exactValue).toBe(
      -1_479_999_999n * 6_000_001n - 1_666_666_667n * 300_000n * 10n,
    )
  })

  it('R4: a missing mark is told also where the numbers need BigInt', () => {
    const { portfolio, assess } = bench({ longOnly: false, grossValueMax: '1e25' })
    portfolio.positions = [9_000_000_000_000_000, 1, 0]
    portfolio.marks = [6_000_000, null, 100]
    expect(resultOf(assess(), 'gross_exposure').code).toBe('VALUE_UNKNOWN')
  })

  it('R2: a limit by equity moves with it', () => {
    const { portfolio, assess } = bench()
    expect(resultOf(assess(), 'symbol_share').limit).toBe(500_000_000_000)
    portfolio.equityMoney = (portfolio.equityMoney as bigint) / 2n
    expect(resultOf(assess(), 'symbol_share').limit).toBe(250_000_000_000)
  })
})
