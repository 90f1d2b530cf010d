import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { EXIT, TidegateError } from '../core/errors.ts'

export type SecretSource = { readonly env: string } | { readonly file: string }
export type Environment = Readonly<Record<string, string | undefined>>

/** A value from the environment or a file that shows only where it comes from, however it is printed. */
export class Secret {
  readonly source: SecretSource
  #value: string | null = null

  constructor(source: SecretSource) {
    this.source = source
  }

  /** Reads the value; a missing one stays missing until `reveal` asks for it. `locate` makes a file's path absolute. */
  resolve(env: Environment, locate: (path: string) => string): void {
    const text = 'env' in this.source ? env[this.source.env] : readOrNull(locate(this.source.file))
    this.#value = text === undefined || text === null || text.trim() === '' ? null : text.trim()
  }

  get present(): boolean {
    return this.#value !== null
  }

  /** @throws SECRET_MISSING when the variable is unset or empty, or the file cannot be read */
  reveal(): string {
    if (this.#value === null) {
      const what =
        'env' in this.source ? `environment variable ${this.source.env}` : `file ${this.source.file}`
      throw new TidegateError('SECRET_MISSING', `${what} gives no value`, { exitCode: EXIT.CONFIGURATION })
    }
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): SecretSource {
    return this.source
  }

  static {
    Object.defineProperty(Secret.prototype, inspect.custom, { value: () => '[secret]' })
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
