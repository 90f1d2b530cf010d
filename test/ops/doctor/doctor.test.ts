import fs, { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { configuration } from '../../../src/ops/doctor/configuration.ts'
import { codeSha256, dependencies, integrity } from '../../../src/ops/doctor/installation.ts'
import { clock, cores, limits, memory, runtime } from '../../../src/ops/doctor/machine.ts'
import { tidegate } from '../../cli/tidegate.ts'
import { SAMPLE, writeConfig } from '../../config/sample.ts'

function installation(lock: object, present: object | null): string {
  const root = mkdtempSync(path.join(tmpdir(), 'tidegate-doctor-'))
  mkdirSync(path.join(root, 'node_modules'))
  mkdirSync(path.join(root, 'src'))
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: lock }))
  if (present !== null) {
    writeFileSync(
      path.join(root, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: present }),
    )
  }
  return root
}

describe('doctor on the machine', () => {
  it('A12: judges runtime, cores, memory and limits', () => {
    expect(runtime('24.15.0').verdict).toBe('ok')
    expect(runtime('24.14.9').verdict).toBe('fail')
    expect(runtime('25.0.0').verdict).toBe('ok')
    expect([cores(1), cores(2), cores(8)].map((finding) => finding.verdict)).toEqual(['warn', 'warn', 'ok'])
    expect(memory(2 ** 20, 2 ** 32).verdict).toBe('warn')
    expect(limits(null).verdict).toBe('warn')
    expect(limits('Max open files            256    4096   files\n').text).toContain('at least 1024')
    expect(limits('Max open files 9999 9999 files\nMax file size 4096 4096 bytes\n').text).toContain(
      'halts the engine',
    )
  })

  it('A12: a clock that is set fails; a thread that is held up between two looks at it does not', async () => {
    let ms = 0
    const hrNs = (): bigint => BigInt(ms) * 1_000_000n
    const heldUp = (): number => {
      const now = ms
      if (now === 0) ms = 30
      return now
    }
    expect((await clock(heldUp, hrNs)).verdict).not.toBe('fail')
    for (const stepMs of [-30, 30]) {
      let looks = 0
      const set = (): number => ms + stepMs * looks++
      expect((await clock(set, hrNs)).text).toBe('the wall clock moved by 30 ms against the monotonic one')
    }
  })

  it('A12: without the native module it says what is lost', async () => {
    const { code, stdout } = await tidegate(['doctor', '--json'], { TIDEGATE_NATIVE: '0' })
    expect(code).toBe(0)
    const { findings } = JSON.parse(stdout) as { findings: { name: string; verdict: string; text: string }[] }
    expect(findings.find(({ name }) => name === 'native')).toMatchObject({
      verdict: 'warn',
      text: expect.stringMatching(/TIDEGATE_NATIVE=0.*Results are the same.*SIGUSR2/),
    })
  })
})

describe('doctor on the installation', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/b': { version: '1.0.0', optional: true },
    'node_modules/c': { version: '1.0.0', dev: true },
  }

  it.each([
    ['all there', { 'node_modules/a': { version: '1.0.0', integrity: 'x' } }, 'ok', 'as in the lockfile'],
    [
      'another version',
      { 'node_modules/a': { version: '1.0.1', integrity: 'x' } },
      'fail',
      'node_modules/a differs',
    ],
    [
      'another content',
      { 'node_modules/a': { version: '1.0.0', integrity: 'y' } },
      'fail',
      'node_modules/a differs',
    ],
    ['missing', {}, 'fail', 'node_modules/a is missing'],
    ['never installed', null, 'fail', 'not installed by npm ci'],
  ])('A12: dependencies: %s', (_name, present, verdict, text) => {
    expect(dependencies(installation(wanted, present))).toEqual({ name: 'dependencies', verdict, text })
  })

  it('A12: the hash of the code moves with one byte of one file, and an expected one is compared', () => {
    const root = installation({}, {})
    writeFileSync(path.join(root, 'src', 'a.ts'), 'export const a = 1\n')
    const before = codeSha256(root)
    expect(codeSha256(root)).toBe(before)
    expect(integrity(before, root)).toMatchObject({ verdict: 'ok' })
    writeFileSync(path.join(root, 'src', 'a.ts'), 'export const a = 2\n')
    expect(integrity(before, root)).toMatchObject({ verdict: 'fail', text: expect.stringContaining(before) })
  })
})

describe('doctor on a configuration', () => {
  // A disk with room, whatever this machine has left.
  const disk = { bavail: 2 ** 20, bsize: 4_096 } as fs.StatsFs
  beforeEach(() => {
    vi.spyOn(fs, 'statfsSync').mockImplementation(() => disk)
    syncBuiltinESMExports()
  })
  afterEach(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })

  const strategy = path.resolve('package.json') // any file that is there
  const verdicts = async (
    text: string,
    env: Record<string, string> = {},
  ): Promise<Record<string, string>> => {
    const findings = await configuration(
      writeConfig(text.replace('examples/strategies/sma-cross.ts', strategy)),
      env,
    )
    return Object.fromEntries(findings.map(({ name, verdict }) => [name, verdict]))
  }

  it('A12: venues reachable, secrets present, files found, state directory writable', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const reachable = SAMPLE.replaceAll('127.0.0.1:9080', `127.0.0.1:${port}`)
    expect(await verdicts(reachable, { KEY: 'k', SECRET: 's' })).toEqual({
      configuration: 'ok',
      mode: 'ok',
      secrets: 'ok',
      strategies: 'ok',
      'state directory': 'ok',
      'venue sim': 'ok',
    })
    await new Promise((resolve) => server.close(resolve))
    expect(await verdicts(reachable)).toMatchObject({ secrets: 'fail', 'venue sim': 'fail' })
    expect(await verdicts(reachable, { EXEC_DRY_RUN: '1' })).toMatchObject({
      secrets: 'warn',
      'venue sim': 'warn',
    })
  })

  it('A12: a kill that the environment asserts, and live without authority, are said', async () => {
    expect(await verdicts(SAMPLE, { KILL_SWITCH: '1' })).toMatchObject({ mode: 'warn' })
    expect(await verdicts(SAMPLE.replace('mode: paper', 'mode: live'))).toMatchObject({ mode: 'warn' })
  })

  it('A12: a full disk is said; a state directory that cannot be written and a missing strategy fail', async () => {
    vi.mocked(fs.statfsSync).mockImplementation(() => ({ ...disk, bavail: 2 ** 10 }))
    expect(await verdicts(SAMPLE)).toMatchObject({ 'state directory': 'warn' })
    const bad = SAMPLE.replace('./.tidegate/a1', `${strategy}/state`).replace('sma-cross.ts', 'absent.ts')
    expect(await verdicts(bad)).toMatchObject({ 'state directory': 'fail', strategies: 'fail' })
  })

  it('A12: an invalid configuration is exit code 3', async () => {
    expect((await tidegate(['doctor', '--config', writeConfig('node: {}')])).code).toBe(3)
  })
})
