import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../config/load.ts'
import { VirtualClock } from '../core/clock.ts'
import { EXIT } from '../core/errors.ts'
import { VERSION } from '../core/version.ts'
import { instrumentTable } from '../engine/from-config.ts'
import { ReplaySession } from '../engine/replay-session.ts'
import { runScenario, SCENARIOS, type Scenario, type ScenarioResult } from '../engine/scenario.ts'
import { Journal } from '../journal/journal.ts'
import { ExchangeCalendars } from '../risk/calendar/exchange-calendars.ts'
import { ControlPlane } from '../shm/control-plane.ts'
import { type CommandSpec, parseCommand, usageError } from './args.ts'
import { print, printJson, remark } from './output.ts'

const SPEC = {
  name: 'scenario',
  summary:
    'Runs the kill-switch dry runs in lock step through the real threads and gates (all without a name).',
  options: { json: { help: 'print one JSON document' } },
  words: { name: 'normal|kill-mid|kill-first', min: 0, max: 1 },
} as const satisfies CommandSpec

const CONFIG = fileURLToPath(new URL('../../examples/scenario.yaml', import.meta.url))
/** Ticks of the scenarios are synthetic; this is the day they lie on. */
const EVENT_BASE_UTC_NS = 1_723_075_200_000_000_000n

/** Exit 0 when every scenario passed, 5 else. */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const [name] = parsed.words
  const chosen = SCENARIOS.filter((scenario) => name === undefined || scenario.name === name)
  if (chosen.length === 0) throw usageError(`scenario: "${name}" is none; allowed: ${SPEC.words.name}`)
  const results: ScenarioResult[] = []
  for (const scenario of chosen) results.push(await runOne(scenario))
  if (parsed.options.json) printJson(results)
  else print(...results.map(line))
  return results.every(({ passed }) => passed) ? EXIT.OK : EXIT.VERIFICATION
}

async function runOne(scenario: Scenario): Promise<ScenarioResult> {
  const config = loadConfig(CONFIG, {})
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-scenario-'))
  const clock = new VirtualClock(EVENT_BASE_UTC_NS)
  const journal = Journal.open(path.join(folder, 'journal'), { clock })
  const session = await ReplaySession.open({
    config,
    table: instrumentTable(config),
    plane: ControlPlane.create(),
    journal,
    clock,
    calendar: new ExchangeCalendars(),
    eventBaseUtcNs: EVENT_BASE_UTC_NS,
    baseHrNs: process.hrtime.bigint(),
    version: VERSION,
    onStrategyError: (error) => remark(`${error.strategy} ${error.code} ${error.name}: ${error.message}`),
  })
  try {
    return await runScenario(scenario, session)
  } finally {
    await session.close()
    journal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function line({ name, ticks, orders, blocked, block_rate, passed }: ScenarioResult): string {
  const rate = `${(block_rate * 100).toFixed(0)} %`
  return `${passed ? 'passed' : 'FAILED'}  ${name}: ${ticks} ticks, ${orders} orders, ${blocked} blocked (${rate})`
}
