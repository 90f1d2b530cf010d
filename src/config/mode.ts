import { truthy } from './environment.ts'
import type { Environment } from './secret.ts'
import type { Mode } from './types.ts'

export interface ModeDecision {
  readonly mode: Mode
  readonly reason: string
  /** false in mode live: the engine stands halted with UNAUTHORISED */
  readonly authorised: boolean
}

/**
 * The most restrictive of the file's mode, `EXEC_DRY_RUN` and `AGENT_MODE` wins (DESIGN 6). `EXEC_DRY_RUN=0` loosens
 * nothing. Live without `AGENT_MODE=LIVE` stays live, and halted.
 *
 * @throws CONFIG_INVALID when `EXEC_DRY_RUN` is neither true nor false
 */
export function decideMode(configured: Mode, env: Environment): ModeDecision {
  const authorised = env['AGENT_MODE'] === 'LIVE'
  if (truthy(env, 'EXEC_DRY_RUN') && configured !== 'dry-run') {
    return { mode: 'dry-run', reason: `EXEC_DRY_RUN is on; the configuration says ${configured}`, authorised }
  }
  if (configured !== 'live') return { mode: configured, reason: 'the configuration says so', authorised }
  const agentMode = env['AGENT_MODE'] ?? ''
  const reason = authorised
    ? 'the configuration says so and AGENT_MODE is LIVE'
    : `the configuration says so, but AGENT_MODE is ${agentMode === '' ? 'not set' : `"${agentMode}"`}: no order leaves`
  return { mode: 'live', reason, authorised }
}
