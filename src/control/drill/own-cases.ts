import { sleep } from '../../engine/steps.ts'
import type { LatchedKill } from '../latch.ts'
import { OwnEngine, STRATEGY_SCOPE } from './own-engine.ts'
import { caseWithout, type DrillCase } from './report.ts'
import { nowNs, within } from './target.ts'
import {
  AFTER_SET_MAX,
  BLOCK_MS_MAX,
  caseOf,
  type DrillOptions,
  flowing,
  LATCH_MS,
  type Own,
  QUIET_MS,
  rearmed,
  tryCase,
} from './try-case.ts'

/** Strategy code blocks for so long after its kill. */
const KILL_BLOCK_MS = 2_000
/** A stall that the watchdog of one engine tells; that of the other one leaves the blocked cases to their sources. */
const STALL_MS = 800
export const NO_STALL_MS = 60_000

/** Strategy code kills; the control thread latches it while the same thread goes on or spins. */
export async function strategyCase(
  main: DrillCase['main'],
  own: OwnEngine,
  options: DrillOptions,
): Promise<DrillCase> {
  return tryCase(
    {
      source: 'strategy',
      scope: STRATEGY_SCOPE,
      trigger: async () => {
        own.command(main === 'blocked' ? `kill ${KILL_BLOCK_MS}` : 'kill')
        return own.mark('triggered')
      },
      release: () => {},
    },
    // The strategy blocks by itself, after its kill.
    'free',
    own.target,
    own,
    options,
  ).then((result) => ({ ...result, main }))
}

/** The main thread stands still for longer than the watchdog allows: STALLED, while it still does. */
export async function watchdogCase({ onLine }: DrillOptions): Promise<DrillCase> {
  onLine('watchdog, main thread blocked')
  const findings: string[] = []
  let setAfterUs: number | null = null
  let own: Own = null
  try {
    own = await OwnEngine.start({ stallMs: STALL_MS })
    const { target } = own
    await flowing(own)
    own.command(`block ${BLOCK_MS_MAX}`)
    const fromNs = await own.mark('blocked')
    const stalledNs = await within(LATCH_MS, async () => {
      const { control } = await target.status()
      const word = control.words.find(({ scope }) => scope === 'all')
      return word?.reasons.includes('STALLED') === true ? nowNs() : null
    })
    own.free()
    const freeNs = await own.mark('free')
    if (stalledNs === null || stalledNs >= freeNs)
      findings.push('STALLED was not set while the main thread stood still')
    else setAfterUs = Math.round((stalledNs - fromNs) / 1e3)
    await sleep(QUIET_MS)
    const late = (await own.orderTimes()).filter((ns) => ns > freeNs + QUIET_MS * 1e5).length
    if (stalledNs !== null && late > AFTER_SET_MAX) findings.push(`${late} orders arrived after the stall`)
    await rearmed(target, 'all', await target.generation('all'))
  } catch (error) {
    findings.push((error as Error).message)
  } finally {
    await own?.close()
  }
  const base = caseWithout('watchdog', 'blocked', findings.length === 0 ? 'passed' : 'failed', '')
  return { ...base, findings, trigger_to_set_us: setAfterUs }
}

/** `KILL_SWITCH` and `EXECUTION_HALTED` are read at the start: the engine boots killed, latched, and re-arms nothing. */
export async function environmentCases({ onLine }: DrillOptions): Promise<DrillCase[]> {
  onLine('environment, main thread free')
  const findings: string[] = []
  let kill: LatchedKill | null = null
  let orders: number | null = null
  const startNs = nowNs()
  let own: Own = null
  try {
    own = await OwnEngine.start({ stallMs: STALL_MS, arms: false, env: { KILL_SWITCH: 'yes' } })
    const { target } = own
    kill = await within(LATCH_MS, () => target.latchedAfter('all', startNs))
    if (kill === null) findings.push('no kill was latched at the start')
    await sleep(QUIET_MS)
    orders = (await own.orderTimes()).length
    if (orders > 0) findings.push(`${orders} orders were sent`)
    const refused = await target.rearm('all', await target.generation('all')).then(
      () => false,
      () => true,
    )
    if (!refused) findings.push('a re-arm was not refused while the variable asserts')
  } catch (error) {
    findings.push((error as Error).message)
  } finally {
    await own?.close()
  }
  return [
    // It is set before anything runs: there is no trigger to measure from.
    caseOf('environment', 'free', null, kill, orders, findings),
    caseWithout(
      'environment',
      'blocked',
      'not_applicable',
      'it is read before the main thread does anything',
    ),
  ]
}
