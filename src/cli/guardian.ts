import path from 'node:path'
import { loadConfig } from '../config/load.ts'
import { replaceFile } from '../control/durable-file.ts'
import { Guardian, type GuardianReport } from '../control/guardian/guardian.ts'
import { guardianVenues } from '../control/guardian/venues.ts'
import { SystemClock } from '../core/clock.ts'
import { EXIT, type ExitCode } from '../core/errors.ts'
import { type CommandSpec, parseCommand } from './args.ts'
import { print, printJson, remark } from './output.ts'
import { StopSignals } from './stop-signals.ts'

const SPEC = {
  name: 'guardian',
  summary:
    'Watches an engine from outside: when it stands still or is gone, fences it, cancels its orders, proves that none is open.',
  options: {
    config: { value: 'FILE', required: true, help: 'the configuration that the engine runs with' },
    json: { help: 'one JSON document at the end' },
  },
  notes: [
    'Runs until it has acted once or is told to end by SIGTERM or SIGINT; let a supervisor start it again.',
    'The fence is SIGUSR2, then SIGKILL after guardian.fence_ms. Run it as the same user, with a key of its own.',
    'Exit codes: 0 nothing of ours is open, or nothing had happened; 6 that is not proved. The report of what it did',
    'stays in guardian.json of the state directory.',
  ],
} as const satisfies CommandSpec

const REPORT_FILE = 'guardian.json'
const REPORT_MODE = 0o640

/** `tidegate guardian` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const config = loadConfig(parsed.options.config)
  const clock = new SystemClock()
  const venues = guardianVenues(config, clock)
  const stateDir = path.resolve(config.state_dir)
  const stop = new StopSignals()
  const onLine = (text: string, details: object): void => {
    remark(
      `${new Date(Number(clock.utcNs() / 1_000_000n)).toISOString()} guardian: ${text} ${JSON.stringify(details)}`,
    )
  }
  const { stall_ms: stallMs, fence_ms: fenceMs } = config.guardian
  try {
    for (const venue of venues) {
      await venue
        .connect()
        .catch((error: unknown) => onLine('venue not reached yet', { venue: venue.id, error: String(error) }))
    }
    onLine('watching', { state_dir: stateDir, stall_ms: stallMs, fence_ms: fenceMs })
    const node = config.node.id
    const guardian = new Guardian({
      stateDir,
      node,
      stallMs,
      fenceMs,
      venues,
      clock,
      signal: stop.signal,
      onLine,
    })
    const report = await guardian.run()
    keep(stateDir, report)
    if (parsed.options.json) printJson(report)
    else print(...readable(report))
    return exitCodeOf(report)
  } finally {
    stop.close()
    await Promise.all(venues.map((venue) => venue.close()))
  }
}

/** For the record; a disk that is full keeps nobody from the report on stdout. */
function keep(stateDir: string, report: GuardianReport): void {
  if (report.outcome === 'idle') return
  try {
    replaceFile(path.join(stateDir, REPORT_FILE), `${JSON.stringify(report, null, 1)}\n`, REPORT_MODE)
  } catch (error) {
    remark(`tidegate: ${REPORT_FILE} could not be written: ${(error as Error).message}`)
  }
}

function exitCodeOf({ outcome }: GuardianReport): ExitCode {
  return outcome === 'not_proved' ? EXIT.ORDERS_LEFT : EXIT.OK
}

function readable({ outcome, cause, engine, fence, venues }: GuardianReport): string[] {
  if (cause === null) return ['guardian: ended; nothing had happened']
  const fenced =
    fence === null
      ? ''
      : `; fenced by ${fence.how}, ${fence.gone ? `gone after ${fence.gone_ms} ms` : 'NOT gone'}`
  return [
    `engine ${engine?.pid ?? '?'} ${cause}${fenced}: ${outcome}`,
    ...venues.map(
      ({ venue, canceled, left, verified_ms }) =>
        `${venue}: ${canceled.length} canceled, ${left === null ? 'no answer' : `${left.length} open`}, ${
          verified_ms === null ? 'not proved' : `proved after ${verified_ms} ms`
        }`,
    ),
  ]
}
