import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { FeatureSpec, StrategyDefinition } from '../../../src/index.ts'
import { defineStrategy, TradingAction } from '../../../src/index.ts'

type Params = { trades: number; file: string; base_ms: number }

/** Hundredths and hundred-thousandths as decimal text without trailing zeros. */
function text(increments: number, places: number): string {
  return (increments / 10 ** places).toFixed(places).replace(/\.?0+$/, '')
}

/** Hashes the trades that it is shown, and writes the hash to a file after so many. */
function tape({ trades, file, base_ms }: Params): FeatureSpec {
  const hash = createHash('sha256')
  let count = 0
  return {
    name: 'tape',
    kind: 'tape',
    on: 'trade',
    params: {},
    create: () => ({
      update({ eventNs, price, qty }) {
        hash.update(`${base_ms + eventNs / 1e6},${text(price, 2)},${text(qty, 5)}\n`)
        if (++count === trades) writeFileSync(file, hash.digest('hex'))
      },
      ready: () => true,
      write(row, place) {
        row[place] = count
      },
    }),
  }
}

/** Never trades: it tells what came through feed, ring and worker. */
const strategy: StrategyDefinition<Params> = defineStrategy<Params>({
  name: 'tape',
  params: { trades: 0, file: '', base_ms: 0 },
  acts: 'trade',
  features: (params) => [tape(params)],
  model: () => () => TradingAction.HOLD,
})

export default strategy
