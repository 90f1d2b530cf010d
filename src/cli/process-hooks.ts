import { TidegateError } from '../core/errors.ts'

/** What user code and the process' surroundings may do to a run. None of these may throw. */
export interface ProcessEvents {
  /** an error that nobody caught, or a promise that nobody awaited */
  readonly onFatal: (error: unknown) => void
  /** somebody called `process.exit` */
  readonly onExit: (code: unknown) => void
  /** SIGQUIT */
  readonly onDump: () => void
  /** standard input has ended; null: nobody listens to it */
  readonly onEndOfInput: (() => void) | null
}

/**
 * Turns what would end the process at once into a request to end it well (S1): uncaught errors, rejections and
 * `process.exit` of user code. SIGQUIT asks for a dump instead of ending it.
 */
export class ProcessHooks {
  readonly #events: ProcessEvents
  readonly #exit: typeof process.exit = process.exit.bind(process)

  constructor(events: ProcessEvents) {
    this.#events = events
    process.on('uncaughtException', events.onFatal)
    process.on('unhandledRejection', events.onFatal)
    process.on('SIGQUIT', events.onDump)
    if (events.onEndOfInput !== null) process.stdin.on('end', events.onEndOfInput).resume()
    process.exit = (code): never => {
      events.onExit(code)
      // Whoever leaves does not expect to go on: his own code ends here.
      throw new TidegateError('PROCESS_EXIT', 'process.exit: the engine shuts down first')
    }
  }

  close(): void {
    process.off('uncaughtException', this.#events.onFatal)
    process.off('unhandledRejection', this.#events.onFatal)
    process.off('SIGQUIT', this.#events.onDump)
    if (this.#events.onEndOfInput !== null) process.stdin.off('end', this.#events.onEndOfInput).pause()
    process.exit = this.#exit
  }
}
