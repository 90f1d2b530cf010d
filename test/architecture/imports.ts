import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { SourceFile } from './source-files.ts'

/*
 * The direction of imports (DESIGN 7): core < domain < config, shm < steps < engine < control, ops, cluster < cli.
 * Steps never import each other; what crosses a step lies in domain/, and only engine/ knows their order.
 */

const RANK: Readonly<Record<string, number>> = {
  core: 0,
  domain: 1,
  config: 2,
  shm: 2,
  engine: 4,
  control: 5,
  ops: 5,
  cluster: 5,
  cli: 6,
}
const STEP_RANK = 3
const STEPS = [
  'feed',
  'bar',
  'feature',
  'model',
  'action',
  'gate',
  'risk',
  'order',
  'venue',
  'ledger',
  'journal',
]
/** Entries and the public API put everything together. */
const FREE = ['src/main.ts', 'src/index.ts']
/** The simulated venue's server is the in-process one behind sockets. */
const VENUES_ALLOWED = [['sim-server', 'sim']]

const IMPORT = /(?:^|[\s;}])(?:import|export)\s(?:[^'";]*?\sfrom\s*)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g

/** Module names that a file imports, as written. */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
  return [...code.matchAll(IMPORT)].map((match) => (match[1] ?? match[2]) as string)
}

/** The folder of src/ that a path lies in: `core`, `risk`, `venue/sim`; null outside of src/. */
function folderOf(file: string): string | null {
  const parts = file.split('/')
  if (parts[0] !== 'src' || parts.length < 3) return null
  return parts[1] === 'venue' && parts.length > 3 ? `venue/${parts[2]}` : (parts[1] as string)
}

function rankOf(folder: string): number | undefined {
  const top = folder.split('/')[0] as string
  return STEPS.includes(top) ? STEP_RANK : RANK[top]
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const [fromRank, toRank] = [rankOf(from), rankOf(to)]
  if (fromRank === undefined || toRank === undefined) return false
  if (fromRank !== toRank) return toRank < fromRank && !(to === 'config' && fromRank === STEP_RANK)
  const [fromVenue, toVenue] = [from.split('/')[1], to.split('/')[1]]
  if (!from.startsWith('venue') || !to.startsWith('venue')) return false
  if (toVenue === undefined) return true // files in src/venue itself serve every venue
  return VENUES_ALLOWED.some(([server, inside]) => server === fromVenue && inside === toVenue)
}

/** Wrong arrows, imports of files that do not exist, and folders that no rule knows. */
export function wrongImports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const folder = folderOf(file.path)
    if (folder !== null && rankOf(folder) === undefined)
      return [`${file.path}: folder ${folder} has no place in the order`]
    return importsOf(file.text).flatMap((name) => {
      if (!name.startsWith('.')) return []
      const target = path.posix.join(path.posix.dirname(file.path), name)
      if (!existsSync(target) || !statSync(target).isFile()) return [`${file.path}: ${name} does not exist`]
      if (FREE.includes(file.path) || folder === null) return []
      const to = folderOf(target)
      if (to === null) return [`${file.path}: ${name} lies outside of the folders of src/`]
      return mayImport(folder, to) ? [] : [`${file.path}: ${folder} must not import ${to}`]
    })
  })
}

/** Packages that are imported and not declared. */
export function undeclaredPackages(files: readonly SourceFile[], declared: readonly string[]): string[] {
  return files.flatMap((file) =>
    importsOf(file.text)
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((name) => !declared.includes(name))
      .map((name) => `${file.path}: ${name} is not a declared dependency`),
  )
}
