import { inspect } from 'node:util'
import type { z } from 'zod'
import { EXIT, TidegateError } from '../core/errors.ts'
import { Secret } from './secret.ts'

/** One thing wrong in a configuration. */
export interface Problem {
  /** key path, e.g. `risk.order_value_max` or `strategies[0].id` */
  readonly path: string
  /** the value as found, shortened; "nothing" where the key is missing */
  readonly value: string
  readonly allowed: string
  /** where the value came from: `file:line` or an environment variable */
  readonly source: string
}

export type KeyPath = readonly (string | number)[]

/** A value that is well formed and makes no sense beside another one. */
export interface Conflict {
  readonly path: KeyPath
  readonly allowed: string
}

const SECRET_KEY = /secret|token|password|private|api_key/i
const VALUE_LENGTH_MAX = 80

export function pathText(path: KeyPath): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('')
}

/** A value for an error message; never that of a key that may hold a secret. */
export function valueText(value: unknown, path: KeyPath): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Secret || path.some((key) => SECRET_KEY.test(String(key)))) return 'a hidden value'
  const text = inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text
}

export function valueAt(tree: unknown, path: KeyPath): unknown {
  let node = tree
  for (const key of path) {
    if (typeof node !== 'object' || node === null) return undefined
    node = (node as Record<string | number, unknown>)[key]
  }
  return node
}

/** What zod found, as problems: one for each unknown key, one for every other issue. */
export function problemsOf(error: z.ZodError, tree: unknown, sourceOf: (path: KeyPath) => string): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
    if (issue.code === 'unrecognized_keys') {
      const lines = issue.message.split('\n')
      return issue.keys.map((key, index) => ({
        path: pathText([...path, key]),
        value: 'an unknown key',
        allowed: lines[index] ?? '',
        source: sourceOf([...path, key]),
      }))
    }
    const message =
      issue.code === 'invalid_key' ? `key: ${issue.issues[0]?.message ?? issue.message}` : issue.message
    return [
      {
        path: pathText(path),
        value: valueText(valueAt(tree, path), path),
        allowed: message,
        source: sourceOf(path),
      },
    ]
  })
}

/** The error of an invalid configuration: every problem on a line of its own. */
export function invalidConfig(file: string, problems: readonly Problem[]): TidegateError {
  const lines = problems.map(
    ({ path, value, allowed, source }) =>
      `  ${source}: ${path === '' ? 'the file' : path} is ${value}; allowed: ${allowed}`,
  )
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new TidegateError('CONFIG_INVALID', `${file}: ${count}\n${lines.join('\n')}`, {
    exitCode: EXIT.CONFIGURATION,
    details: { problems },
  })
}
