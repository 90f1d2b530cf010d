import { z } from 'zod'
import { compareDecimals, parseDecimal, stripZeros } from '../core/decimal.ts'
import { Secret, type SecretSource } from './secret.ts'
import { didYouMean } from './suggest.ts'

/*
 * The kinds of value that keys have. The error text of each says what is allowed; `problems.ts` puts path and value
 * before it.
 */

type Shape = Record<string, z.ZodType>

/** A mapping with exactly these keys; another key is an error that names its neighbours. */
export function section<S extends Shape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const keys = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue['keys'] as string[]).map((key) => didYouMean(key, keys)).join('\n')
        : `a mapping with the keys ${keys.join(', ')}`,
  })
}

export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values as unknown as [string, ...string[]], {
    error: (issue) => didYouMean(String(issue.input), values, 'one of '),
  }) as unknown as z.ZodEnum<{ [K in T[number]]: K }>
}

export function flag(): z.ZodBoolean {
  return z.boolean({ error: 'true or false' })
}

export function integer(min: number, max: number): z.ZodNumber {
  const error = `an integer from ${min} to ${max}`
  return z.int({ error }).gte(min, { error }).lte(max, { error })
}

export function number(min: number, max: number): z.ZodNumber {
  const error = `a number from ${min} to ${max}`
  return z.number({ error }).gte(min, { error }).lte(max, { error })
}

export function list<T extends z.ZodType>(item: T, min: number, max: number): z.ZodArray<T> {
  const error = `a list of ${min} to ${max} items`
  return z.array(item, { error }).min(min, { error }).max(max, { error })
}

const IDENTIFIER = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/

/** Names that we give: they appear in paths, order ids and metrics. */
export function identifier(lengthMax = 32): z.ZodString {
  const error = `1 to ${lengthMax} of a-z, 0-9, "_" and "-", beginning and ending with a letter or digit`
  return z.string({ error }).max(lengthMax, { error }).regex(IDENTIFIER, { error })
}

export function text(what: string, lengthMax = 4096): z.ZodString {
  return z.string({ error: what }).min(1, { error: what }).max(lengthMax, { error: what })
}

export function url(...protocols: readonly string[]): z.ZodString {
  const error = `a URL that begins with ${protocols.map((name) => `${name}://`).join(' or ')}`
  const pattern = new RegExp(`^(?:${protocols.join('|')})://[^\\s/@]+(?:/\\S*)?$`)
  return z.string({ error }).regex(pattern, { error })
}

export interface DecimalBounds {
  readonly min?: string
  readonly max?: string
  /** the lower bound itself is not allowed */
  readonly positive?: boolean
}

/** An exact decimal, written as text or as a plain YAML number; canonical text comes out. */
export function decimal(bounds: DecimalBounds = {}): z.ZodType<string, string | number> {
  const range = [
    bounds.positive === true ? 'above 0' : bounds.min === undefined ? '' : `at least ${bounds.min}`,
    bounds.max === undefined ? '' : `at most ${bounds.max}`,
  ].filter((part) => part !== '')
  const error = ['a decimal number in quotes', ...range].join(', ')
  return z
    .union([z.string(), z.number()], { error })
    .refine((value) => withinBounds(String(value), bounds), { error })
    .transform((value) => stripZeros(String(value)))
    .meta({ 'x-allowed': error })
}

function withinBounds(value: string, bounds: DecimalBounds): boolean {
  const min = bounds.positive === true ? '0' : bounds.min
  try {
    if (min !== undefined && compareTexts(value, min) < (bounds.positive === true ? 1 : 0)) return false
    return bounds.max === undefined ? parseDecimal(value) !== null : compareTexts(value, bounds.max) <= 0
  } catch {
    return false
  }
}

/** Of decimal numbers: -1, 0 or 1, exact. @throws DECIMAL_INVALID */
export function compareTexts(left: string, right: string): -1 | 0 | 1 {
  return compareDecimals(parseDecimal(left), parseDecimal(right))
}

const SECRET_ALLOWED = '{env: NAME} or {file: PATH}; a secret itself does not stand in the configuration'

/** `{env: NAME}` or `{file: PATH}`; the value is read by `loadConfig`. */
export function secret(): z.ZodType<Secret, { env?: string | undefined; file?: string | undefined }> {
  return z
    .strictObject(
      { env: z.string().min(1).optional(), file: z.string().min(1).optional() },
      { error: SECRET_ALLOWED },
    )
    .refine((value) => (value.env === undefined) !== (value.file === undefined), { error: SECRET_ALLOWED })
    .transform((value) => new Secret(value as SecretSource))
}
