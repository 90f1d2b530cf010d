import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { defineStrategy, TradingAction } from '../../../src/index.ts'

type Blocking = { blockMs(ms: number): void }
const FOR_EVER_MS = 600_000

/** What user code can do to an engine that is to end, by the word that the test gives. */
const ACTS: Readonly<Record<string, (module: string) => void>> = {
  nothing: () => {},
  spin: () => {
    for (;;);
  },
  native: (module) => (createRequire(import.meta.url)(module) as Blocking).blockMs(FOR_EVER_MS),
  exit: () => process.exit(3),
  throw: () => {
    setTimeout(() => {
      throw new Error('nobody catches this')
    })
  },
  reject: () => {
    void Promise.reject(new Error('nobody awaits this'))
  },
}

/** An order at each trade, until at trade `at`, or at the first one once there is the file, it does what `act` says. */
const strategy: ReturnType<typeof defineStrategy> = defineStrategy({
  name: 'ending',
  params: { act: 'nothing', at: 0, module: '', file: '' },
  acts: 'trade',
  features: () => [],
  model: ({ act, at, module, file }) => {
    let trades = 0
    let acted = false
    return () => {
      trades++
      if (!acted && (at === 0 ? existsSync(String(file)) : trades === at)) {
        acted = true
        ACTS[String(act)]?.(String(module))
      }
      return TradingAction.BUY
    }
  },
})

export default strategy
