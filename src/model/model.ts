import { TidegateError } from '../core/errors.ts'
import type { Model } from '../domain/model.ts'

/** What `predict` may take at most before its answer is dropped; `model_deadline_ms` of a strategy. */
export const MODEL_DEADLINE_MS_DEFAULT = 1_000

/**
 * A model as a strategy's factory gave it: an object with `predict`, or the function itself.
 *
 * @throws MODEL_INVALID for anything else
 */
export function toModel(value: unknown): Model {
  if (typeof value === 'function') return { predict: value as Model['predict'] }
  if (typeof (value as Model | null)?.predict === 'function') return value as Model
  throw new TidegateError('MODEL_INVALID', 'model() must return a function or an object with predict()')
}

/** True for anything that can be awaited. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function'
}
