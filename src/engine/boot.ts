import { REASON } from '../domain/reasons.ts'
import { arm, type ReasonChange } from '../gate/arm.ts'
import { ALL_SCOPE, type ControlPlane, type Scope } from '../shm/control-plane.ts'
import type { HaltCause, Halts } from './halts.ts'
import type { ScopeTable } from './strategies.ts'

/**
 * Gives every scope word of the run its first generation and sets BOOT on the word of everything: halted, until the
 * arming procedure clears it.
 */
export function openScopes(
  plane: ControlPlane,
  scopes: ScopeTable,
  strategies: number,
  symbols: number,
): void {
  const open = (kind: Exclude<Scope['kind'], 'all'>, count: number): void => {
    for (let index = 0; index < count; index++) {
      const word = plane.scope({ kind, index }).load()
      if (word === 0) arm(plane, { kind, index }, 0, 'arming', word)
    }
  }
  open('venue', Math.max(1, scopes.venues.length))
  open('account', Math.max(1, scopes.accounts.length))
  open('strategy', strategies)
  open('symbol', symbols)
}

/** Why a run starts halted, in the order of DESIGN 2. */
export function bootHalt(halts: Halts, text: string): ReasonChange {
  return halts.halt(ALL_SCOPE, 'BOOT', 'start', { code: 'OTHER', text, source: 'start' })
}

/**
 * The arming procedure's last act: clears BOOT if nothing has changed since `expectedWord` was read. `mayArm` is true
 * after a first start or a clean stop with `arm: auto`, or where an operator asked for it.
 */
export function clearBoot(
  halts: Halts,
  expectedWord: number,
  mayArm: boolean,
  cause: HaltCause,
): ReasonChange {
  return halts.clear(ALL_SCOPE, REASON.BOOT, 'arming', expectedWord, { bootMayArm: mayArm }, cause)
}
