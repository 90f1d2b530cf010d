import { afterEach, describe, expect, it } from 'vitest'
import { moneyFromText, moneyToText } from '../../../src/core/money.ts'
import { SeededRandom } from '../../../src/core/random.ts'
import type { Fill } from '../../../src/domain/report.ts'
import { admin, quoteFrame } from '../sim-server/rig.ts'
import { AdapterRig, startAdapter } from './venue-rig.ts'

let rig: AdapterRig
afterEach(() => rig.close())

/** What an engine does, reduced: fills once by trade id from the stream, and from queries after each reconnect. */
class FillBook {
  readonly byTradeId = new Map<string, Fill>()
  duplicates = 0

  add(fill: Fill): void {
    const known = this.byTradeId.get(fill.tradeId)
    if (known === undefined) this.byTradeId.set(fill.tradeId, fill)
    else {
      expect(fill).toEqual(known)
      this.duplicates++
    }
  }

  /** Base and quote amounts, fees included. */
  balances(): { base: string; quote: string } {
    let base = moneyFromText('1')
    let quote = moneyFromText('100000')
    for (const { side, qty, price, feeText, feeAsset } of this.byTradeId.values()) {
      const sign = side === 'buy' ? 1n : -1n
      base += sign * BigInt(qty) * moneyFromText('0.00001')
      quote -= sign * BigInt(qty) * BigInt(price) * moneyFromText('0.0000001')
      if (feeAsset === 'BTC') base -= moneyFromText(feeText)
      else quote -= moneyFromText(feeText)
    }
    return { base: moneyToText(base), quote: moneyToText(quote) }
  }
}

describe('fills over a bad network', () => {
  it.each([1, 2, 3, 4])(
    'O6: none is lost or doubled, and the account is the venue’s (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed)
      rig = await startAdapter({ requestTimeoutMs: 30_000 })
      const book = new FillBook()
      rig.venue.onReport = (report): void => {
        if (report.kind === 'fill') book.add(report.fill)
      }
      const reconciled: Promise<void>[] = []
      let pulls = Promise.resolve()
      rig.venue.onConnection = (up): void => {
        if (up) {
          pulls = pulls.then(async () => {
            for (const { fill } of (await rig.venue.queryFills('BTCUSDT', null)) ?? []) book.add(fill)
          })
          reconciled.push(pulls)
        }
      }
      let sent = 0
      for (let n = 0; n < 120; n++) {
        const side = random.next() < 0.5 ? 'buy' : 'sell'
        const limit = random.next() < 0.3
        const order = limit ? { type: 'limit' as const, price: side === 'buy' ? 6_183_764 : 6_183_763 } : {}
        if (rig.submit(`f${n}`, { side, qty: 500 + Math.floor(random.next() * 3_000), ...order }) === 'sent')
          sent++
        if (random.next() < 0.2) {
          await rig.faults({
            drop_answers: Math.floor(random.next() * 3),
            drop_events: Math.floor(random.next() * 3),
            duplicate_events: Math.floor(random.next() * 4),
            events_first: random.next() < 0.5,
          })
        }
        if (random.next() < 0.06) {
          await admin(rig.server.http, 'cut', {
            what: 'ws-api',
            reset: random.next() < 0.5,
            mid_frame: random.next() < 0.5,
          })
        }
        if (random.next() < 0.3) requote(random)
        await new Promise((resolve) => setTimeout(resolve, Math.floor(random.next() * 4)))
      }
      await admin(rig.server.http, 'reset', {})
      const before = reconciled.length
      await admin(rig.server.http, 'cut', { what: 'ws-api' })
      // Whatever was lost is found by the look that follows the next connection.
      while (reconciled.length === before) await new Promise((resolve) => setTimeout(resolve, 5))
      await Promise.all(reconciled)
      const { matching } = rig.server.server.desk
      const venueTrades = matching.history.trades(0)
      expect([...book.byTradeId.keys()].map(Number).sort((a, b) => a - b)).toEqual(
        venueTrades.map(({ id }) => id),
      )
      expect(book.duplicates).toBeGreaterThan(0)
      const totals = Object.fromEntries(
        matching.account
          .balances()
          .map(({ asset, free, locked }) => [
            asset,
            moneyToText(moneyFromText(free) + moneyFromText(locked)),
          ]),
      )
      expect(book.balances()).toEqual({ base: totals['BTC'], quote: totals['USDT'] })
      expect(sent).toBeGreaterThan(50)
      expect(venueTrades.length).toBeGreaterThan(20)
    },
  )
})

/** Moves the market, so that resting orders fill between requests. */
function requote(random: SeededRandom): void {
  const qty = (0.001 + random.next() * 0.05).toFixed(5)
  const frame = quoteFrame(1_723_161_254_500, '61837.63', qty, '61837.64', qty)
  const { data } = JSON.parse(frame.text) as { data: { B: string } }
  const units = Math.round(Number(data.B) * 100_000)
  rig.server.server.desk.matching.onQuote(0, 6_183_763, units, 6_183_764, units, 1_723_161_254_500)
}
