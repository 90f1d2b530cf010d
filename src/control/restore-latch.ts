import type { HaltRecord } from '../domain/reasons.ts'
import { parseScope, type ScopeNames, scopeText } from '../engine/halts.ts'
import { setReason } from '../gate/arm.ts'
import { ALL_SCOPE, type ControlPlane } from '../shm/control-plane.ts'
import { generationOf } from '../shm/control-word.ts'
import type { LatchState } from './latch.ts'

/**
 * Sets the kills of the run before in a fresh plane, before anything can trade (K8). A latch of a scope that this run
 * does not have, and one that cannot be read, kill everything. Returns what was set, for the journal.
 */
export function restoreLatch(
  plane: ControlPlane,
  names: ScopeNames,
  latch: LatchState,
  utcNs: bigint,
): HaltRecord[] {
  const records: HaltRecord[] = latch.kills.map((kill) => {
    const scope = parseScope(kill.scope, names) ?? ALL_SCOPE
    const { word } = setReason(plane, scope, 'KILL', 'start')
    const { code, text, actor, source, utc_ns } = kill
    const generation = generationOf(word)
    return {
      reason: 'KILL',
      code,
      text,
      actor,
      source,
      scope: scopeText(scope, names),
      utcNs: utc_ns,
      generation,
    }
  })
  if (latch.damaged !== null) {
    const { word } = setReason(plane, ALL_SCOPE, 'KILL', 'start')
    records.push({
      reason: 'KILL',
      code: 'OTHER',
      text: latch.damaged,
      actor: 'start',
      source: 'start',
      scope: 'all',
      utcNs: utcNs.toString(),
      generation: generationOf(word),
    })
  }
  return records
}
