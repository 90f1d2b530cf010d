import { describe, expect, it } from 'vitest'
import { RING, WORKER } from '../../src/shm/layout.ts'
import { WAIT_KINDS, type WaitKind } from '../../src/shm/wait.ts'
import { attachWorkerMemory, createWorkerMemory } from '../../src/shm/worker-memory.ts'
import type { RingThreadResult } from './ring-thread.ts'
import { runThread } from './threads.ts'

/** Sends numbered ticks through both rings and back, two threads, and gives both sides' accounts. */
async function passThrough(
  count: number,
  slots: number,
  wait: WaitKind,
  from = 0,
): Promise<RingThreadResult[]> {
  const shape = { tickSlots: slots, intentSlots: slots, featuresMax: 3 }
  const buffer = createWorkerMemory(shape)
  const { words } = attachWorkerMemory(buffer, shape)
  for (const at of [WORKER.tickRing, WORKER.intentRing]) {
    words[at + RING.tail] = from
    words[at + RING.head] = from
  }
  const data = { buffer, shape, count, wait }
  return Promise.all([
    runThread<RingThreadResult>('./ring-thread.ts', { ...data, role: 'ticks' }),
    runThread<RingThreadResult>('./ring-thread.ts', { ...data, role: 'intents' }),
  ])
}

/** Thousands of hand-overs between two threads, each of which may wait for its turn on a machine under load. */
const TIMEOUT_MS = 900_000

describe('rings between real threads', { timeout: TIMEOUT_MS }, () => {
  it('P8: three million ticks pass without a lost, doubled or torn slot, and each comes back as an intent', async () => {
    const count = 3_000_000
    const [ticks, intents] = await passThrough(count, 1_024, 'spin-then-park')
    expect(ticks).toMatchObject({ written: count, read: count, faults: 0 })
    expect(intents).toMatchObject({ written: count, read: count, faults: 0 })
  })

  it.each(WAIT_KINDS)(
    'P8: the same with rings of 4 slots, always full or empty, waiting by %s',
    async (wait) => {
      const count = 30_000
      const [ticks, intents] = await passThrough(count, 4, wait)
      expect(ticks).toMatchObject({ written: count, read: count, faults: 0 })
      expect(intents).toMatchObject({ written: count, read: count, faults: 0 })
      expect((ticks as RingThreadResult).fullCount).toBeGreaterThan(0)
    },
  )

  it('P8: the same while the cursors pass the ends of 32 bits', async () => {
    const [ticks, intents] = await passThrough(200_000, 64, 'park', 0x7fffffff - 100_000)
    expect([ticks?.faults, intents?.faults, ticks?.read]).toEqual([0, 0, 200_000])
    const [low, high] = await passThrough(200_000, 64, 'park', -100_000)
    expect([low?.faults, high?.faults, low?.read]).toEqual([0, 0, 200_000])
  })
})
