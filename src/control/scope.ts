import type { ScopeNames } from '../engine/halts.ts'
import { ALL_SCOPE, SCOPE_KINDS, type Scope } from '../shm/control-plane.ts'

/** Every scope of the run, `all` first. */
export function allScopes(names: ScopeNames): Scope[] {
  const scopes: Scope[] = [ALL_SCOPE]
  for (const kind of SCOPE_KINDS) {
    if (kind === 'all') continue
    for (let index = 0; index < names[kind].length; index++) scopes.push({ kind, index })
  }
  return scopes
}
