import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { loadConfig } from '../config/load.ts'
import { drillOwnEngine, drillRunningEngine } from '../control/drill/drill.ts'
import { type DrillReport, drillTable } from '../control/drill/report.ts'
import { DrillTarget } from '../control/drill/target.ts'
import { SystemClock } from '../core/clock.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { socketOf, TARGET_OPTIONS, type Target } from './engine-target.ts'
import { print, printJson, remark } from './output.ts'

const SPEC = {
  name: 'drill',
  summary: 'Exercises every kill source, measures it, and says pass or fail for each.',
  options: {
    ...TARGET_OPTIONS,
    report: { value: 'FILE', help: 'also write the JSON document there, for the record' },
  },
  notes: [
    'Without --config, --state-dir and --socket it starts an engine for itself, on the simulated venue and the bundled',
    'recording, and tries each source with the main thread free and blocked. On a running engine, which must be armed,',
    'it tries what can be tried from outside, ends its own kills by a re-arm, and leaves the drill in the journal.',
    'The times: from the trigger to the stored word, until no submission is under way, until the latch is on disk.',
    'Exit codes: 0 every source passed; 5 one failed; 8 the running engine is halted already.',
  ],
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate drill` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { options } = parsed
  const drill = { clock: new SystemClock(), onLine: (text: string) => remark(`drill: ${text}`) }
  const named = [options.config, options['state-dir'], options.socket].some((value) => value !== undefined)
  const report = named ? await drillRunningEngine(await running(options), drill) : await drillOwnEngine(drill)
  if (options.report !== undefined) writeFileSync(options.report, `${JSON.stringify(report, null, 2)}\n`)
  if (options.json) printJson(report)
  else print(...readable(report))
  return report.passed ? EXIT.OK : EXIT.VERIFICATION
}

/** @throws DRILL_REFUSED, exit 8, where a drill would not leave the engine as it found it */
async function running(options: Target): Promise<Parameters<typeof drillRunningEngine>[0]> {
  const target = new DrillTarget(socketOf(options))
  const config = options.config === undefined ? null : loadConfig(options.config)
  const action = config?.kill.action ?? 'block'
  if (action !== 'block') throw refused(`kill.action is ${action}: a drill would do more than block`)
  const halted = await target.halted()
  if (halted.length > 0) throw refused(`the engine is halted already: ${halted.join(', ')}`)
  const halted_file = config?.kill.halted_file ?? null
  const inStateDir = (name: string): string => path.resolve(target.stateDir, name)
  return {
    target,
    haltFile: halted_file === null ? null : path.resolve(halted_file),
    lockFile: config === null ? null : inStateDir(config.kill.lock_file),
  }
}

function refused(message: string): TidegateError {
  return new TidegateError('DRILL_REFUSED', message, { exitCode: EXIT.HALTED })
}

function readable(report: DrillReport): string[] {
  const count = (verdict: string): number => report.cases.filter((each) => each.verdict === verdict).length
  return [
    ...drillTable(report),
    '',
    ...report.left_behind.map((what) => `left behind: ${what}`),
    `${report.passed ? 'passed' : 'FAILED'}: ${count('passed')} passed, ${count('failed')} failed, ${count('not_applicable')} do not apply`,
  ]
}
