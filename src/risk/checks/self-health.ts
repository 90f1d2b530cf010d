import { type Check, deny, pass, skip } from '../check.ts'

/**
 * The engine keeps up with itself: event loop, workers and journal lag by less than what halts. Before that its throttle
 * rule shrinks sizes.
 */
export const selfHealth: Check = {
  name: 'self_health',
  unit: 'ns',
  doc: "The engine keeps up: its event loop, workers and journal lag by less than what leaves no size (below that the throttle's health rule shrinks it).",
  reducing: 'skip',
  run(_draft, _portfolio, context, result) {
    const { health } = context
    if (health === null) skip(result)
    else if (health.sizePpm > 0) pass(result, health.valueNs, health.haltNs)
    else deny(result, 'SELF_HEALTH', health.valueNs, health.haltNs)
  },
}
