import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostAndPort, isLoopback } from '../../src/config/checks-control.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/problems.ts'
import type { Config } from '../../src/config/types.ts'
import { doorSettingsOf } from '../../src/control/door-settings.ts'
import { TidegateError } from '../../src/core/errors.ts'
import { SAMPLE, writeConfig } from './sample.ts'

const SHA = 'a'.repeat(64)
const ADMIN = `{id: ada, role: admin, sha256: ${SHA}}`
const BOB = `{id: bob, role: admin, secret: {env: BOB_TOKEN}}`

const load = (control: string, env: Record<string, string> = {}): Config =>
  loadConfig(writeConfig(`${SAMPLE}control: ${control}\n`), env)

function problems(control: string): string[] {
  try {
    load(control)
  } catch (error) {
    const { details } = error as TidegateError
    return (details['problems'] as Problem[]).map(({ path: key, allowed }) => `${key}: ${allowed}`)
  }
  return []
}

describe('the control section', () => {
  it('A8: there is no TCP, no token and one person by default, and main is watched', () => {
    expect(loadConfig(writeConfig(SAMPLE), {}).control).toEqual({
      listen: null,
      tls: null,
      tokens: [],
      two_person: false,
      server: 'auto',
      stall_ms: 3_000,
    })
  })

  it.each([
    [`{listen: "127.0.0.1:9070", tokens: [${ADMIN}]}`],
    [`{listen: "[::1]:0", tokens: [${ADMIN}]}`],
    [`{listen: "localhost:9070", tokens: [${ADMIN}, ${BOB}], two_person: true}`],
    [`{listen: "engine.example:9070", tls: {cert_file: c, key_file: k}, tokens: [${ADMIN}]}`],
    ['{two_person: true}'],
  ])('A8: %s is allowed', (control) => {
    expect(problems(control)).toEqual([])
  })

  it.each([
    ['{listen: "127.0.0.1:9070"}', 'control.listen: null without control.tokens'],
    [
      `{listen: "10.0.0.1:9070", tokens: [${ADMIN}]}`,
      'control.listen: a loopback address without control.tls',
    ],
    [`{listen: "engine:9070", tokens: [${ADMIN}]}`, 'control.listen: a loopback address without control.tls'],
    [
      `{listen: "0.0.0.0:1", tls: {cert_file: c, key_file: k}, tokens: [${ADMIN}]}`,
      'control.listen: the address or',
    ],
    [`{listen: "127.0.0.1:70000", tokens: [${ADMIN}]}`, 'control.listen: a port up to 65535'],
    [`{listen: "9070", tokens: [${ADMIN}]}`, 'control.listen: HOST:PORT'],
    ['{tokens: [{id: ada, role: admin}]}', 'control.tokens[0]: a token with one of sha256 and secret'],
    [
      `{tokens: [{id: a, role: admin, sha256: ${SHA}, secret: {env: X}}]}`,
      'control.tokens[0]: a token with one of',
    ],
    ['{tokens: [{id: ada, role: admin, sha256: abc}]}', 'control.tokens[0].sha256: the SHA-256 of a token'],
    [
      `{tokens: [{id: ada, role: king, sha256: ${SHA}}]}`,
      'control.tokens[0].role: one of viewer, operator, admin',
    ],
    [`{tokens: [${ADMIN}, ${ADMIN}]}`, 'control.tokens[1].id: an id that stands in the list once'],
    [`{tokens: [${ADMIN}], two_person: true}`, 'control.two_person: false, or 2 tokens of the role admin'],
  ])('A8: %s is refused: %s', (control, message) => {
    expect(problems(control)[0]).toContain(message)
  })

  it('A8: a token itself never stands in an error', () => {
    expect(() => load('{tokens: [{id: a, role: admin, secret: hunter2}]}')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })

  it('D4: who may operate decides over no order: the hash of the configuration leaves it out', () => {
    expect(load(`{tokens: [${ADMIN}]}`).facts.sha256).toBe(loadConfig(writeConfig(SAMPLE), {}).facts.sha256)
  })
})

describe('the door of a configuration', () => {
  const REMOTE = `{listen: "engine.example:9070", tls: {cert_file: c.pem, key_file: k.pem}, tokens: [${BOB}]}`

  it('A8: the control thread gets hashes of the tokens', () => {
    const settings = doorSettingsOf(
      load(`{listen: "127.0.0.1:0", tokens: [${ADMIN}, ${BOB}]}`, { BOB_TOKEN: 'x' }),
    )
    expect(settings).toMatchObject({
      listen: { host: '127.0.0.1', port: 0 },
      tls: null,
      tokens: [
        { id: 'ada', sha256: SHA },
        { id: 'bob', sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881' },
      ],
      twoPerson: false,
    })
    expect(JSON.stringify(settings)).not.toContain('"x"')
  })

  it('A8: a token that is missing, or too short where other machines reach the door, is exit 3', () => {
    expect(() => doorSettingsOf(load(`{tokens: [${BOB}]}`))).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', exitCode: 3 }),
    )
    expect(() => doorSettingsOf(load(REMOTE, { BOB_TOKEN: 'x'.repeat(31) }))).toThrow(
      expect.objectContaining({ code: 'TOKEN_WEAK', exitCode: 3 }),
    )
  })

  it('A8: certificate and key are read from the files, and named where they cannot be', () => {
    const config = load(REMOTE, { BOB_TOKEN: 'x'.repeat(32) })
    expect(() => doorSettingsOf(config)).toThrow(
      expect.objectContaining({ code: 'TLS_UNREADABLE', exitCode: 3 }),
    )
    for (const name of ['c.pem', 'k.pem']) writeFileSync(path.join(config.facts.directory, name), name)
    expect(doorSettingsOf(config).tls).toEqual({ cert: 'c.pem', key: 'k.pem' })
  })

  it.each([
    ['127.0.0.1:1', '127.0.0.1', true],
    ['127.9.9.9:1', '127.9.9.9', true],
    ['[::1]:1', '::1', true],
    ['localhost:1', 'localhost', true],
    ['127.0.0.1.evil.example:1', '127.0.0.1.evil.example', false],
    ['10.0.0.1:1', '10.0.0.1', false],
  ])('A8: %s is host %s, loopback %s', (listen, host, loopback) => {
    expect([hostAndPort(listen).host, isLoopback(host)]).toEqual([host, loopback])
  })
})
