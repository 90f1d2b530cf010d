import { EXIT, TidegateError } from '../core/errors.ts'
import type { Feature, FeatureContext, FeatureSpec, FeatureTrigger } from '../domain/feature.ts'
import { WINDOW_MAX } from './window.ts'

/** Options that every series feature takes. */
export interface SeriesOptions {
  /** which price it follows: the close of each bar (default), each trade, or each mid */
  readonly on?: FeatureTrigger
}

/** `kind(a,b)`, with `@trade` or `@quote` where it does not follow bars. */
export function featureName(kind: string, args: readonly (number | string)[], on: FeatureTrigger): string {
  const call = args.length === 0 ? kind : `${kind}(${args.join(',')})`
  return on === 'bar' ? call : `${call}@${on}`
}

/** The spec of a feature over one series of numbers: `FeatureInput.value` of its trigger. */
export function seriesFeature(
  kind: string,
  params: Readonly<Record<string, number>>,
  options: SeriesOptions,
  create: (context: FeatureContext) => Feature,
): FeatureSpec {
  const on = options.on ?? 'bar'
  return {
    name: featureName(kind, Object.values(params), on),
    kind,
    on,
    params,
    create,
  }
}

/**
 * A window length as a strategy's parameter gives it.
 *
 * @throws FEATURE_PARAM_INVALID unless it is an integer from `min` to WINDOW_MAX
 */
export function checkWindow(kind: string, name: string, value: number, min = 1): number {
  if (!Number.isSafeInteger(value) || value < min || value > WINDOW_MAX) {
    throw new TidegateError(
      'FEATURE_PARAM_INVALID',
      `${kind}: ${name} is ${String(value)}; it must be an integer from ${min} to ${WINDOW_MAX}`,
      { exitCode: EXIT.CONFIGURATION },
    )
  }
  return value
}
