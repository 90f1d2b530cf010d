import { defineStrategy, onnxModel, ret, tradeImbalance, zScore } from '../../src/index.ts'

/**
 * Features through a small ONNX model (`npm install onnxruntime-node`; examples/models/make_momentum.py writes the file).
 * Inference is asynchronous, so this belongs into a worker.
 */
export default defineStrategy({
  name: 'onnx-momentum',
  params: { buy_above: 0.6, sell_below: -0.6 },
  warmupBars: () => 20,
  features: () => [ret(1), ret(5), zScore(20), tradeImbalance(50)],
  model: ({ buy_above, sell_below }, { featureNames }) =>
    onnxModel({
      file: new URL('../models/momentum.onnx', import.meta.url),
      features: featureNames.length,
      output: { kind: 'score', buyAbove: buy_above, sellBelow: sell_below },
    }),
})
