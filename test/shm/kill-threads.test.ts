import { describe, expect, it } from 'vitest'
import { REASON } from '../../src/domain/reasons.ts'
import { ALL_SCOPE, ControlPlane, SCOPE_KINDS, type Scope } from '../../src/shm/control-plane.ts'
import { generationOf, reasonsOf } from '../../src/shm/control-word.ts'
import type { PlaneMemory } from '../../src/shm/freshness.ts'
import { PLANE_BYTES } from '../../src/shm/layout.ts'
import { SubmissionGuard } from '../../src/shm/submission-guard.ts'
import { type KillThreadData, type KillThreadResult, TALLY } from './kill-tally.ts'
import { runThread } from './threads.ts'

const GENERATIONS = 0x100000

interface Outcome {
  readonly results: Record<KillThreadData['role'], KillThreadResult[]>
  readonly plane: ControlPlane
  readonly tally: Int32Array
  readonly marks: Uint8Array
  readonly firstGeneration: number
}

function openPlane(memory?: PlaneMemory): ControlPlane {
  const plane = ControlPlane.create(memory)
  for (const kind of SCOPE_KINDS) plane.scope({ kind, index: 0 }).clear(0, 0)
  return plane
}

async function race(
  scope: Scope,
  killsEach: number,
  judgement: number,
  submitters: number,
  memory?: PlaneMemory,
): Promise<Outcome> {
  const plane = openPlane(memory)
  const tally = new SharedArrayBuffer(TALLY.marksAt + GENERATIONS)
  const firstGeneration = generationOf(plane.scope(scope).load())
  const shared = { memory: plane.memory, tally, scope, kills: killsEach, judgement, threads: 3 + submitters }
  const start = (role: KillThreadData['role']): Promise<KillThreadResult> =>
    runThread('./kill-thread.ts', { ...shared, role })
  const [rearmer, ...others] = await Promise.all([
    start('rearmer'),
    start('killer'),
    start('killer'),
    ...Array.from({ length: submitters }, () => start('submitter')),
  ])
  const results = { rearmer: [rearmer], killer: others.slice(0, 2), submitter: others.slice(2) }
  const words = new Int32Array(tally, 0, TALLY.marksAt / 4)
  return { results, plane, tally: words, marks: new Uint8Array(tally, TALLY.marksAt), firstGeneration }
}

/**
 * Every kill and every re-arm marked the generation that it made. If each generation from first to last was made by
 * exactly one change, none overwrote another; and a re-arm's generation follows the one that it had seen (the thread
 * checks that), so every kill before it was seen by it, and every kill after it still stands.
 */
function expectEveryGenerationOnce(outcome: Outcome, scope: Scope): void {
  const { results, plane, marks, firstGeneration } = outcome
  const changes = [...results.killer, ...results.rearmer].reduce((sum, { changes: n }) => sum + n, 0)
  const last = plane.scope(scope).load()
  expect(changes).toBeLessThan(GENERATIONS) // no generation comes round again
  expect(generationOf(last)).toBe(firstGeneration + changes)
  let wrong = 0
  for (let g = firstGeneration + 1; g <= generationOf(last); g++) if (marks[g] !== 1) wrong++
  expect(wrong).toBe(0)
}

describe('kills, re-arms and submissions between real threads', () => {
  it('K5: of a million kills that race re-arms, none is erased by a re-arm that had not seen it', async () => {
    let rearms = 0
    let refused = 0
    for (let round = 0; round < 4; round++) {
      const outcome = await race(ALL_SCOPE, 125_000, round * 4, 0)
      expectEveryGenerationOnce(outcome, ALL_SCOPE)
      const rearmer = outcome.results.rearmer[0] as KillThreadResult
      expect(rearmer.faults).toBe(0)
      rearms += rearmer.changes
      refused += rearmer.refused
      // who killed last was not erased: with no re-arm after it, the word is halted
      expect(reasonsOf(outcome.plane.all.load()) & ~REASON.KILL).toBe(0)
    }
    expect(rearms).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
  })

  it.each<[string, Scope, boolean]>([
    ['all', ALL_SCOPE, false],
    ['the symbol', { kind: 'symbol', index: 0 }, false],
    ['the strategy, without WebAssembly', { kind: 'strategy', index: 0 }, true],
  ])(
    'K2: after an effective halt of %s no order starts, over two killers, a re-armer and a submitter',
    async (_, scope, plain) => {
      const memory = plain ? new SharedArrayBuffer(PLANE_BYTES) : undefined
      const outcome = await race(scope, 50_000, 200, 1, memory)
      expectEveryGenerationOnce(outcome, scope)
      for (const { faults } of [...outcome.results.killer, ...outcome.results.rearmer]) expect(faults).toBe(0)
      const orders = outcome.results.submitter.reduce((sum, { changes }) => sum + changes, 0)
      expect(Atomics.load(outcome.tally, TALLY.orders)).toBe(orders)
      expect(orders).toBeGreaterThan(0)
      expect(Atomics.load(outcome.tally, TALLY.effective)).toBeGreaterThan(0)
      expect(new SubmissionGuard(outcome.plane).isDrained()).toBe(true)
    },
  )
})
