import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { Model, ModelContext } from '../../src/domain/model.ts'
import { type OnnxModelOptions, onnxModel } from '../../src/model/onnx.ts'

const FILE = 'examples/models/momentum.onnx'
const OPTIONS: OnnxModelOptions = {
  file: FILE,
  features: 4,
  output: { kind: 'score', buyAbove: 0.5, sellBelow: -0.5 },
}
const predict = async (model: Model, ...features: number[]): Promise<{ action: number; score: number }> =>
  (await model.predict(Float64Array.from(features), {} as ModelContext)) as { action: number; score: number }

describe('ONNX model', () => {
  it('P9: an ONNX file decides by its score', async () => {
    const model = await onnxModel(OPTIONS)
    expect(await predict(model, 0, 0, 0, 0)).toEqual({ action: 0, score: 0 })
    const up = await predict(model, 1e-4, 3e-4, 2, 0.8)
    const down = await predict(model, -1e-4, -3e-4, -2, -0.8)
    expect([up.action, down.action]).toEqual([1, 2])
    expect(down.score).toBe(-up.score)
  })

  it('P9: the same features give the same score in every session', async () => {
    const [one, other] = await Promise.all([onnxModel(OPTIONS), onnxModel(OPTIONS)])
    expect(await predict(one, 1e-5, 0, 0.3, 0.1)).toEqual(await predict(other, 1e-5, 0, 0.3, 0.1))
  })

  it('P9: it runs in a worker thread', async () => {
    const url = new URL('../../src/model/onnx.ts', import.meta.url).href
    const code = `
      import { parentPort } from 'node:worker_threads'
      const { onnxModel } = await import(${JSON.stringify(url)})
      const model = await onnxModel(${JSON.stringify(OPTIONS)})
      parentPort.postMessage(await model.predict(new Float64Array([1e-4, 3e-4, 2, 0.8]), {}))`
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
    const answer = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    )
    await worker.terminate()
    expect(answer).toMatchObject({ action: 1 })
  })

  it('P9: the largest of three classes is the action, NaN is told by the score', async () => {
    const fake = (data: readonly number[]): OnnxModelOptions => ({
      ...OPTIONS,
      output: { kind: 'classes' },
      importRuntime: async () => ({
        Tensor: class {},
        InferenceSession: {
          create: async () => ({ inputNames: ['x'], outputNames: ['y'], run: async () => ({ y: { data } }) }),
        },
      }),
    })
    expect(await predict(await onnxModel(fake([0.1, 0.2, 0.7])), 0, 0, 0, 0)).toEqual({
      action: 2,
      score: 0.7,
    })
    expect(await predict(await onnxModel(fake([0.5, 0.5, 0])), 0, 0, 0, 0)).toEqual({ action: 0, score: 0.5 })
    expect(await predict(await onnxModel(fake([0.1, Number.NaN, 0.7])), 0, 0, 0, 0)).toEqual({
      action: 0,
      score: Number.NaN,
    })
  })

  it('P9: without onnxruntime-node the error says what to install', async () => {
    const importRuntime = async (): Promise<never> => {
      throw new Error("Cannot find package 'onnxruntime-node'")
    }
    await expect(onnxModel({ ...OPTIONS, importRuntime })).rejects.toMatchObject({
      code: 'MODEL_ONNX_RUNTIME_MISSING',
      message: expect.stringContaining('npm install onnxruntime-node'),
    })
  })

  it.each([
    [
      'a file that is not there',
      { ...OPTIONS, file: '/nowhere/model.onnx' },
      'MODEL_FILE_UNREADABLE',
      /nowhere/,
    ],
    ['another number of features', { ...OPTIONS, features: 5 }, 'MODEL_FILE_INVALID', /\[1, 5\]/],
    ['an output that it has not', { ...OPTIONS, outputName: 'odd' }, 'MODEL_FILE_INVALID', /outputs score/],
    [
      'thresholds that cross',
      { ...OPTIONS, output: { kind: 'score', buyAbove: 0, sellBelow: 0 } },
      'MODEL_PARAM_INVALID',
      /sellBelow/,
    ],
  ] as [string, OnnxModelOptions, string, RegExp][])(
    'refuses %s at the start',
    async (_, options, code, message) => {
      await expect(onnxModel(options)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      })
    },
  )

  it('refuses a file that is no model', async () => {
    const file = join(tmpdir(), `tidegate-not-a-model-${process.pid}.onnx`)
    writeFileSync(file, 'text')
    await expect(onnxModel({ ...OPTIONS, file })).rejects.toMatchObject({ code: 'MODEL_FILE_INVALID' })
  })
})
