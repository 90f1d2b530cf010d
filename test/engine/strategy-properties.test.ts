import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineStrategy } from '../../src/domain/strategy.ts'
import { sma } from '../../src/feature/average.ts'
import { lag, price } from '../../src/feature/price.ts'
import { BTC, createRig, ETH, type Rig } from './strategy-harness.ts'

/** Trades of the last close, its average and the one before: state of every sort behind each intent. */
const strategy = defineStrategy({
  name: 'random',
  features: () => [price(), sma(3), lag(sma(3))],
  model: () => (features) => ((features[0] as number) > (features[1] as number) ? 1 : 2),
})
const ticks = fc.array(
  fc.record({
    stepS: fc.double({ min: -0.5, max: 2, noNaN: true }),
    price: fc.integer({ min: 1, max: 50 }),
    eth: fc.boolean(),
    open: fc.boolean(),
  }),
  { maxLength: 120 },
)
type Ticks = typeof ticks extends fc.Arbitrary<infer T> ? T : never

function play(rig: Rig, input: Ticks, gated: boolean): void {
  let atS = 10
  for (const tick of input) {
    atS += tick.stepS
    rig.open = !gated || tick.open
    rig.trade(atS, tick.price, { instrument: tick.eth ? 1 : 0 })
  }
}

describe('properties of the runner', () => {
  it('K2: a gate that opens and shuts takes away the intents of blocked ticks and changes no other', async () => {
    await fc.assert(
      fc.asyncProperty(ticks, async (input) => {
        const options = { instruments: [BTC, ETH] }
        const [free, gated] = [await createRig(strategy, options), await createRig(strategy, options)]
        play(free, input, false)
        play(gated, input, true)
        expect(gated.intents).toEqual(free.intents.filter((intent) => input[intent.tickSeq]?.open))
        expect(gated.runner.counters.blocked).toBe(input.filter((tick) => !tick.open).length)
      }),
    )
  })

  it('P11: a symbol decides the same alone as among others', async () => {
    await fc.assert(
      fc.asyncProperty(ticks, async (input) => {
        const [both, alone] = [
          await createRig(strategy, { instruments: [BTC, ETH] }),
          await createRig(strategy, { instruments: [ETH] }),
        ]
        play(both, input, false)
        play(alone, input, false)
        expect(alone.intents).toEqual(both.intents.filter((intent) => intent.instrument === 1))
      }),
    )
  })

  it('a strategy that holds allocates nothing on the path', () => {
    const harness = new URL('./strategy-harness.ts', import.meta.url).href
    // A young generation that no collection interrupts: what was allocated is what the heap grew by.
    const code = `
      const { createRig, BTC } = await import(${JSON.stringify(harness)})
      const { sma } = await import(${JSON.stringify(new URL('../../src/feature/average.ts', import.meta.url).href)})
      const { createTickSlots, TICK } = await import(${JSON.stringify(new URL('../../src/domain/tick.ts', import.meta.url).href)})
      const definition = {
        name: 'hold', acts: 'tick',
        features: () => [sma(50), sma(200, { on: 'trade' })],
        model: () => (f) => (f[0] > f[1] ? 0 : 0),
      }
      const rig = await createRig(definition, { gate1: () => true, clock: { monoNs: () => 0 } })
      const slots = createTickSlots(1)
      slots.i32[0] = TICK.TRADE
      slots.f64[4] = 5
      const run = (from, to) => {
        for (let i = from; i < to; i += 1) {
          slots.f64[1] = i * 1e6
          slots.f64[3] = 6_000_000 + (i % 997)
          rig.runner.onTick(slots, 0, i)
        }
      }
      let least = Infinity
      for (let i = 0; i < 60 && least > 0.5; i += 1) {
        const before = process.memoryUsage().heapUsed
        run(i * 100_000, (i + 1) * 100_000)
        const bytes = (process.memoryUsage().heapUsed - before) / 100_000
        if (bytes >= 0) least = Math.min(least, bytes)
      }
      console.log(String(least))`
    const flags = [
      '--min-semi-space-size=128',
      '--max-semi-space-size=128',
      '--input-type=module',
      '-e',
      code,
    ]
    const bytesPerTick = Number(execFileSync(process.execPath, flags, { encoding: 'utf8' }))
    // The best of many stretches: the first ones run before the compiler has come. A boxed double is 12 bytes or more.
    expect(bytesPerTick).toBeLessThan(1)
  })
})
