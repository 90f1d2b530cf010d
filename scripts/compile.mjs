// Loads every command, every thread's entry and the example strategies once, so that Node keeps them compiled (run.sh):
//   sh scripts/run.sh scripts/compile.mjs
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

for (const folder of ['src/cli', 'workers', 'examples/strategies']) {
  for (const file of readdirSync(join(ROOT, folder))) {
    if (!file.endsWith('.ts')) continue
    // What cannot run here, an entry without its thread or a strategy without its package, is compiled all the same.
    await import(join(ROOT, folder, file)).catch(() => {})
  }
}
process.exit(0)
