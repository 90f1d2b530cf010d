import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Finding, fail, ok, warn } from './finding.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** What the engine runs of, the native module by its sources: a build is not the same to the byte on every machine. */
const CODE = [
  'src',
  'workers',
  'native/decode/src',
  'native/binding/src',
  'native/Cargo.lock',
  'package.json',
  'package-lock.json',
]

interface LockEntry {
  readonly version?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}

/** Installed packages against the lockfile. */
export function dependencies(root: string = ROOT): Finding {
  const wanted = lockPackages(path.join(root, 'package-lock.json'))
  const present = lockPackages(path.join(root, 'node_modules', '.package-lock.json'))
  if (wanted === null || present === null) return fail('dependencies', 'not installed by npm ci')
  const wrong = Object.entries(wanted).flatMap(([place, entry]) => {
    if (place === '' || entry.dev === true) return []
    const found = present[place]
    const optional = entry.optional === true || entry.devOptional === true
    if (found === undefined) return optional ? [] : [`${place} is missing`]
    return found.version === entry.version && found.integrity === entry.integrity ? [] : [`${place} differs`]
  })
  const text = wrong.length === 0 ? 'as in the lockfile' : wrong.slice(0, 5).join(', ')
  return wrong.length === 0 ? ok('dependencies', text) : fail('dependencies', text)
}

function lockPackages(file: string): Record<string, LockEntry> | null {
  if (!existsSync(file)) return null
  return (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> }).packages
}

/** SHA-256 over path and content of every file that runs, in the order of their names. */
export function codeSha256(root: string = ROOT): string {
  const hash = createHash('sha256')
  for (const file of CODE.flatMap((name) => filesOf(root, name)).sort()) {
    const content = createHash('sha256').update(readFileSync(path.join(root, file)))
    hash.update(`${content.digest('hex')}  ${file}\n`)
  }
  return hash.digest('hex')
}

function filesOf(root: string, name: string): string[] {
  const place = path.join(root, name)
  if (!existsSync(place)) return []
  if (path.extname(name) !== '') return [name]
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
}

/**
 * The code's hash, against an expected one where it is given, and what git says of changes.
 *
 * @param expected hash that another node or a release printed; null: none to compare with
 */
export function integrity(expected: string | null, root: string = ROOT): Finding {
  const sha256 = codeSha256(root)
  if (expected !== null && expected !== sha256) {
    return fail('integrity', `code sha256 ${sha256} is not the expected ${expected}`)
  }
  const git = (...args: string[]): string | null => {
    const { stdout, status } = spawnSync('git', ['-C', root, ...args], { encoding: 'utf8', timeout: 10_000 })
    return status === 0 ? stdout.trim() : null
  }
  const commit = git('rev-parse', '--short=12', 'HEAD')
  const changed = git('status', '--porcelain', '--', 'src', 'workers', 'package.json', 'package-lock.json')
  const where = commit === null ? 'outside of a git clone' : `commit ${commit}`
  const text = `code sha256 ${sha256}, ${where}`
  return changed === null || changed === ''
    ? ok('integrity', text)
    : warn('integrity', `${text}, ${changed.split('\n').length} files differ from it`)
}
