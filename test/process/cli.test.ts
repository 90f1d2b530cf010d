import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { beginningOf, editedConfig, fixtureLines, SPOT_DAY_1, USDM } from './files.ts'
import { tempFolder, tidegate } from './program.ts'

const SPOT = 'examples/sma-cross.yaml'

/** Exit code and message; a stack would mean that nobody expected the error. */
async function refused(args: readonly string[], code: number, ...texts: readonly string[]): Promise<void> {
  const ended = await tidegate(args)
  expect([ended.code, ended.stderr]).toEqual([code, expect.any(String)])
  for (const text of texts) expect(ended.stderr).toContain(text)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
}

describe('a wrong call', () => {
  it('A1: an unknown command is a usage error that lists the commands', async () => {
    await refused(['replai'], 2, 'unknown command "replai"', 'did you mean "replay"', 'scenario')
  })

  it('A1: no command at all shows the help and is a usage error', async () => {
    const { code, stdout } = await tidegate([])
    expect(code).toBe(2)
    expect(stdout).toContain('Usage: tidegate COMMAND')
  })

  it('A1: --speed, --out and a missing --config are named', async () => {
    await refused(['replay', '--config', SPOT, '--speed', 'fast'], 2, '--speed fast')
    await refused(['replay', '--speed', '2'], 2, '--config')
    const file = path.join(tempFolder(), 'file')
    writeFileSync(file, '')
    await refused(['replay', '--config', SPOT, '--out', file], 1, file)
  })
})

describe('a wrong configuration', () => {
  it.each([
    ['a wrong key', (tree: Record<string, unknown>) => (tree['stratgies'] = []), ['stratgies', 'strategies']],
    [
      'a wrong value',
      (tree: Record<string, unknown>) => (tree['fees'] = { bps: 'seven' }),
      ['fees.bps', 'seven'],
    ],
    [
      'a number out of range',
      (tree: Record<string, unknown>) => (tree['feed'] = { spike_ratio: 1 }),
      ['feed.spike_ratio', '1'],
    ],
  ])('A1: %s ends with exit code 3 and names key, value and place', async (_what, change, texts) => {
    const file = editedConfig(SPOT, (tree) => void change(tree as unknown as Record<string, unknown>))
    await refused(['replay', '--config', file], 3, file, ...texts)
    const json = await tidegate(['replay', '--config', file, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'CONFIG_INVALID' } })
  })

  it('A1: a file that is not there, not YAML or a recording ends with exit code 3', async () => {
    await refused(['replay', '--config', '/nonexistent.yaml'], 3, '/nonexistent.yaml')
    const broken = path.join(tempFolder(), 'broken.yaml')
    writeFileSync(broken, 'node: {id: a\nmode: [')
    await refused(['replay', '--config', broken], 3, broken)
    await refused(['replay', '--config', SPOT_DAY_1], 3, SPOT_DAY_1)
  })

  it('P11: a strategy file that is not there or throws, and a parameter that it does not have, are named', async () => {
    const missing = editedConfig(SPOT, ({ strategies: [sma] }) => {
      ;(sma as { file: string }).file = '/nonexistent/strategy.ts'
    })
    await refused(['replay', '--config', missing], 3, '/nonexistent/strategy.ts')
    const folder = tempFolder()
    writeFileSync(path.join(folder, 'throws.ts'), 'throw new Error("not today")\n')
    const throws = editedConfig(SPOT, ({ strategies: [sma] }) => {
      ;(sma as { file: string }).file = path.join(folder, 'throws.ts')
    })
    await refused(['replay', '--config', throws], 3, 'throws.ts', 'not today')
    const unknown = editedConfig(SPOT, ({ strategies: [sma] }) => {
      ;(sma as { params: object }).params = { windw: 20 }
    })
    await refused(['replay', '--config', unknown], 3, 'windw', 'window')
  })
})

describe('a recording that cannot be read', () => {
  it('A1: is named with what is wrong and where, exit code 4', async () => {
    const folder = tempFolder()
    const file = (name: string, bytes: string | Uint8Array): string => {
      writeFileSync(path.join(folder, name), bytes)
      return path.join(folder, name)
    }
    const lines = fixtureLines(SPOT_DAY_1).slice(0, 200)
    const gz = gzipSync(lines.join('\n'))
    const cases: readonly [string, ...string[]][] = [
      ['/nonexistent.gz', '/nonexistent.gz'],
      [folder, folder],
      [file('empty.txt', ''), 'empty.txt'],
      [
        file(
          'noise.bin',
          Uint8Array.from({ length: 5_000 }, (_, i) => (i * 167) % 256),
        ),
        'noise.bin',
      ],
      [file('cut.gz', gz.subarray(0, gz.length / 2)), 'cut.gz'],
      [file('line.txt', [...lines.slice(0, 50), 'not a line', ...lines.slice(50)].join('\n')), 'line.txt:51'],
    ]
    for (const [data, ...texts] of cases) {
      await refused(['replay', '--config', SPOT, '--data', data], 4, ...texts)
    }
    await refused(['replay', '--config', SPOT, '--data', SPOT_DAY_1, USDM], 4, path.basename(USDM))
    expect(readdirSync(folder).sort()).toEqual(['cut.gz', 'empty.txt', 'line.txt', 'noise.bin'])
  })
})

describe('output', () => {
  it('A1: --json prints exactly one document, also where the reader leaves before the end', () => {
    const data = beginningOf(SPOT_DAY_1, 20)
    const command = `${process.execPath} src/main.ts replay --config ${SPOT} --data ${data} --json`
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', `${command} | head -n 1; echo "\${PIPESTATUS[0]}"`],
      { encoding: 'utf8' },
    )
    expect([status, stdout, stderr]).toEqual([0, '{\n0\n', ''])
    const closed = spawnSync('bash', ['-c', `${command} >&- 2>&-; echo $?`], { encoding: 'utf8' })
    expect(closed.stdout).toBe('0\n')
  })
})
