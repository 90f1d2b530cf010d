import type { StrategyHooks } from '../../../src/index.ts'
import faulty from './faulty.ts'

/** The SMA cross, with a model that behaves, and hooks that do what hooks must not (P6); it must trade as if it had none. */
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

const strategy: typeof faulty = {
  ...faulty,
  name: 'bad-hooks',
  params: { window: 20, mode: '', at: 0, from: false, busy_ms: 0 },
  hooks,
}

export default strategy
