import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandNames } from '../../src/cli/dispatch.ts'
import { SAMPLE, writeConfig } from '../config/sample.ts'
import { tidegate } from './tidegate.ts'

describe('tidegate', () => {
  it('lists every command in its help, exit code 0; without a command the same with 2', async () => {
    const help = await tidegate(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const name of commandNames()) expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(await tidegate([])).toMatchObject({ code: 2, stdout: help.stdout })
  })

  it.each(commandNames())('%s has a file and explains itself', async (name) => {
    expect(existsSync(path.resolve('src/cli', `${name}.ts`))).toBe(true)
    const help = await tidegate([name, '--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(new RegExp(`^Usage: tidegate ${name}`))
  })

  it('an unknown command or option is exit code 2, on stderr, with a suggestion', async () => {
    expect(await tidegate(['confg'])).toMatchObject({ code: 2, stdout: '' })
    expect((await tidegate(['confg'])).stderr).toContain('did you mean "config"?')
    expect((await tidegate(['config', 'check', '--nope'])).code).toBe(2)
  })

  it('a reader that goes away ends nothing with an error', async () => {
    const child = spawn(process.execPath, ['src/main.ts', 'config', 'schema'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe('tidegate config', () => {
  const file = writeConfig(SAMPLE)

  it('A1: check tells the mode and the hash, as one document with --json', async () => {
    const { code, stdout } = await tidegate(['config', 'check', '--json', '--config', file], {
      EXEC_DRY_RUN: '1',
    })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      valid: true,
      mode: 'dry-run',
      because: 'EXEC_DRY_RUN is on; the configuration says paper',
      secrets_missing: ['venues.sim.api_key', 'venues.sim.api_secret'],
    })
  })

  it('A1: an invalid file is exit code 3 with every problem, with --json also as the one document', async () => {
    const bad = writeConfig(SAMPLE.replace('arm: auto', 'arm: nobody'))
    expect(await tidegate(['config', 'check', '--config', bad])).toMatchObject({ code: 3, stdout: '' })
    const { code, stdout } = await tidegate(['config', 'check', '--json', '--config', bad])
    expect(code).toBe(3)
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'CONFIG_INVALID', problems: [{ path: 'arm' }] })
  })

  it('A1: what print gives is a configuration that gives the same again, secrets by their source', async () => {
    const printed = await tidegate(['config', 'print', '--config', file], { SECRET: 'hush-91c7', KEY: 'k' })
    expect(printed.stdout).not.toContain('hush')
    expect(printed.stdout).toContain('env: SECRET')
    expect((await tidegate(['config', 'print', '--config', writeConfig(printed.stdout)])).stdout).toBe(
      printed.stdout,
    )
  })

  it('A1: schema prints a JSON schema', async () => {
    const { stdout } = await tidegate(['config', 'schema'])
    expect(JSON.parse(stdout)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' })
  })
})
