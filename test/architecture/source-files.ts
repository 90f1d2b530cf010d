import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

export interface SourceFile {
  /** path from the root of the project, with "/" */
  readonly path: string
  readonly text: string
}

const SKIPPED = new Set(['node_modules', 'target', '.git', 'coverage', '.tidegate', 'fixtures'])

/** Every file under the folders, found by walking them. */
export function walk(...roots: readonly string[]): string[] {
  return roots.flatMap((root) => {
    if (!existsSync(root)) return []
    if (statSync(root).isFile()) return [root]
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => !SKIPPED.has(entry.name))
      .flatMap((entry) => {
        const found = path.posix.join(root, entry.name)
        return entry.isDirectory() ? walk(found) : [found]
      })
  })
}

/** What git tracks under the folders and still exists; null outside of a clone. */
export function tracked(...roots: readonly string[]): string[] | null {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--', ...roots], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
    return listed.split('\0').filter((file) => file !== '' && existsSync(file))
  } catch {
    return null
  }
}

export function read(files: readonly string[]): SourceFile[] {
  return files.map((file) => ({ path: file, text: readFileSync(file, 'utf8') }))
}
