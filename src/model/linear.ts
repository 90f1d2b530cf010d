import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { TidegateError } from '../core/errors.ts'
import type { TradingAction } from '../domain/action.ts'
import type { Model } from '../domain/model.ts'
import { actionOfScore, checkThresholds, type ScoreThresholds } from './decide-by-score.ts'

/** score = bias + sum of weight × (feature - mean) / scale, over features by name. */
export interface LinearWeights extends ScoreThresholds {
  readonly bias?: number
  readonly weights: Readonly<Record<string, number>>
  /** what is taken off a feature before it is weighted; 0 where not named */
  readonly means?: Readonly<Record<string, number>>
  /** what a feature is divided by; 1 where not named, never 0 */
  readonly scales?: Readonly<Record<string, number>>
}

/**
 * A linear model over the named features. A feature without a weight has none; a weight without a feature is an error,
 * since a model must never run on other features than those it was fitted on.
 *
 * @throws MODEL_WEIGHTS_INVALID, MODEL_PARAM_INVALID
 */
export function linearModel(weights: LinearWeights, featureNames: readonly string[]): Model {
  const thresholds = checkThresholds(weights)
  const factors = new Float64Array(featureNames.length)
  let constant = finite('bias', weights.bias ?? 0)
  for (const [name, weight] of Object.entries(weights.weights ?? {})) {
    const place = featureNames.indexOf(name)
    if (place < 0) {
      const known = featureNames.join(', ')
      throw invalid(`weight of "${name}", which is none of the strategy's features (${known})`)
    }
    const scale = finite(`scale of ${name}`, weights.scales?.[name] ?? 1)
    if (scale === 0) throw invalid(`scale of ${name} is 0`)
    const factor = finite(`weight of ${name}`, weight) / scale
    factors[place] = factor
    constant -= factor * finite(`mean of ${name}`, weights.means?.[name] ?? 0)
  }
  return new Linear(factors, constant, thresholds)
}

class Linear implements Model {
  readonly #factors: Float64Array
  readonly #constant: number
  readonly #thresholds: ScoreThresholds
  readonly #prediction: { action: TradingAction; score: number } = { action: 0, score: 0 }

  constructor(factors: Float64Array, constant: number, thresholds: ScoreThresholds) {
    this.#factors = factors
    this.#constant = constant
    this.#thresholds = thresholds
  }

  predict(features: Float64Array): { action: TradingAction; score: number } {
    let score = this.#constant
    for (let i = 0; i < this.#factors.length; i += 1) {
      score += (this.#factors[i] as number) * (features[i] as number)
    }
    this.#prediction.action = actionOfScore(score, this.#thresholds)
    this.#prediction.score = score
    return this.#prediction
  }
}

/**
 * Weights from a YAML or JSON file (JSON is YAML).
 *
 * @throws MODEL_FILE_UNREADABLE, MODEL_WEIGHTS_INVALID naming the file
 */
export function readLinearWeights(file: string | URL): LinearWeights {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new TidegateError('MODEL_FILE_UNREADABLE', `cannot read model weights ${String(file)}`, { cause })
  }
  let weights: unknown
  try {
    weights = parse(text)
  } catch (cause) {
    throw new TidegateError('MODEL_WEIGHTS_INVALID', `${String(file)} is not YAML`, { cause })
  }
  if (typeof weights !== 'object' || weights === null || !('weights' in weights)) {
    throw invalid(`${String(file)} has no "weights"`)
  }
  return weights as LinearWeights
}

function finite(what: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalid(`${what} is ${String(value)}, not a number`)
  }
  return value
}

function invalid(message: string): TidegateError {
  return new TidegateError('MODEL_WEIGHTS_INVALID', message)
}
