import { closeSync, openSync } from 'node:fs'
import { createIntent } from '../../src/action/intent.ts'
import { TICK_SLOT_F64, type TickSlots } from '../../src/domain/tick.ts'
import type { HandlerContext, TickHandler } from '../../src/engine/worker-task.ts'
import { GateRoute, gate1 } from '../../src/gate/gate.ts'

/** What a test's worker does, and at which tick it starts to misbehave. */
export interface HandlerPlan {
  readonly mode:
    | 'echo'
    | 'deaf'
    | 'throw'
    | 'exit'
    | 'reject'
    | 'timer-throw'
    | 'hot-loop'
    | 'wait'
    | 'native'
    | 'decide-later'
    | 'mail'
    | 'flood'
    | 'environment'
    | 'close-hangs'
    | 'create-throws'
    | 'create-hangs'
  readonly at?: number
  /** native: a pipe without a writer, whose opening blocks in the system */
  readonly fifo?: string
}

/** For ever, as far as anyone waits; a test that fails must not burn a core until the machine stops. */
const SPIN_MS_MAX = 60_000

function misbehave({ mode, fifo }: HandlerPlan): void {
  switch (mode) {
    case 'throw':
      throw new Error('the handler threw')
    case 'exit':
      process.exit(3)
      break
    case 'reject':
      void Promise.reject(new Error('nobody awaits this'))
      break
    case 'timer-throw':
      setTimeout(() => {
        throw new Error('a timer threw')
      }, 1)
      break
    case 'hot-loop':
      for (const end = performance.now() + SPIN_MS_MAX; performance.now() < end; );
      break
    case 'wait':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      break
    case 'native':
      closeSync(openSync(fifo as string, 'r'))
      break
    default:
  }
}

/** Answers each tick with an intent that carries the tick's price and sequence, until its plan says otherwise. */
export async function createTickHandler(context: HandlerContext): Promise<TickHandler> {
  const plan = context.data as HandlerPlan
  if (plan.mode === 'create-throws') throw new Error('no handler today')
  if (plan.mode === 'create-hangs') await new Promise(() => setInterval(() => {}, 1_000))
  const route = new GateRoute(context.plane, 0, 0, 0, 0)
  const permit = new Int32Array(5)
  const intent = createIntent(context.worker, 0, new Float64Array(1))
  const deferred = new Set<Promise<void>>()
  const mail: unknown[] = []
  const answer = (slots: TickSlots, slot: number, tickSeq: number): number => {
    const open = gate1(route, permit)
    intent.features[0] = slots.f64[slot * TICK_SLOT_F64 + 3] as number
    intent.tickSeq = tickSeq
    intent.decidedNs = context.clock.monoNs()
    intent.action = open ? 1 : 2
    for (let word = 0; word < 5; word++) intent.permit[word] = permit[word] as number
    return context.intents.write(intent) ? 1 : 0
  }
  return {
    onTick(slots, slot, tickSeq) {
      if (tickSeq === plan.at) {
        context.post(plan.mode)
        misbehave(plan)
      }
      if (plan.mode === 'deaf') return 0
      if (plan.mode === 'mail') context.post({ tickSeq, mail: mail.splice(0) })
      if (plan.mode === 'environment') context.post({ environment: { ...process.env } })
      if (plan.mode === 'flood') {
        let posted = 0
        for (let n = 0; n < 20_000; n++) if (context.post(n)) posted++
        return posted
      }
      if (plan.mode !== 'decide-later') return answer(slots, slot, tickSeq)
      const decision = new Promise<void>((resolve) => {
        setTimeout(() => {
          answer(slots, slot, tickSeq)
          deferred.delete(decision)
          resolve()
        }, 1)
      })
      deferred.add(decision)
      return 0
    },
    pending: () => deferred.size,
    undecided: () => deferred.size,
    settle: async () => {
      await Promise.all(deferred)
    },
    onMessage: (message) => mail.push(message),
    close: () => (plan.mode === 'close-hangs' ? new Promise(() => setInterval(() => {}, 1_000)) : undefined),
  }
}
