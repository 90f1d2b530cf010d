import type { Model } from '../domain/model.ts'
import { createFeatureSet } from '../feature/feature-set.ts'
import { toModel } from '../model/model.ts'
import type { StrategyRunnerOptions } from './strategy-ports.ts'
import { StrategyRunner } from './strategy-runner.ts'

/**
 * Makes a runner with its models, which may have to be loaded.
 *
 * @throws FEATURE_SET_INVALID, FEATURE_PARAM_INVALID, MODEL_INVALID, and whatever the strategy's factories throw
 */
export async function createStrategyRunner(given: StrategyRunnerOptions): Promise<StrategyRunner> {
  // Seconds of a configuration times 10^9 may lie a rounding error off the whole number of nanoseconds that was meant.
  const options = { ...given, barPeriodNs: Math.round(given.barPeriodNs) }
  const { definition, params, strategyId } = options
  const featureSet = createFeatureSet(definition.features(params))
  const models: Model[] = []
  for (const instrument of options.instruments) {
    const context = {
      strategy: strategyId,
      symbol: instrument.symbol,
      instrument: instrument.index,
      featureNames: featureSet.names,
    }
    models.push(toModel(await definition.model(params, context)))
  }
  return new StrategyRunner(options, featureSet, models)
}
