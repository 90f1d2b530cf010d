import { ALL_SCOPE, SCOPE_KINDS, type Scope, type ScopeKind } from '../shm/control-plane.ts'

/** Ids by index of the run's tables, so that scopes can be named in text. */
export interface ScopeNames {
  readonly venue: readonly string[]
  readonly account: readonly string[]
  readonly strategy: readonly string[]
  readonly symbol: readonly string[]
}

/** "all", "venue:ID", "account:ID", "strategy:ID" or "symbol:SYMBOL"; null for anything else or an unknown id. */
export function parseScope(text: string, names: ScopeNames): Scope | null {
  if (text === 'all') return ALL_SCOPE
  const at = text.indexOf(':')
  const kind = text.slice(0, at) as ScopeKind
  if (kind === 'all' || !SCOPE_KINDS.includes(kind)) return null
  const index = names[kind].indexOf(text.slice(at + 1))
  return index < 0 ? null : { kind, index }
}

export function scopeText(scope: Scope, names: ScopeNames): string {
  return scope.kind === 'all' ? 'all' : `${scope.kind}:${names[scope.kind][scope.index] ?? scope.index}`
}

/** Every scope of the run, `all` first. */
export function allScopes(names: ScopeNames): Scope[] {
  const scopes: Scope[] = [ALL_SCOPE]
  for (const kind of SCOPE_KINDS) {
    if (kind === 'all') continue
    for (let index = 0; index < names[kind].length; index++) scopes.push({ kind, index })
  }
  return scopes
}
