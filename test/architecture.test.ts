import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, undeclaredPackages, wrongImports } from './architecture/imports.ts'
import { read, type SourceFile, tracked, walk } from './architecture/source-files.ts'
import {
  leftovers,
  machineTraces,
  narrowedTests,
  sharedMemoryOutsideShm,
  tooLong,
} from './architecture/tidy.ts'

const isCode = (file: string): boolean => /\.(?:ts|mjs|rs)$/.test(file)
const engine = read(walk('src', 'workers').filter((file) => file.endsWith('.ts')))
const code = read(walk('src', 'workers', 'native', 'bench', 'scripts', 'examples').filter(isCode))
const tests = read(walk('test').filter(isCode))
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>

const planted = (file: string, text: string): SourceFile[] => [{ path: file, text }]

describe('what the checks see', () => {
  it('sees every file that there is', () => {
    expect(engine.length).toBeGreaterThan(50)
    const listed = tracked('src', 'workers')?.filter((file) => file.endsWith('.ts')) ?? []
    expect(listed.filter((file) => !engine.some((seen) => seen.path === file))).toEqual([])
  })

  it('sees every import of them', () => {
    const blind = engine.filter(({ text }) => {
      const statements = text.match(/^(?:import|export)\s.*\bfrom '|^\} from '|^import '/gm) ?? []
      return importsOf(text).length < statements.length
    })
    expect(blind.map((file) => file.path)).toEqual([])
    expect(
      importsOf("import a, { b } from './a.ts'\nimport type {\n  C,\n} from '../c.ts'\nimport './d.ts'"),
    ).toEqual(['./a.ts', '../c.ts', './d.ts'])
    expect(
      importsOf("export { a } from './a.ts'\nconst b = await import('./b.ts') // from './c.ts'"),
    ).toEqual(['./a.ts', './b.ts'])
  })
})

describe('direction of imports', () => {
  it('no arrow points the wrong way', () => {
    expect(wrongImports(engine)).toEqual([])
  })

  it.each([
    ['a step that imports another', 'src/risk/x.ts', '../order/fsm.ts', 'risk must not import order'],
    ['core that imports domain', 'src/core/x.ts', '../domain/tick.ts', 'core must not import domain'],
    ['a step that imports the engine', 'src/feed/x.ts', '../engine/trader.ts', 'feed must not import engine'],
    [
      'a step that imports the configuration',
      'src/risk/x.ts',
      '../config/load.ts',
      'risk must not import config',
    ],
    [
      'a venue that imports another',
      'src/venue/binance-spot/x.ts',
      '../sim/sim-venue.ts',
      'must not import venue/sim',
    ],
    ['the engine that imports a command', 'src/engine/x.ts', '../cli/args.ts', 'engine must not import cli'],
    ['a file that is not there', 'src/feed/x.ts', './nowhere.ts', 'does not exist'],
    ['a folder without a place', 'src/util/x.ts', '../core/assert.ts', 'has no place'],
    ['a test that is imported', 'src/feed/x.ts', '../../test/architecture/tidy.ts', 'outside of the folders'],
  ])('finds %s', (_name, file, target, message) => {
    expect(wrongImports(planted(file, `import { x } from '${target}'\n`))[0]).toContain(message)
  })

  it('every package is declared, and every dependency is used', () => {
    const runtime = Object.keys(manifest['dependencies'] ?? {})
    const optional = ['onnxruntime-node']
    expect(undeclaredPackages(engine, [...runtime, ...optional])).toEqual([])
    expect(undeclaredPackages(planted('src/feed/x.ts', "import x from 'left-pad'\n"), runtime)).toHaveLength(
      1,
    )
    const used = new Set(engine.flatMap((file) => importsOf(file.text)))
    expect(runtime.filter((name) => !used.has(name))).toEqual([])
  })
})

describe('tidiness', () => {
  it('files are short', () => {
    expect(tooLong(code)).toEqual([])
    expect(tooLong(planted('src/a.ts', 'x\n'.repeat(301)))).toHaveLength(1)
  })

  it('nothing was put off', () => {
    expect(leftovers(code)).toEqual([])
    expect(leftovers(planted('src/a.ts', `// ${'TO'}DO: later\n`))).toHaveLength(1)
  })

  it('shared memory is made in src/shm alone', () => {
    expect(sharedMemoryOutsideShm(engine)).toEqual([])
    expect(sharedMemoryOutsideShm(planted('src/feed/a.ts', 'new SharedArrayBuffer(8)\n'))).toHaveLength(1)
  })

  it('no path or host of a machine is written down', () => {
    const text = tracked('.') ?? walk('.')
    const files = read(
      text.filter((file) => /\.(?:ts|mjs|rs|md|json|ya?ml|sh|toml)$/.test(file) && !isFixture(file)),
    )
    expect(files.length).toBeGreaterThan(100)
    expect(machineTraces(files)).toEqual([])
    expect(machineTraces(planted('a.md', `see ..${'/'}shared/DESIGN.md\n`))).toHaveLength(1)
    expect(machineTraces(planted('a.json', `"resolved": "${'http'}s://registry/x.tgz"\n`))).toHaveLength(1)
    expect(machineTraces(planted('a.md', `cd ${'/'}root/x\n`))).toHaveLength(1)
  })

  it('no test is narrowed or put aside', () => {
    expect(narrowedTests(tests)).toEqual([])
    expect(narrowedTests(planted('test/a.test.ts', `it.${'only'}('x', () => {})\n`))).toHaveLength(1)
  })

  it('source files are named in kebab case', () => {
    const named = code.map((file) => path.basename(file.path)).filter((name) => /\.(?:ts|mjs)$/.test(name))
    expect(named.filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.(?:ts|mjs)$/.test(name))).toEqual(
      [],
    )
  })
})

describe('tools', () => {
  const bin = (name: string): string => path.resolve('node_modules/.bin', name)
  const failing = (command: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(bin(command), args, { encoding: 'utf8' })
    return status === 0 ? '' : `${stdout}${stderr}`
  }

  it('types hold', () => {
    expect(failing('tsc', '--noEmit')).toBe('')
    expect(failing('tsc', '--noEmit', '-p', 'examples')).toBe('')
  })

  it('the linter finds nothing', () => {
    expect(failing('oxlint', '--type-aware', '--deny-warnings', '-f', 'unix')).toBe('')
  })

  it('the formatter would change nothing', () => {
    expect(failing('biome', 'check', '--linter-enabled=false', '.')).toBe('')
  })

  it('the linter finds a lost promise, a clock outside its port, a default export and a long function', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-lint-'))
    const body = Array.from({ length: 70 }, (_, index) => `  console.log(${index})`).join('\n')
    writeFileSync(path.join(folder, 'tsconfig.json'), '{"compilerOptions": {"strict": true}}')
    writeFileSync(
      path.join(folder, 'planted.ts'),
      `export async function late(): Promise<number> {\n  return Date.now()\n}\nexport default function f(): void {\n  late()\n${body}\n}\n`,
    )
    const found = failing(
      'oxlint',
      '-c',
      path.resolve('.oxlintrc.json'),
      '--type-aware',
      '-f',
      'unix',
      folder,
    )
    for (const rule of [
      'no-floating-promises',
      'no-restricted-properties',
      'no-default-export',
      'max-lines-per-function',
    ]) {
      expect(found).toContain(rule)
    }
  })

  it('the lockfile installs anywhere: no registry is named and nothing is missing', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>
    }
    const entries = Object.entries(lock.packages)
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
    const optional = entries.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}))
    expect(
      optional.filter((name) => !entries.some(([place]) => place.endsWith(`node_modules/${name}`))),
    ).toEqual([])
  })
})

function isFixture(file: string): boolean {
  return file.startsWith('test/fixtures/')
}
