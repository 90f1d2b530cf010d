import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, renameSync } from 'node:fs'
import path from 'node:path'

const NATIVE = path.resolve('native')
const TARGET = path.join(NATIVE, 'target')
const BUILT = path.join(TARGET, 'debug', 'libtidegate_binding.so')
const MODULE = path.join(TARGET, 'debug', 'tidegate-test.node')
const BUILD_MS_MAX = 180_000

/**
 * The native module with the calls that only tests have (cargo feature `test-exports`), built where cargo is.
 *
 * @returns its path, or null with the reason
 */
export function buildTestModule(): { readonly module: string | null; readonly why: string } {
  const words = ['build', '--locked', '--package', 'tidegate-binding', '--features', 'test-exports']
  const build = spawnSync('cargo', words, {
    cwd: NATIVE,
    encoding: 'utf8',
    env: { ...process.env, CARGO_TARGET_DIR: TARGET },
    timeout: BUILD_MS_MAX,
  })
  if (build.error !== undefined) return { module: null, why: `cargo: ${build.error.message}` }
  if (build.status !== 0 || !existsSync(BUILT)) return { module: null, why: build.stderr.slice(-300) }
  copyFileSync(BUILT, `${MODULE}.new`)
  renameSync(`${MODULE}.new`, MODULE)
  return { module: MODULE, why: 'built' }
}
