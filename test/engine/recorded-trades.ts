import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parseIncrement, toIncrements } from '../../src/core/decimal.ts'
import { createTickSlots, TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../src/domain/tick.ts'

/** The trades of recorded Binance lines as slots, read without the engine's decoder. */
export interface RecordedTrades {
  readonly slots: TickSlots
  readonly count: number
  readonly baseUtcMs: number
}

export function readTrades(files: readonly string[], priceStep: string, qtyStep: string): RecordedTrades {
  const trades: { T: number; t: number; p: string; q: string; m: boolean }[] = []
  for (const file of files) {
    const text = gunzipSync(readFileSync(`test/fixtures/binance-raw/${file}`)).toString('utf8')
    for (const line of text.split('\n')) {
      if (line.includes('"e":"trade"')) trades.push(JSON.parse(line.slice(line.indexOf(' ') + 1)).data)
    }
  }
  const [price, qty] = [parseIncrement(priceStep), parseIncrement(qtyStep)]
  const first = trades[0]?.T ?? 0
  const baseUtcMs = first - (first % 86_400_000)
  const slots = createTickSlots(trades.length)
  trades.forEach((trade, i) => {
    slots.i32[i * TICK_SLOT_I32] = TICK.TRADE
    const at = i * TICK_SLOT_F64
    slots.f64[at + 1] = (trade.T - baseUtcMs) * 1e6
    slots.f64[at + 2] = (trade.T - baseUtcMs) * 1e6
    slots.f64[at + 3] = toIncrements(trade.p, price)
    slots.f64[at + 4] = toIncrements(trade.q, qty)
    slots.f64[at + 5] = trade.m ? -1 : 1
    slots.f64[at + 7] = trade.t
  })
  return { slots, count: trades.length, baseUtcMs }
}
