export type LogFields = Readonly<Record<string, unknown>>

/** Where anything says what happened. Never called per tick; must not throw, block or call back. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

const nothing = (): void => {}

/** For tests and commands that have nothing to log to. */
export const SILENT_LOG: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
