import {
  defineStrategy,
  lag,
  price,
  type StrategyDefinition,
  sma,
  TradingAction,
} from '../../../src/index.ts'

/*
 * The SMA cross of examples/, whose model misbehaves at its n-th decision: for tests of what an engine does then. Nothing
 * here may burn a core for ever: a test that fails must not hold the machine.
 */
const SPIN_MS_MAX = 60_000

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function misbehave(mode: string): unknown {
  switch (mode) {
    case 'throw':
      throw new Error('the model threw')
    case 'reject':
      return Promise.reject(new Error('the model rejected'))
    case 'nan':
      return Number.NaN
    case 'wrong':
      return 7
    case 'exit':
      return process.exit(3)
    case 'timer-throw':
      setTimeout(() => {
        throw new Error('a timer threw')
      })
      return TradingAction.HOLD
    case 'stray-reject':
      void Promise.reject(new Error('nobody awaits this'))
      return TradingAction.HOLD
    case 'hot-loop':
      spin(SPIN_MS_MAX)
      return TradingAction.HOLD
    case 'never':
      return new Promise(() => {})
    default:
      throw new Error(`no mode ${mode}`)
  }
}

type Params = { window: number; mode: string; at: number; from: boolean; busy_ms: number }

const strategy: StrategyDefinition<Params> = defineStrategy<Params>({
  name: 'faulty',
  params: { window: 20, mode: 'throw', at: 5, from: false, busy_ms: 0 },
  warmupBars: ({ window }) => window + 1,
  features: ({ window }) => [price(), sma(window), lag(price()), lag(sma(window))],
  model: ({ mode, at, from, busy_ms }) => {
    let calls = 0
    return ((features: Float64Array) => {
      calls++
      if (busy_ms > 0) spin(busy_ms)
      if (calls === at || (from && calls > at)) return misbehave(mode)
      const [close, average, before, averageBefore] = features as unknown as [number, number, number, number]
      if (close > average && before <= averageBefore) return TradingAction.BUY
      if (close < average && before >= averageBefore) return TradingAction.SELL
      return TradingAction.HOLD
    }) as never
  },
})

export default strategy
