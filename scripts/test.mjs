// `npm test`: vitest, then cargo's tests, then one line `N passed, N failed, N skipped`, alone and last. Words after it
// go to vitest as filters, and then cargo is left out. Exit code 0 only where something passed and nothing failed.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const filters = process.argv.slice(2)
const total = { passed: 0, failed: 0, skipped: 0 }
/** Tests that did not run, with the reason that they give. */
const skips = []
/** Tests whose time was over, and which passed when they ran once more (test/process/once-more.ts). */
const again = []

function countModule(module) {
  total.failed += module.errors().length
  for (const test of module.children.allTests()) {
    const { state, note } = test.result()
    if (test.diagnostic()?.flaky) again.push(`${module.relativeModuleId} > ${test.fullName}`)
    if (state === 'passed') total.passed += 1
    else if (state === 'failed') total.failed += 1
    else {
      total.skipped += 1
      skips.push(`${module.relativeModuleId} > ${test.fullName}: ${note ?? 'no reason given'}`)
    }
  }
}

async function runVitest() {
  const vitest = await startVitest('test', filters, { watch: false, root: ROOT, reporters: ['default'] })
  for (const module of vitest.state.getTestModules()) countModule(module)
  const unhandled = vitest.state.getUnhandledErrors().length
  if (unhandled > 0) console.log(`${unhandled} errors outside of tests`)
  total.failed += unhandled
  await vitest.close()
}

function skipCargo(why) {
  total.skipped += 1
  skips.push(`native: ${why}`)
}

function runCargo() {
  if (process.env.TIDEGATE_NATIVE === '0') return skipCargo('TIDEGATE_NATIVE=0')
  if (spawnSync('cargo', ['--version']).status !== 0) return skipCargo('cargo is not installed')
  const { stdout, stderr, status } = spawnSync(
    'cargo',
    ['test', '--locked', '--package', 'tidegate-decode', '--quiet'],
    {
      cwd: join(ROOT, 'native'),
      encoding: 'utf8',
      env: { ...process.env, CARGO_TARGET_DIR: join(ROOT, 'native', 'target') },
    },
  )
  const results = [...stdout.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)]
  const sum = (index) => results.reduce((count, match) => count + Number(match[index]), 0)
  total.passed += sum(1)
  total.failed += sum(2)
  total.skipped += sum(3)
  console.log(` native: ${sum(1)} passed, ${sum(2)} failed`)
  if (status !== 0) {
    console.log(`${stdout}\n${stderr}`)
    if (sum(2) === 0) total.failed += 1 // it did not even build
  }
}

function printList(title, lines) {
  if (lines.length > 0) console.log(`\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}

await runVitest()
if (filters.length === 0) runCargo()
printList('passed only when it ran once more, after its time was over', again)
printList('skipped', skips)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
