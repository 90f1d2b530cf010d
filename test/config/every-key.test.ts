import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { walk } from '../architecture/source-files.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}

/** Paths of all keys that a value stands under. */
function leaves(schema: Schema, path: string): string[] {
  const inner = typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []
  const variants = [
    ...inner,
    ...(schema.items ? [schema.items] : []),
    ...(schema.oneOf ?? []),
    ...(schema.anyOf ?? []),
  ]
  const below = variants.flatMap((variant) => leaves(variant, path))
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const place = path === '' ? key : `${path}.${key}`
    const deeper = leaves(value, place)
    return deeper.length === 0 ? [place] : deeper
  })
  return [...own, ...below]
}

/** The engine's code and the configuration's own conclusions, without the places that only declare the keys. */
const code = [...walk('src', 'workers')]
  .filter((file) => file.endsWith('.ts') && !/src\/config\/(?:schema|types)/.test(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')

const isRead = (path: string): boolean => {
  const key = path.split('.').at(-1) as string
  return new RegExp(`\\.\\s*${key}\\b|[{,]\\s*${key}\\s*[,}:]`).test(code)
}

describe('configuration keys', () => {
  const all = leaves(configJsonSchema() as Schema, '')

  it('A1: every key is read by somebody', () => {
    expect(all.length).toBeGreaterThan(80)
    expect(all.filter((path) => !isRead(path))).toEqual([])
    expect(isRead('risk.a_key_that_nobody_reads')).toBe(false)
  })
})
