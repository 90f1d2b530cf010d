import { Worker } from 'node:worker_threads'

/**
 * Runs a stress role in a thread of its own and gives what it posts last. The thread's module posts one result; an
 * error or an early end rejects.
 */
export function runThread<Result>(file: string, workerData: object): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(file, import.meta.url), { workerData, env: {}, execArgv: [] })
    let result: Result | undefined
    worker.on('message', (message: Result) => {
      result = message
    })
    worker.on('error', reject)
    worker.on('exit', (code) => {
      if (code === 0 && result !== undefined) resolve(result)
      else
        reject(new Error(`${file} ended with code ${code} and ${result === undefined ? 'no' : 'a'} result`))
    })
  })
}
