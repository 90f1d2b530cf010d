import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { defineStrategy, TradingAction } from '../../src/index.ts'

/*
 * The strategy of the engine that a drill starts for itself: an order at each tick, and what the drill writes into the
 * file `command` of its folder: `block MS` (the main thread spins), `kill` (strategy code kills), `kill MS` (both). It spins
 * until its mark `blocked` is taken away, MS at most.
 */

export default defineStrategy({
  name: 'drill',
  params: { folder: '' },
  acts: 'tick',
  features: () => [],
  model:
    ({ folder }) =>
    (_features, context) => {
      const file = path.join(folder, 'command')
      if (!existsSync(file)) return TradingAction.BUY
      const [command, ms] = readFileSync(file, 'utf8').split(' ')
      rmSync(file)
      if (command === 'kill') {
        writeFileSync(path.join(folder, 'triggered'), String(process.hrtime.bigint()))
        context.kill('drill')
      }
      if (ms !== undefined) spin(folder, BigInt(ms))
      return TradingAction.BUY
    },
})

/** Holds the thread that it runs on, in JavaScript, and leaves when it began and ended: ns of the machine's clock. */
function spin(folder: string, ms: bigint): void {
  const mark = path.join(folder, 'blocked')
  const fromNs = process.hrtime.bigint()
  writeFileSync(mark, String(fromNs))
  const untilNs = fromNs + ms * 1_000_000n
  while (process.hrtime.bigint() < untilNs && existsSync(mark));
  writeFileSync(path.join(folder, 'free'), String(process.hrtime.bigint()))
}
