import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const FOLDERS = ['scripts', 'src', 'package.json', 'package-lock.json', 'node_modules']

/** A project folder that shares everything with this one but has its own `program.mjs`. */
function withProgram(text: string, leaveOut: readonly string[] = []): string {
  const root = mkdtempSync(path.join(tmpdir(), 'tidegate-scripts-'))
  for (const name of FOLDERS.filter((folder) => !leaveOut.includes(folder))) {
    symlinkSync(path.resolve(name), path.join(root, name))
  }
  writeFileSync(path.join(root, 'program.mjs'), text)
  return root
}

describe('run.sh', () => {
  it('becomes the program: one process, and its signals and exit code are the program’s', async () => {
    const root = withProgram(
      "process.on('SIGTERM', () => process.exit(7)); console.log(process.pid); setInterval(() => {}, 1e6)",
    )
    const child = spawn('sh', [path.join(root, 'scripts/run.sh'), 'program.mjs'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<string>((resolve) =>
      child.stdout.once('data', (chunk) => resolve(String(chunk))),
    )
    expect(Number(pid)).toBe(child.pid)
    child.kill('SIGTERM')
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(7)
  })

  it('hands on words with spaces and quotes as they are', () => {
    const root = withProgram('console.log(JSON.stringify(process.argv.slice(2)))')
    const words = ['a b', '', "it's", '"x"', '$HOME', '*']
    const { stdout } = spawnSync('sh', [path.join(root, 'scripts/run.sh'), 'program.mjs', ...words], {
      encoding: 'utf8',
    })
    expect(JSON.parse(stdout)).toEqual(words)
  })

  it('without Node 24.15 or newer it says so, and ends with 1', () => {
    const root = withProgram('', ['node_modules'])
    const old = mkdtempSync(path.join(tmpdir(), 'tidegate-old-node-'))
    writeFileSync(path.join(old, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const { status, stderr } = spawnSync('/bin/sh', [path.join(root, 'scripts/run.sh'), 'program.mjs'], {
      encoding: 'utf8',
      env: { PATH: `${old}:/usr/bin:/bin` },
    })
    expect(status).toBe(1)
    expect(stderr).toContain('tidegate needs Node 24.15 or newer')
  })
})

describe('setup.mjs', () => {
  it('where everything is there it says one line on stderr, nothing on stdout, and changes nothing', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs', '--production'], {
      encoding: 'utf8',
      env: { ...process.env, TIDEGATE_NATIVE: '0' },
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
    expect(stderr).toMatch(
      /^tidegate: Node 2\d[^\n]* · decoder TypeScript, same results \(native: TIDEGATE_NATIVE=0\) · [^\n]*\n$/,
    )
  })

  it('A1: npm run -s tidegate prints the command’s document alone on stdout', () => {
    const { stdout, status } = spawnSync('npm', ['run', '-s', 'tidegate', '--', 'config', 'schema'], {
      encoding: 'utf8',
      env: { ...process.env, TIDEGATE_NATIVE: '0' },
    })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Tidegate configuration' })
  })
})
