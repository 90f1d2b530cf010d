import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { defineStrategy, type StrategyDefinition, TradingAction } from '../../../src/index.ts'

type Params = { folder: string; side: 'main' | 'worker'; at: number }

/*
 * Two that make intents pile up, whatever the machine's pace is. The one in the worker waits at its first trade until the
 * one on the main thread holds that thread, which is at its n-th; then it decides on the trades between at once. The
 * main thread is held until there is a file `free` in the folder.
 */
const strategy: StrategyDefinition<Params> = defineStrategy<Params>({
  name: 'piling',
  params: { folder: '', side: 'worker', at: 1 },
  acts: 'trade',
  features: () => [],
  model: ({ folder, side, at }) => {
    const file = (name: string): string => path.join(folder, name)
    const waitFor = (name: string): void => {
      while (!existsSync(file(name)));
    }
    let trades = 0
    if (side === 'main')
      return () => {
        if (++trades === at) {
          writeFileSync(file('held'), '')
          waitFor('free')
        }
        return TradingAction.HOLD
      }
    return () => {
      if (++trades === 1) waitFor('held')
      return trades % 2 === 1 ? TradingAction.BUY : TradingAction.SELL
    }
  },
})

export default strategy
