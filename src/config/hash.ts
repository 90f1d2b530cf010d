import { createHash } from 'node:crypto'
import type { ConfigFile } from './types.ts'

/** JSON with sorted keys and no spaces: equal values give equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, node: unknown) =>
    typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : node,
  )
}

/**
 * SHA-256 of what decides over orders. It leaves out who and where (`node`, `state_dir`, `control`), what may change no
 * result (`native`, `poll`, `workers`, `log`, each strategy's `placement`) and the simulated server (`sim`). Secrets enter
 * as their source, never as their value; paths as they are written.
 */
export function configSha256(config: ConfigFile): string {
  const { node, state_dir, native, poll, workers, control, log, sim, strategies, ...rest } = config
  const deciding = { ...rest, strategies: strategies.map(({ placement, ...strategy }) => strategy) }
  return createHash('sha256').update(canonicalJson(deciding)).digest('hex')
}
