import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TidegateError } from '../core/errors.ts'
import type { Model, Prediction } from '../domain/model.ts'
import { actionOfScore, checkThresholds, type ScoreThresholds } from './decide-by-score.ts'

/** The part of onnxruntime-node that is used; the package is the user's to install. */
interface OnnxRuntime {
  readonly InferenceSession: { create(file: string, options: object): Promise<OnnxSession> }
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object
}

interface OnnxSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(feeds: Record<string, object>): Promise<Record<string, OnnxOutput | undefined>>
}

interface OnnxOutput {
  readonly data: ArrayLike<number | bigint>
}

/**
 * How the output becomes an action: `score` reads one number against thresholds; `classes` takes the largest of three
 * (HOLD, BUY, SELL), and its value as the score.
 */
export type OnnxOutputRule = ({ readonly kind: 'score' } & ScoreThresholds) | { readonly kind: 'classes' }

export interface OnnxModelOptions {
  readonly file: string | URL
  readonly output: OnnxOutputRule
  /** number of features that the model was trained on: checked against the strategy's */
  readonly features: number
  /** the output to read, where the model has several; default the first */
  readonly outputName?: string
  /** how the runtime is found; the default is `import('onnxruntime-node')` */
  readonly importRuntime?: () => Promise<unknown>
}

// One thread, no spinning: the model shares the strategy's core with bars and features, and spinning pool threads would
// take the cores of the rings.
const SESSION_OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: '0' } } },
} as const

/**
 * A model in an ONNX file: one float32 input of shape [1, features], run asynchronously on one thread. Needs
 * `onnxruntime-node`, which Tidegate does not install.
 *
 * @throws MODEL_ONNX_RUNTIME_MISSING, MODEL_FILE_UNREADABLE, MODEL_FILE_INVALID, MODEL_PARAM_INVALID
 */
export async function onnxModel(options: OnnxModelOptions): Promise<Model> {
  if (options.output.kind === 'score') checkThresholds(options.output)
  const file = options.file instanceof URL ? fileURLToPath(options.file) : options.file
  if (!existsSync(file)) throw new TidegateError('MODEL_FILE_UNREADABLE', `ONNX model ${file} does not exist`)
  const runtime = await loadRuntime(options.importRuntime)
  let session: OnnxSession
  try {
    session = await runtime.InferenceSession.create(file, SESSION_OPTIONS)
  } catch (cause) {
    throw new TidegateError('MODEL_FILE_INVALID', `${file} is not an ONNX model that can be run`, { cause })
  }
  const output = options.outputName ?? session.outputNames[0] ?? ''
  if (session.inputNames.length !== 1 || !session.outputNames.includes(output)) {
    const has = `inputs ${session.inputNames.join(', ')} and outputs ${session.outputNames.join(', ')}`
    throw new TidegateError('MODEL_FILE_INVALID', `${file} has ${has}; one input and the output are needed`)
  }
  const model = new OnnxModel(runtime, session, output, options)
  await model.probe(file)
  return model
}

async function loadRuntime(importRuntime: OnnxModelOptions['importRuntime']): Promise<OnnxRuntime> {
  // Not a literal: type checkers and bundlers must not require a package that is the user's choice.
  const name = 'onnxruntime-node'
  try {
    const module = (await (importRuntime?.() ?? import(name))) as { default?: OnnxRuntime } & OnnxRuntime
    return module.default ?? module
  } catch (cause) {
    throw new TidegateError(
      'MODEL_ONNX_RUNTIME_MISSING',
      'an ONNX model needs onnxruntime-node: npm install onnxruntime-node',
      { cause },
    )
  }
}

class OnnxModel implements Model {
  readonly #session: OnnxSession
  readonly #output: string
  readonly #rule: OnnxOutputRule
  readonly #input: Float32Array
  readonly #feeds: Record<string, object>

  constructor(runtime: OnnxRuntime, session: OnnxSession, output: string, options: OnnxModelOptions) {
    this.#session = session
    this.#output = output
    this.#rule = options.output
    this.#input = new Float32Array(options.features)
    const tensor = new runtime.Tensor('float32', this.#input, [1, options.features])
    this.#feeds = { [session.inputNames[0] as string]: tensor }
  }

  /** Runs once on zeros: a wrong number of features is an error of the start, not of every decision. */
  async probe(file: string): Promise<void> {
    try {
      await this.#session.run(this.#feeds)
    } catch (cause) {
      const shape = `[1, ${this.#input.length}]`
      throw new TidegateError('MODEL_FILE_INVALID', `${file} does not take an input of shape ${shape}`, {
        cause,
      })
    }
  }

  async predict(features: Float64Array): Promise<Prediction> {
    // One prediction a symbol is under way at a time (the runner sees to it), so the input is free.
    for (let i = 0; i < this.#input.length; i += 1) this.#input[i] = features[i] as number
    const outputs = await this.#session.run(this.#feeds)
    const data = outputs[this.#output]?.data ?? []
    return this.#rule.kind === 'score' ? scorePrediction(Number(data[0]), this.#rule) : classPrediction(data)
  }
}

function scorePrediction(score: number, thresholds: ScoreThresholds): Prediction {
  return { action: actionOfScore(score, thresholds), score }
}

/** The largest of three; the first of equals. A NaN among them gives a NaN score, which holds. */
function classPrediction(data: ArrayLike<number | bigint>): Prediction {
  const scores = [Number(data[0]), Number(data[1]), Number(data[2])]
  const score = Math.max(...scores)
  const action = scores.indexOf(score)
  return { action: (action < 0 ? 0 : action) as 0 | 1 | 2, score }
}
