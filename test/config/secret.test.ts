import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/config/hash.ts'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { loadConfig, secretsOf } from '../../src/config/load.ts'
import type { Secret } from '../../src/config/secret.ts'
import { SAMPLE, writeConfig } from './sample.ts'

const ENV = { KEY: 'key-5f2a', SECRET: 'hush-91c7' }

function secret(text: string, env: Record<string, string> = ENV): Secret {
  const found = secretsOf(loadConfig(writeConfig(text), env)).find(([key]) => key === 'venues.sim.api_secret')
  if (found === undefined) throw new Error('no secret')
  return found[1]
}

describe('secrets', () => {
  it('A2: a secret never prints, whatever prints it', () => {
    const config = loadConfig(writeConfig(SAMPLE), ENV)
    const hidden = secret(SAMPLE)
    expect(hidden.reveal()).toBe('hush-91c7')
    const printed = [
      inspect(config, { depth: null, showHidden: true }),
      JSON.stringify(config),
      format('%o %s %j', hidden, hidden, hidden),
      String(hidden),
    ].join('\n')
    expect(printed).not.toContain('hush')
    expect(printed).toContain('"api_secret":{"env":"SECRET"}')
  })

  it('comes from a file beside the configuration too, without its line end', () => {
    const file = writeConfig(SAMPLE.replace('{env: SECRET}', '{file: venue.key}'))
    writeFileSync(path.join(path.dirname(file), 'venue.key'), 'from-file\n')
    const [, found] = secretsOf(loadConfig(file, ENV)).find(([key]) => key.endsWith('api_secret')) as [
      string,
      Secret,
    ]
    expect(found.reveal()).toBe('from-file')
  })

  it('a missing one does not stop loading; asking for it names its source', () => {
    const hidden = secret(SAMPLE, {})
    expect(hidden.present).toBe(false)
    expect(() => hidden.reveal()).toThrow(expect.objectContaining({ code: 'SECRET_MISSING', exitCode: 3 }))
    expect(() => hidden.reveal()).toThrow(/environment variable SECRET/)
  })

  it('a literal one is refused and not repeated', () => {
    const literal = SAMPLE.replace('{env: SECRET}', 'hunter2')
    expect(() => loadConfig(writeConfig(literal), ENV)).toThrow(
      /api_secret is a hidden value; allowed: \{env: NAME\}/,
    )
    expect(() => loadConfig(writeConfig(literal), ENV)).not.toThrow(/hunter2/)
  })
})

describe('configSha256', () => {
  const hash = (text: string, env: Record<string, string> = {}): string =>
    loadConfig(writeConfig(text), env).facts.sha256

  it('D4: is the same for the same decisions, whoever runs them, where and how fast', () => {
    const base = hash(SAMPLE)
    expect(base).toMatch(/^[0-9a-f]{64}$/)
    expect(hash(SAMPLE.replace('id: a1', 'id: b2').replace('./.tidegate/a1', '/srv/x'), ENV)).toBe(base)
    expect(hash(SAMPLE.replace('placement: worker', 'placement: inline'), { TIDEGATE_NATIVE: '0' })).toBe(
      base,
    )
    expect(hash(SAMPLE.replace('"0.60"', '0.6'))).toBe(base)
  })

  it('D4: changes with a limit, a parameter and a secret’s source, and not with its value', () => {
    const base = hash(SAMPLE)
    expect(hash(SAMPLE.replace('order_value_max: "10000"', 'order_value_max: "10001"'))).not.toBe(base)
    expect(hash(SAMPLE.replace('window: 20', 'window: 21'))).not.toBe(base)
    expect(hash(SAMPLE.replace('{env: SECRET}', '{env: OTHER}'))).not.toBe(base)
    expect(hash(SAMPLE, { KEY: 'x', SECRET: 'y' })).toBe(base)
  })

  it('is taken over text whose keys are sorted at every depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[{"c":null,"d":1}]}')
  })
})

describe('configJsonSchema', () => {
  it('A1: describes every key and refuses others, for editors', () => {
    const schema = configJsonSchema() as { additionalProperties: boolean; properties: Record<string, object> }
    expect(schema.additionalProperties).toBe(false)
    expect(schema.properties['risk']).toMatchObject({ additionalProperties: false })
    expect(Object.values(schema.properties).every((key) => 'description' in key || 'properties' in key)).toBe(
      true,
    )
  })
})
