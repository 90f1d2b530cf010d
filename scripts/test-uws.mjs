// `npm run test:uws [FILTER…]`: the tests of the operator's door with uWebSockets.js, which `npm test` leaves out where it
// does not load. Its builds need glibc 2.38; on an older Debian the C library, the C++ library and the loader of Debian 13
// are downloaded by apt from the mirror that this machine uses, unpacked under node_modules/.cache and put under Node.
// Nothing is installed, and no other program sees them. Fails where it cannot be had.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, 'node_modules', '.cache', 'tidegate-debian-13')
const SUITE = 'trixie'
const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1']
/** Where Debian keeps the keys of its archive. */
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'
const PLACES = {
  x64: { libraries: 'usr/lib/x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { libraries: 'usr/lib/aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}
const TESTS = ['test/control']

function fail(message) {
  process.stderr.write(`test:uws: ${message}\n`)
  process.exit(1)
}

/** Runs a program to its end and gives what it printed; fails with its last words. */
function run(program, args, cwd = ROOT) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (status !== 0) {
    const words = error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' · ')
    fail(`${program} ${args.at(-1)}: ${words}`)
  }
  return stdout
}

/** Whether a Node loads uWebSockets.js as the engine would, and why not. */
function probe(node) {
  const module = pathToFileURL(join(ROOT, 'src', 'control', 'uws', 'binding.ts')).href
  const text = `import(${JSON.stringify(module)}).then(({ openUws }) => {
    const { binding, why } = openUws()
    process.stdout.write(why)
    process.exitCode = binding === null ? 1 : 0
  })`
  const { status, stdout, stderr } = spawnSync(node, ['--eval', text], { cwd: ROOT, encoding: 'utf8' })
  return { loads: status === 0, why: stdout || stderr.trim() }
}

/** The mirror of this machine's own release, as apt has it. */
function mirror() {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  const format = '$(REPO_URI) $(RELEASE)'
  const targets = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).split('\n')
  const uri = targets.find((line) => line.split(' ')[1] === release)?.split(' ')[0]
  if (uri === undefined) fail(`apt has no source for ${release}`)
  return String(uri)
}

/** apt in a folder of its own: nothing of the machine's lists or packages is touched. */
function download(folder) {
  const lines = [
    'Types: deb',
    `URIs: ${mirror()}`,
    `Suites: ${SUITE}`,
    'Components: main',
    `Signed-By: ${KEYS}`,
  ]
  for (const part of ['lists/partial', 'archives/partial', 'debs']) {
    mkdirSync(join(folder, part), { recursive: true })
  }
  writeFileSync(join(folder, 'mirror.sources'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'status'), '')
  const options = [
    ['Dir::Etc::SourceList', join(folder, 'mirror.sources')],
    ['Dir::Etc::SourceParts', '/dev/null'],
    ['Dir::State', folder],
    ['Dir::State::status', join(folder, 'status')],
    ['Dir::Cache', folder],
    ['APT::Sandbox::User', 'root'],
    ['Acquire::Languages', 'none'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`])
  run('apt-get', [...options, 'update'])
  run('apt-get', [...options, 'download', ...PACKAGES], join(folder, 'debs'))
  return readdirSync(join(folder, 'debs')).map((name) => join(folder, 'debs', name))
}

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A program that is Node on the libraries of Debian 13, and starts itself wherever it starts Node. */
function nodeOnDebian13() {
  const place = PLACES[process.arch]
  if (process.platform !== 'linux' || place === undefined) fail(`not for ${process.platform}-${process.arch}`)
  const program = join(CACHE, 'bin', 'node')
  const libraries = join(CACHE, 'root', place.libraries)
  if (!existsSync(join(libraries, place.loader))) {
    process.stderr.write('downloading the C library of Debian 13 (apt-get download, 4 MB)\n')
    const fresh = `${CACHE}.${process.pid}`
    for (const deb of download(fresh)) run('dpkg-deb', ['-x', deb, join(fresh, 'root')])
    for (const part of ['lists', 'archives', 'debs']) rmSync(join(fresh, part), { recursive: true })
    rmSync(CACHE, { recursive: true, force: true })
    renameSync(fresh, CACHE)
  }
  const preload = join(CACHE, 'bin', 'exec-path.cjs')
  const words = [join(libraries, place.loader), '--library-path', libraries, process.execPath]
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(preload, `process.execPath = ${JSON.stringify(program)}\n`)
  writeFileSync(program, `#!/bin/sh\nexec ${[...words, '--require', preload].map(quoted).join(' ')} "$@"\n`, {
    mode: 0o755,
  })
  return program
}

let node = process.execPath
let found = probe(node)
if (!found.loads && found.why.includes('glibc')) {
  process.stderr.write(`test:uws: ${found.why}\n`)
  node = nodeOnDebian13()
  found = probe(node)
}
if (!found.loads) fail(found.why)
process.stderr.write(`test:uws: ${found.why}\n`)
const filters = process.argv.slice(2)
const { status, signal } = spawnSync(
  node,
  [join(ROOT, 'scripts', 'test.mjs'), ...(filters.length > 0 ? filters : TESTS)],
  { cwd: ROOT, stdio: 'inherit' },
)
if (signal !== null) fail(`ended by ${signal}`)
process.exit(status ?? 1)
