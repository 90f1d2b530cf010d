import type { DenialCode } from '../../domain/denials.ts'
import { REASON } from '../../domain/reasons.ts'
import { type Check, deny, pass } from '../check.ts'

function codeOf(reasons: number): DenialCode {
  if ((reasons & REASON.SHUTDOWN) !== 0) return 'SHUTTING_DOWN'
  if ((reasons & REASON.UNAUTHORISED) !== 0) return 'UNAUTHORISED'
  if ((reasons & REASON.KILL) !== 0) return 'KILL_SWITCH'
  return 'HALTED'
}

/**
 * No halt reason is set in any scope of the order; for reducing orders, none outside the reducible set. The gates read
 * the words themselves, before and after: this check puts the state into the record, and first-named is the order that
 * A9 gives (shutdown, authorisation, kill, guard).
 */
export const authorisation: Check = {
  name: 'authorisation',
  unit: 'bits',
  doc: 'No halt reason is set in any scope of the order; for reducing orders, none outside the reducible set.',
  reducing: 'apply',
  run(_draft, _portfolio, context, result) {
    const allowed = context.reducing ? context.account.reducibleReasons : 0
    const blocking = context.haltReasons & ~allowed
    if (blocking === 0) pass(result, context.haltReasons, allowed)
    else deny(result, codeOf(blocking), context.haltReasons, allowed)
  },
}
