import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import { beginningOf, editedConfig, SPOT_DAY_1 } from './files.ts'
import { recordsOf } from './operator.ts'
import { tempFolder, tidegate } from './program.ts'

const FAULTY = path.resolve('test/process/strategies/faulty.ts')
const BAD_HOOKS = path.resolve('test/process/strategies/bad-hooks.ts')
const SECONDS = 150

type Placement = 'worker' | 'inline'

interface Outcome {
  readonly code: number | null
  readonly document: ReplayDocument
  readonly stderr: string
  readonly folder: string
}

let shared: string
beforeAll(() => {
  shared = mkdtempSync(path.join(tmpdir(), 'tidegate-faults-'))
  beginningOf(SPOT_DAY_1, SECONDS, shared)
})
afterAll(() => rmSync(shared, { recursive: true, force: true }))

/** The healthy SMA cross, alone or beside a strategy that misbehaves. */
async function run(
  beside: object | null,
  placement: Placement,
  env: Record<string, string> = {},
): Promise<Outcome> {
  const config = editedConfig('examples/sma-cross.yaml', (tree) => {
    const [sma] = tree.strategies
    Object.assign(sma as object, { placement })
    if (beside !== null) tree.strategies.push({ ...sma, id: 'bad', placement, ...beside } as never)
    tree.replay.data = [path.join(shared, 'beginning.txt')]
  })
  const out = tempFolder()
  const { code, stdout, stderr } = await tidegate(['replay', '--config', config, '--out', out, '--json'], {
    env,
  })
  return { code, document: JSON.parse(stdout) as ReplayDocument, stderr, folder: out }
}

/** Orders that a strategy's decisions led to, as the journal has them. */
function orders(folder: string, strategy: string): string[] {
  return recordsOf(folder).flatMap(({ kind, actor, data }) => {
    const { decision, order } = data as unknown as {
      decision: { tick: { seq: number } }
      order: { side: string }
    }
    return kind === 'INTENT' && actor === `strategy:${strategy}` ? [`${decision.tick.seq} ${order.side}`] : []
  })
}

let alone: string[]
beforeAll(async () => {
  alone = orders((await run(null, 'inline')).folder, 'sma')
  expect(alone.length).toBeGreaterThan(4)
})

describe('a model that misbehaves once', () => {
  it.each([
    ['throw', 'MODEL_THREW', 'the model threw'],
    ['reject', 'MODEL_THREW', 'the model rejected'],
    ['nan', 'MODEL_NAN', ''],
    ['wrong', 'ACTION_INVALID', '7'],
  ])(
    'P9: %s: is a HOLD and a named, counted error in both placements; nothing else changes',
    async (mode, code, text) => {
      const params = { mode, at: 30 }
      const [worker, inline] = await Promise.all([
        run({ file: FAULTY, params }, 'worker'),
        run({ file: FAULTY, params }, 'inline'),
      ])
      for (const { code: exit, stderr, folder } of [worker, inline]) {
        expect(exit, stderr).toBe(0)
        expect(stderr).toContain(`bad BTCUSDT ${code}`)
        expect(stderr).toContain(text)
        expect(orders(folder, 'sma')).toEqual(alone)
      }
      expect(worker.document.journal.content_sha256).toBe(inline.document.journal.content_sha256)
    },
  )
})

describe('a strategy that ends or blocks its worker', () => {
  it.each([
    ['exit', /ended/],
    ['timer-throw', /a timer threw/],
    ['stray-reject', /nobody awaits this/],
    ['hot-loop', /no progress/],
    ['never', /no answer within 3000 ms/],
  ])(
    'P6: %s: halts its own strategy, says so, and the other one trades as if it were alone',
    async (mode, text) => {
      const { code, stderr, folder } = await run({ file: FAULTY, params: { mode, at: 1 } }, 'worker', {
        TIDEGATE_WORKERS__HANG_MS: '300',
        TIDEGATE_WORKERS__STOP_MS: '200',
      })
      expect([code, stderr]).toEqual([1, expect.stringMatching(text)])
      expect(stderr).not.toMatch(/^\s+at /m)
      // A timer or a stray promise comes when the thread's event loop turns, some ticks later.
      const made = orders(folder, 'bad')
      expect(made).toEqual(alone.slice(0, made.length))
      expect(made.length).toBeLessThan(3)
      expect(orders(folder, 'sma')).toEqual(alone)
      const halts = recordsOf(folder).filter(({ kind, data }) => {
        const { scope, set } = data as { scope?: string; set?: string[] }
        return kind === 'CONTROL' && scope === 'strategy:bad' && set?.length === 1
      })
      expect(halts).toMatchObject([{ data: { set: ['KILL'], code: 'STALLED' } }])
    },
  )
})

describe('hooks', () => {
  it.each(['worker', 'inline'] as const)(
    'P6: hook error handling, %s: hooks that throw, reject, block and never settle are named and change no order',
    async (placement) => {
      const { code, stderr, folder } = await run({ file: BAD_HOOKS }, placement)
      expect(code, stderr).toBe(0)
      for (const hook of ['onTick', 'onBar', 'onFill', 'onError']) {
        expect(stderr).toMatch(
          new RegExp(
            `^bad (BTCUSDT )?HOOK_THREW \\(${hook}\\): ${hook === 'onFill' ? 'not even an error' : hook}`,
            'm',
          ),
        )
      }
      expect(orders(folder, 'bad')).toEqual(alone)
      expect(orders(folder, 'sma')).toEqual(alone)
    },
  )
})
