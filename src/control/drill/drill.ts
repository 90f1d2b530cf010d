import type { Clock } from '../../core/clock.ts'
import { VERSION } from '../../core/version.ts'
import { environmentCases, NO_STALL_MS, strategyCase, watchdogCase } from './own-cases.ts'
import { OwnEngine } from './own-engine.ts'
import { caseWithout, type DrillCase, type DrillReport, passed } from './report.ts'
import { commandLine, haltFile, lockFile, loopbackHttp, signal, unixSocket } from './sources.ts'
import type { DrillTarget } from './target.ts'
import { type DrillOptions, tryCase } from './try-case.ts'

const SIGNAL_WAITS = 'without the native module it waits for the main thread'

/** Every kill source against an engine that the drill starts for itself (K11). */
export async function drillOwnEngine(options: DrillOptions): Promise<DrillReport> {
  options.onLine('starting the simulated venue and an engine of the drill')
  const cases: DrillCase[] = [...(await environmentCases(options))]
  const engine = await OwnEngine.start({ stallMs: NO_STALL_MS })
  try {
    const { target, http } = engine
    const sources = [
      unixSocket(target),
      loopbackHttp(http.host, http.port, http.token),
      commandLine(target),
      haltFile(engine.haltFile),
      lockFile(engine.lockFile),
      signal(target),
    ]
    for (const source of sources) {
      cases.push(await tryCase(source, 'free', target, engine, options))
      const waits = source.source === 'signal' && (await target.status()).control.signal === 'javascript'
      cases.push(
        waits
          ? caseWithout('signal', 'blocked', 'not_applicable', SIGNAL_WAITS)
          : await tryCase(source, 'blocked', target, engine, options),
      )
    }
    for (const main of ['free', 'blocked'] as const) cases.push(await strategyCase(main, engine, options))
    cases.push(caseWithout('watchdog', 'free', 'not_applicable', 'a main thread that is free does not stall'))
  } finally {
    await engine.close()
  }
  cases.push(await watchdogCase(options))
  return report('own', 'drill', cases, [], options.clock)
}

/** What a running engine is drilled with; files only where they are known. */
export interface RunningEngine {
  readonly target: DrillTarget
  readonly haltFile: string | null
  readonly lockFile: string | null
}

/** The sources that can be tried on a running engine from outside; it is left armed, with the drill in its journal. */
export async function drillRunningEngine(
  running: RunningEngine,
  options: DrillOptions,
): Promise<DrillReport> {
  const { target } = running
  const { node } = await target.status()
  const cases: DrillCase[] = []
  const sources = [
    unixSocket(target),
    commandLine(target),
    ...(running.haltFile === null ? [] : [haltFile(running.haltFile)]),
    ...(running.lockFile === null ? [] : [lockFile(running.lockFile)]),
    signal(target),
  ]
  for (const source of sources) {
    const halted = await target.halted()
    if (halted.length === 0) cases.push(await tryCase(source, 'free', target, null, options))
    else cases.push(caseWithout(source.source, 'free', 'failed', `not tried, halted by ${halted.join(', ')}`))
  }
  const skipped = [
    ...(running.haltFile === null ? (['halt_file'] as const) : []),
    ...(running.lockFile === null ? (['lock_file'] as const) : []),
  ]
  for (const source of skipped)
    cases.push(caseWithout(source, 'free', 'not_applicable', 'its path is not known: name --config'))
  for (const source of ['http', 'environment', 'strategy', 'watchdog'] as const) {
    cases.push(caseWithout(source, 'free', 'not_applicable', 'tried on an engine of the drill only'))
  }
  return report('running', node, cases, await target.halted(), options.clock)
}

function report(
  target: DrillReport['target'],
  node: string,
  cases: readonly DrillCase[],
  left_behind: readonly string[],
  clock: Clock,
): DrillReport {
  const utc = new Date(Number(clock.utcNs() / 1_000_000n)).toISOString()
  const runtime = `node ${process.version} ${process.platform}-${process.arch}`
  const good = passed(cases) && left_behind.length === 0
  return { target, node, utc, version: VERSION, runtime, passed: good, cases, left_behind }
}
