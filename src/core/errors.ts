/** Process exit codes (CONTRACTS: exit codes). */
export const EXIT = {
  OK: 0,
  FAILURE: 1,
  USAGE: 2,
  CONFIGURATION: 3,
  DATA: 4,
  VERIFICATION: 5,
  ORDERS_LEFT: 6,
  FORCED: 7,
  HALTED: 8,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/**
 * An error with a stable code, for boundaries and bugs. Expected outcomes return codes instead.
 *
 * @param code stable upper-snake-case code that callers and users may rely on
 * @param message one sentence that names the place and what is allowed
 * @param exitCode what the process exits with when nothing handles it
 */
export class TidegateError extends Error {
  readonly code: string
  readonly exitCode: ExitCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    message: string,
    options: { exitCode?: ExitCode; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TidegateError'
    this.code = code
    this.exitCode = options.exitCode ?? EXIT.FAILURE
    this.details = options.details ?? {}
  }
}
