import sma from '../../../examples/strategies/sma-cross.ts'
import { type StrategyDefinition, type StrategyHooks } from '../../../src/index.ts'

/** The SMA cross of examples/ with hooks that do what hooks must not (P6); it must trade as if it had none. */
const hooks: StrategyHooks = {
  onTick() {
    throw new Error('onTick threw')
  },
  async onBar() {
    throw new Error('onBar rejected')
  },
  onSignal() {
    for (const end = performance.now() + 20; performance.now() < end; );
  },
  onOrder: () => new Promise(() => {}),
  onFill() {
    throw 'not even an error' // oxlint-disable-line typescript/only-throw-error
  },
  onError() {
    throw new Error('onError threw')
  },
}

const strategy: StrategyDefinition<{ window: number }> = { ...sma, name: 'bad-hooks', hooks }

export default strategy
