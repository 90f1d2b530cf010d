import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { LiveEngine } from './live-engine.ts'
import { recordsOf } from './operator.ts'
import type { Ended } from './program.ts'

const ORDERS = 20

function documentOf({ code, stdout, stderr }: Ended): RunDocument {
  expect(stdout, `code ${code}: ${stderr}`).not.toBe('')
  return JSON.parse(stdout) as RunDocument
}

interface Line {
  readonly msg: string
  readonly [field: string]: unknown
}

function logOf(engine: LiveEngine): Line[] {
  const text = readFileSync(path.join(engine.stateDir, 'logs', 'engine.log'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

describe('an engine with open orders that is told to end', () => {
  it('S1, S4, S5, S7, S10: cancels, verifies, sums up, dumps its threads, and keeps its last line', async () => {
    const engine = await LiveEngine.prepare()
    const program = await engine.startWithOrders(ORDERS)
    program.kill('SIGTERM')
    const ended = await program.ended
    const { shutdown, exit_code } = documentOf(ended)
    expect([ended.code, exit_code]).toEqual([0, 0])
    expect(shutdown).toMatchObject({
      reason: 'SIGTERM',
      orders_canceled: ORDERS,
      cancel_errors: 0,
      orders_left: [],
      verified: true,
      state_flushed: true,
    })
    expect([engine.openAtVenue(), engine.sentAfterFlag(), engine.summaries()]).toEqual([[], 0, 1])
    expect(recordsOf(engine.stateDir).at(-1)).toMatchObject({
      kind: 'SUMMARY',
      data: { orders_canceled: ORDERS, orders_left: [], exit_code: 0 },
    })
    const log = logOf(engine)
    expect(log.at(-1)).toMatchObject({ msg: 'shutdown summary', orders_canceled: ORDERS, exit_code: 0 })
    const lines = log.map((line) => JSON.stringify(line))
    expect(new Set(lines).size).toBe(lines.length)
    const dump = log.find(({ msg }) => msg === 'THREAD_DUMP shutdown') as Line
    const threads = dump['threads'] as readonly { name: string; owner: string; state: string }[]
    expect(threads.map(({ name, owner }) => `${name} ${owner}`)).toEqual(
      expect.arrayContaining(['main engine', 'control engine', 'worker-0 sma']),
    )
    expect(dump).toMatchObject({ occasion: 'shutdown', open_count: ORDERS })
  })
})
