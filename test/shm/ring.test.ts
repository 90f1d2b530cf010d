import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Intent } from '../../src/domain/intent.ts'
import { createTickSlots, TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../src/domain/tick.ts'
import { IntentRingConsumer, IntentRingProducer } from '../../src/shm/intent-ring.ts'
import { RING, WORKER } from '../../src/shm/layout.ts'
import { TickRingConsumer, TickRingProducer } from '../../src/shm/tick-ring.ts'
import { attachWorkerMemory, createWorkerMemory, type WorkerMemory } from '../../src/shm/worker-memory.ts'

function memory(slots: number, cursorsFrom = 0): WorkerMemory {
  const shape = { tickSlots: slots, intentSlots: slots, featuresMax: 5 }
  const attached = attachWorkerMemory(createWorkerMemory(shape), shape)
  for (const ring of [WORKER.tickRing, WORKER.intentRing]) {
    attached.words[ring + RING.tail] = cursorsFrom
    attached.words[ring + RING.head] = cursorsFrom
  }
  return attached
}

function fillSlot(slots: TickSlots, slot: number, value: number): void {
  slots.i32[slot * TICK_SLOT_I32] = TICK.TRADE | (value << 8)
  slots.i32[slot * TICK_SLOT_I32 + 1] = value
  for (let f = 1; f < TICK_SLOT_F64; f++) slots.f64[slot * TICK_SLOT_F64 + f] = value * 10 + f
}

function slotValues(slots: TickSlots, slot: number): number[] {
  const i = slot * TICK_SLOT_I32
  return [
    ...slots.i32.subarray(i, i + 2),
    ...slots.f64.subarray(slot * TICK_SLOT_F64 + 1, (slot + 1) * TICK_SLOT_F64),
  ]
}

function intentOf(value: number, features: number): Intent {
  return {
    strategy: value % 64,
    instrument: value % 1024,
    action: value % 2 === 0 ? 1 : 2,
    tickSeq: value,
    tickRecvNs: value * 2 ** 20,
    tickEventNs: value + 0.5,
    decidedNs: value + 2,
    referencePrice: Number.MAX_SAFE_INTEGER - value,
    limitPrice: value % 3 === 0 ? Number.NaN : value,
    qty: value % 5 === 0 ? Number.NaN : value,
    permit: [value, -value, 0x7fffffff, -0x80000000, 0],
    features: Float64Array.from({ length: features }, (_, n) => value / (n + 1)),
  }
}

const STEPS = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('write' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('group' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('read' as const), count: fc.integer({ min: 1, max: 9 }) }),
  ),
  { maxLength: 80 },
)
/** Where the cursors start: 0, and shortly before both ends of a 32-bit integer. */
const STARTS = fc.constantFrom(0, 0x7fffffff - 5, -6)

describe('rings', () => {
  it('a tick ring equals an array of bounded length, for any sequence of writes, groups and reads', () => {
    fc.assert(
      fc.property(STEPS, fc.constantFrom(1, 2, 4, 8), STARTS, (steps, capacity, from) => {
        const { ticks } = memory(capacity, from)
        const producer = new TickRingProducer(ticks)
        const consumer = new TickRingConsumer(ticks)
        const source = createTickSlots(16)
        const model: { values: number[]; seq: number }[] = []
        let next = 0
        for (const step of steps) {
          if (step.do === 'read') {
            const expected = model.splice(0, step.count)
            const read: typeof model = []
            consumer.poll(step.count, (slots, slot, seq) =>
              read.push({ values: slotValues(slots, slot), seq }),
            )
            expect(read).toEqual(expected)
          } else if (step.do === 'write') {
            for (let n = 0; n < step.count; n++) {
              fillSlot(source, 3, ++next)
              const fits = model.length < capacity
              expect(producer.tryWrite(source, 3, next)).toBe(fits)
              if (fits) model.push({ values: slotValues(source, 3), seq: next })
            }
          } else {
            const values: typeof model = []
            const seq = ++next
            for (let n = 0; n < step.count; n++) {
              fillSlot(source, 2 + n, ++next)
              values.push({ values: slotValues(source, 2 + n), seq })
            }
            const fits = model.length + step.count <= capacity
            expect(producer.tryWriteGroup(source, 2, step.count, seq)).toBe(fits)
            if (fits) model.push(...values)
          }
          expect(producer.pending()).toBe(model.length)
          expect(consumer.pending()).toBe(model.length)
        }
      }),
    )
  })

  it('an intent ring equals an array of bounded length, features and permit included', () => {
    fc.assert(
      fc.property(STEPS, fc.constantFrom(1, 2, 8), STARTS, (steps, capacity, from) => {
        const { intents } = memory(capacity, from)
        const producer = new IntentRingProducer(intents)
        const consumer = new IntentRingConsumer(intents)
        const model: Intent[] = []
        let next = 0
        for (const step of steps) {
          for (let n = 0; n < step.count; n++) {
            if (step.do === 'read') {
              const read = consumer.tryRead()
              const expected = model.shift() ?? null
              expect(read === null ? null : { ...read }).toEqual(expected)
            } else {
              const intent = intentOf(++next, next % 6)
              expect(producer.tryWrite(intent)).toBe(model.length < capacity)
              if (model.length < capacity) model.push(intent)
            }
          }
        }
      }),
    )
  })

  it('a full tick ring writes nothing and gives room again, slot by slot', () => {
    const { ticks } = memory(2)
    const producer = new TickRingProducer(ticks)
    const consumer = new TickRingConsumer(ticks)
    const source = createTickSlots(1)
    for (const value of [1, 2]) {
      fillSlot(source, 0, value)
      expect(producer.tryWrite(source, 0, value)).toBe(true)
    }
    fillSlot(source, 0, 3)
    expect(producer.tryWrite(source, 0, 3)).toBe(false)
    const slot = consumer.peek()
    expect(consumer.tickSeq(slot)).toBe(1)
    expect(producer.tryWrite(source, 0, 3)).toBe(false) // peeked is not released
    consumer.release()
    expect(producer.tryWrite(source, 0, 3)).toBe(true)
    const seqs: number[] = []
    expect(consumer.poll(9, (_, __, seq) => seqs.push(seq))).toBe(2)
    expect(seqs).toEqual([2, 3])
  })

  it('poll stops at its limit and leaves the rest', () => {
    const { intents } = memory(8)
    const producer = new IntentRingProducer(intents)
    const consumer = new IntentRingConsumer(intents)
    for (let n = 0; n < 5; n++) producer.tryWrite(intentOf(n, 0))
    const seqs: number[] = []
    expect(consumer.poll(3, (intent) => seqs.push(intent.tickSeq))).toBe(3)
    expect(seqs).toEqual([0, 1, 2])
    expect(producer.pending()).toBe(2)
  })

  it('P8: a ring takes one producer and one consumer, and notices a foreign write of its cursor', () => {
    const place = memory(4)
    const producer = new TickRingProducer(place.ticks)
    const consumer = new TickRingConsumer(place.ticks)
    expect(() => new TickRingProducer(place.ticks)).toThrow(/has a producer/)
    expect(() => new TickRingConsumer(place.ticks)).toThrow(/has a consumer/)
    const source = createTickSlots(1)
    producer.tryWrite(source, 0, 1)
    place.words[WORKER.tickRing + RING.tail] = 7
    expect(() => producer.tryWrite(source, 0, 2)).toThrow(/second producer/)
    consumer.peek()
    place.words[WORKER.tickRing + RING.head] = 7
    expect(() => consumer.release()).toThrow(/second consumer/)
  })

  it('refuses capacities that are no power of two, memory of another shape, and too many features', () => {
    expect(() => memory(3)).toThrow(/power of two/)
    expect(() => memory(0)).toThrow(/power of two/)
    const shape = { tickSlots: 2, intentSlots: 2, featuresMax: 1 }
    expect(() => attachWorkerMemory(new SharedArrayBuffer(64), shape)).toThrow(/shape/)
    const producer = new IntentRingProducer(memory(2).intents)
    expect(() => producer.tryWrite(intentOf(1, 6))).toThrow(/features/)
  })
})
