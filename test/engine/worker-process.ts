import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { StrategyWorker } from '../../src/engine/strategy-worker.ts'
import type { WorkerStop } from '../../src/engine/worker-types.ts'
import { HostUnderTest, LIMITS } from './worker-harness.ts'

/**
 * A process that starts four strategy workers, lets each come to its own end, closes the host, and then waits: whoever
 * started it counts its threads from outside. It says each step on a line of its own, goes on after a line of input, and
 * ends with its input.
 */
const limits = { ...LIMITS }
const test = new HostUnderTest({ limits })
const input = createInterface({ input: process.stdin })

async function say(step: string, detail: unknown = null): Promise<void> {
  const answered = once(input, 'line')
  process.stdout.write(`${JSON.stringify({ step, detail })}\n`)
  await answered
}

async function run(): Promise<void> {
  await say('before')
  const workers: StrategyWorker[] = []
  for (const mode of ['echo', 'throw', 'exit', 'hot-loop'] as const) {
    workers.push(await test.start({ mode, at: 3 }, workers.length))
  }
  await say('started')
  test.host.park()
  for (let n = 0; n < 10; n++) for (const worker of workers) worker.dispatch(test.tick(n), 0, 1, n)
  await test.until(() => test.ended.length === 2 && test.stalled.includes(3) && test.intents.length >= 10)
  await say('lost', { ended: test.ended.map(({ worker }) => worker).sort() })
  await workers[0]?.stop(false)
  // Only what never ends is left to be waited for.
  limits.stopMs = 200
  const stops: WorkerStop[] = await test.host.close()
  await say(
    'closed',
    stops.map(({ how }) => how),
  )
}

await run()
input.close()
