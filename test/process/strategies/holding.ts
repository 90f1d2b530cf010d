import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { defineStrategy, TradingAction } from '../../../src/index.ts'

/** An order at each tick. It holds the thread that it runs on, in JavaScript, as long as there is a file `hold` in its folder. */
const strategy: ReturnType<typeof defineStrategy> = defineStrategy({
  name: 'holding',
  params: { folder: '' },
  acts: 'tick',
  features: () => [],
  model: ({ folder }) => {
    const file = (name: string): string => path.join(String(folder), name)
    return () => {
      if (!existsSync(file('hold'))) return TradingAction.BUY
      writeFileSync(file('blocked'), String(process.hrtime.bigint()))
      while (existsSync(file('hold')));
      writeFileSync(file('free'), String(process.hrtime.bigint()))
      return TradingAction.BUY
    }
  },
})

export default strategy
