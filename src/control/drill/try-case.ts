import type { Clock } from '../../core/clock.ts'
import { sleep } from '../../engine/steps.ts'
import type { LatchedKill } from '../latch.ts'
import type { OwnEngine } from './own-engine.ts'
import type { DrillCase } from './report.ts'
import type { KillSource } from './sources.ts'
import { type DrillTarget, nowNs, within } from './target.ts'

/** The main thread is held until a source was tried on it; if nobody frees it, for so long. */
export const BLOCK_MS_MAX = 60_000
/** A kill that is not latched so long after its trigger has failed. */
export const LATCH_MS = 6_000
/** After the latch: time in which a leaking order would show. */
export const QUIET_MS = 250
const REARM_MS = 5_000
/** Orders of one connection that may arrive after the store: the one between gate and socket. */
export const AFTER_SET_MAX = 1

export interface DrillOptions {
  readonly clock: Clock
  readonly onLine: (text: string) => void
}

/** The parts of an engine that only the drill's own one has. */
export type Own = OwnEngine | null

/** One source once: kill, watch, take it back, re-arm. What goes wrong is a finding, never an exception. */
export async function tryCase(
  source: KillSource,
  main: DrillCase['main'],
  target: DrillTarget,
  own: Own,
  { onLine }: DrillOptions,
): Promise<DrillCase> {
  onLine(`${source.source}, main thread ${main}`)
  const findings: string[] = []
  let kill: LatchedKill | null = null
  let triggerNs: number | null = null
  let ordersAfter: number | null = null
  try {
    if (own !== null) await flowing(own)
    if (main === 'blocked') {
      own?.command(`block ${BLOCK_MS_MAX}`)
      await own?.mark('blocked')
    }
    const fromNs = nowNs()
    // Where a process must start for it, that takes its time on a slow machine.
    triggerNs = await source.trigger()
    kill = await within(LATCH_MS, () => target.latchedAfter(source.scope, fromNs))
    if (kill === null) findings.push('no kill was latched in time')
    if (main === 'blocked' && own !== null) await duringBlock(own, kill, findings)
    if (kill !== null) ordersAfter = await quiet(target, own, kill, findings)
  } catch (error) {
    findings.push((error as Error).message)
  } finally {
    own?.free()
  }
  await undo(source, target, kill, findings)
  return caseOf(source.source, main, triggerNs, kill, ordersAfter, findings)
}

/** Waits until the engine sends orders: a kill of an engine that trades nothing proves nothing. */
export async function flowing(own: OwnEngine): Promise<void> {
  const before = (await own.orderTimes()).length
  const flows = await within(LATCH_MS, async () =>
    (await own.orderTimes()).length >= before + 2 ? true : null,
  )
  if (flows === null)
    throw new Error(`the engine sends no orders before the kill: ${(await own.target.halted()).join(', ')}`)
}

/** The acknowledgement must lie between the two marks of the blocked thread. */
async function duringBlock(own: OwnEngine, kill: LatchedKill | null, findings: string[]): Promise<void> {
  own.free()
  const freeNs = await own.mark('free')
  if (kill !== null && (kill.latched_ns ?? Number.POSITIVE_INFINITY) >= freeNs) {
    findings.push('it was latched only when the main thread was free again')
  }
}

/** What arrived at the venue after the store; gate 1 must have turned something away meanwhile. */
async function quiet(
  target: DrillTarget,
  own: Own,
  kill: LatchedKill,
  findings: string[],
): Promise<number | null> {
  const { orders } = await target.status()
  await sleep(QUIET_MS)
  if (own === null) {
    const { submitted } = (await target.status()).orders
    if (submitted - orders.submitted > AFTER_SET_MAX) findings.push('orders were sent after the kill')
    return null
  }
  const before = orders.blocked_gate1 + orders.blocked_gate2
  const blocked = await within(LATCH_MS, async () => {
    const after = (await target.status()).orders
    return after.blocked_gate1 + after.blocked_gate2 > before ? true : null
  })
  if (blocked === null) findings.push('no gate turned anything away while it was killed')
  const late = (await own.orderTimes()).filter((ns) => ns > kill.set_ns).length
  if (late > AFTER_SET_MAX) findings.push(`${late} orders arrived after the store`)
  return late
}

/** Takes the source back and ends this kill alone. */
async function undo(
  source: KillSource,
  target: DrillTarget,
  kill: LatchedKill | null,
  findings: string[],
): Promise<void> {
  try {
    source.release()
    // A level source is read anew by the re-arm itself; the release may still be on its way to the watcher.
    const generation = kill === null ? await target.generation(source.scope) : kill.generation
    await rearmed(target, source.scope, generation)
  } catch (error) {
    findings.push((error as Error).message)
  }
}

export async function rearmed(target: DrillTarget, scope: string, generation: number): Promise<void> {
  let refusal: Error = new Error(`${scope} stays halted`)
  const done = await within(REARM_MS, async () => {
    try {
      await target.rearm(scope, generation)
      return true
    } catch (error) {
      refusal = error as Error
      return null
    }
  })
  if (done === null) throw refusal
}

export function caseOf(
  source: DrillCase['source'],
  main: DrillCase['main'],
  triggerNs: number | null,
  kill: LatchedKill | null,
  orders_after_set: number | null,
  findings: readonly string[],
): DrillCase {
  const us = (fromNs: number | null, toNs: number | null): number | null =>
    fromNs === null || toNs === null ? null : Math.round(Math.max(0, toNs - fromNs) / 1e3)
  const { set_ns, effective_ns, latched_ns } = kill ?? { set_ns: null, effective_ns: null, latched_ns: null }
  return {
    source,
    main,
    verdict: findings.length === 0 ? 'passed' : 'failed',
    findings,
    trigger_to_set_us: us(triggerNs, set_ns),
    set_to_effective_us: us(set_ns, effective_ns),
    effective_to_latched_us: us(effective_ns, latched_ns),
    orders_after_set,
  }
}
