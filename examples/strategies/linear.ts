import { defineStrategy, imbalance, linearModel, readLinearWeights, ret, rsi } from '../../src/index.ts'

/** A linear model on features: copy examples/models/linear.yaml and put fitted weights in. Needs trades and quotes. */
export default defineStrategy({
  name: 'linear',
  features: () => [ret(1), ret(10), rsi(14), imbalance()],
  model: (_, { featureNames }) =>
    linearModel(readLinearWeights(new URL('../models/linear.yaml', import.meta.url)), featureNames),
})
