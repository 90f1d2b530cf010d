import { type ChildProcess, fork } from 'node:child_process'

/** A script of the bench in a process of its own, that is asked and answers by messages. */
export class Child {
  readonly #child: ChildProcess
  readonly #answers: object[] = []
  #wake: () => void = () => {}

  /** @param settings handed over as JSON in the first argument */
  constructor(script: string, settings: object, environment: NodeJS.ProcessEnv = process.env) {
    this.#child = fork(script, [JSON.stringify(settings)], {
      env: environment,
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', (message) => {
      this.#answers.push(message as object)
      this.#wake()
    })
    // A venue that spins would outlive a bench that failed, and take its core for ever.
    process.once('exit', () => this.#child.kill('SIGKILL'))
    this.#child.on('exit', (code) => {
      if (code !== 0) throw new Error(`${script} ended with ${code}`)
    })
  }

  /** The next message of the child that was not taken yet. */
  async answer<T>(): Promise<T> {
    while (this.#answers.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#answers.shift() as T
  }

  ask<T>(message: string): Promise<T> {
    this.#child.send(message)
    return this.answer<T>()
  }

  /** Tells it to end, and waits for that. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.send('end')
    await exited
  }
}
