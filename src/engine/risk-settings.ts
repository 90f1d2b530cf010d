import type { Config, LagConfig } from '../config/types.ts'
import type { HealthLimit } from '../risk/self-health.ts'
import type { RiskWatchSettings } from './risk-watch.ts'

const NS_PER_MS = 1e6

/** The configuration's words for the live watch. `ordersReal` as in `RiskWatchSettings`. */
export function riskWatchSettings(config: Config, ordersReal: boolean): RiskWatchSettings {
  const { breakers, risk, health, feed } = config
  const ratioMax = breakers.vol_ratio_threshold || null
  return {
    volatility:
      ratioMax === null
        ? null
        : { ratioMax, recentN: breakers.vol_recent_n, baselineN: breakers.vol_baseline_n },
    lossesMax: breakers.consecutive_losses_max || null,
    executions:
      breakers.executions_max === null
        ? null
        : { max: breakers.executions_max, windowNs: breakers.executions_window_seconds * 1e9 },
    ordersReal,
    dataAgeNsMax: feed.stale_ms * NS_PER_MS,
    correlationWindow: risk.correlation_samples,
    correlationSampleNs: Math.round(risk.correlation_sample_seconds * 1e9),
    health: {
      loop_lag: lag(health.loop_lag),
      worker_age: lag(health.worker_age),
      journal_lag: lag(health.journal_lag),
    },
  }
}

function lag(limit: LagConfig): HealthLimit | null {
  if (limit === null) return null
  return { shrinkNs: limit.shrink_ms * NS_PER_MS, haltNs: limit.halt_ms * NS_PER_MS }
}
