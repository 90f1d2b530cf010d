import { createHash } from 'node:crypto'
import { TidegateError } from '../core/errors.ts'
import type { FeatureSpec, FeatureTrigger } from '../domain/feature.ts'

/** Most features that one decision may have; bounds the row that travels with each intent. */
export const FEATURES_MAX = 256

const TRIGGERS: ReadonlySet<FeatureTrigger> = new Set(['bar', 'trade', 'quote'])

/** The features of a strategy: ordered, named, and told by a hash. */
export interface FeatureSet {
  readonly specs: readonly FeatureSpec[]
  readonly names: readonly string[]
  /** sha256 (hex) over name, kind, trigger and params of each, in order: what a model was made for */
  readonly hash: string
}

/** @throws FEATURE_SET_INVALID for what is no feature, a name that is there twice, or too many */
export function createFeatureSet(specs: readonly FeatureSpec[]): FeatureSet {
  if (!Array.isArray(specs)) throw invalid('features() must return an array of features')
  if (specs.length > FEATURES_MAX) throw invalid(`${specs.length} features; at most ${FEATURES_MAX}`)
  const names = new Set<string>()
  specs.forEach((spec: FeatureSpec, i) => {
    if (typeof spec?.name !== 'string' || spec.name === '' || typeof spec.create !== 'function') {
      throw invalid(`feature ${i} is not a feature: it needs a name and a create function`)
    }
    if (!TRIGGERS.has(spec.on)) {
      throw invalid(`feature ${spec.name}: "on" is ${String(spec.on)}; it must be bar, trade or quote`)
    }
    if (names.has(spec.name)) throw invalid(`feature ${spec.name} is there twice`)
    names.add(spec.name)
  })
  return { specs, names: [...names], hash: hashSpecs(specs) }
}

function hashSpecs(specs: readonly FeatureSpec[]): string {
  const canon = specs.map((spec) => [
    spec.name,
    spec.kind,
    spec.on,
    Object.entries(spec.params).sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
  return createHash('sha256').update(JSON.stringify(canon)).digest('hex')
}

function invalid(message: string): TidegateError {
  return new TidegateError('FEATURE_SET_INVALID', message)
}
