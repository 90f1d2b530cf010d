import { defineStrategy, type StrategyDefinition } from '../../../src/index.ts'

type Params = { answers: string; every: number; later: boolean }

const NUMBERS: Readonly<Record<string, number>> = { '0': 0, '1': 1, '2': 2, '7': 7 }

/** Gives its answers by turns, one at each n-th decision and HOLD between: a digit as it is, a word as an action's name. */
const strategy: StrategyDefinition<Params> = defineStrategy<Params>({
  name: 'answering',
  params: { answers: '1,2', every: 1, later: false },
  acts: 'trade',
  features: () => [],
  model: ({ answers, every, later }) => {
    const words = answers.split(',')
    let decisions = 0
    const answer = (): unknown => {
      decisions++
      if (decisions % every !== 0) return 0
      const word = words[(decisions / every - 1) % words.length] as string
      return NUMBERS[word] ?? { action: word }
    }
    const predict = (): unknown => (later ? Promise.resolve(answer()) : answer())
    return predict as never
  },
})

export default strategy
