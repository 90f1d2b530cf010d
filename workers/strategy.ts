/** Entry of a strategy worker: Piscina runs `loop` once, for the whole life of the worker. */
export { runStrategyWorker as loop } from '../src/engine/worker-thread.ts'
