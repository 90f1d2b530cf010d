import { type Conflict, type KeyPath, valueAt } from './problems.ts'
import type { ConfigFile } from './types.ts'

/**
 * Keys whose effect this version does not have yet, with the only value that is then true. Any other value is refused: a
 * safety setting that is accepted and ignored is worse than none.
 */
const NOT_IN_EFFECT: readonly (readonly [path: KeyPath, value: unknown, what: string])[] = [
  [['breakers', 'vol_ratio_threshold'], null, 'circuit breakers'],
  [['breakers', 'consecutive_losses_max'], null, 'circuit breakers'],
  [['risk', 'correlated_share_max'], null, 'the live risk monitor'],
]

/** Every key that changes nothing yet, for the reference page; a test finds a key that nobody reads and that is not here. */
export const KEYS_NOT_IN_EFFECT: readonly string[] = [
  'breakers.vol_ratio_threshold',
  'breakers.vol_recent_n',
  'breakers.vol_baseline_n',
  'breakers.consecutive_losses_max',
  'risk.correlated_share_max',
  'risk.correlation_min',
  'risk.correlation_samples',
  'risk.correlation_sample_seconds',
  'health.loop_lag.shrink_ms',
  'health.loop_lag.halt_ms',
  'health.worker_age.shrink_ms',
  'health.worker_age.halt_ms',
  'health.journal_lag.shrink_ms',
  'health.journal_lag.halt_ms',
]

/** Settings that ask for what this version cannot do. */
export function settingsNotInEffect(config: ConfigFile): Conflict[] {
  return NOT_IN_EFFECT.flatMap(([path, value, what]) =>
    valueAt(config, path) === value
      ? []
      : [{ path, allowed: `${JSON.stringify(value)}: this version does not have ${what} yet` }],
  )
}
