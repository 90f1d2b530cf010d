import { loadConfig } from '../config/load.ts'
import { chooseServer, type ServerPreference } from '../control/server-choice.ts'
import { EXIT } from '../core/errors.ts'
import { configuration } from '../ops/doctor/configuration.ts'
import { type Finding, fail, ok } from '../ops/doctor/finding.ts'
import { dependencies, integrity } from '../ops/doctor/installation.ts'
import { clock, cores, limits, memory, native, runtime } from '../ops/doctor/machine.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { print, printJson } from './output.ts'

const SPEC = {
  name: 'doctor',
  summary: 'Checks machine, installation and, where one is given, a configuration, before a deployment.',
  options: {
    config: { value: 'FILE', help: 'configuration to check with its venues, files and secrets' },
    'expect-sha256': { value: 'HASH', help: 'code hash that another node or a release printed' },
    json: { help: 'one JSON document on stdout' },
  },
  notes: [
    'Exit code 0 where nothing fails, 3 where the configuration does, else 1. A warning says what is lost.',
  ],
} as const satisfies CommandSpec<Record<string, Option>>

/** What serves the operator's doors on this machine, by `control.server` where there is a configuration. */
function server(file: string | undefined): Finding {
  try {
    const { server: taken, why } = chooseServer(file === undefined ? 'auto' : preferenceOf(file))
    return ok('server', `${taken.implementation} serves the operator's doors (${why})`)
  } catch (error) {
    return fail('server', (error as Error).message)
  }
}

/** A configuration that is not valid has a finding of its own. */
function preferenceOf(file: string): ServerPreference {
  try {
    return loadConfig(file, process.env).control.server
  } catch {
    return 'auto'
  }
}

const MARK: Readonly<Record<Finding['verdict'], string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }

/** `tidegate doctor` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { config, json, 'expect-sha256': expected } = parsed.options
  const findings = [
    runtime(),
    native(),
    server(config),
    cores(),
    memory(),
    await clock(),
    limits(),
    dependencies(),
    integrity(expected ?? null),
    ...(config === undefined ? [] : await configuration(config, process.env)),
  ]
  const failed = findings.filter((finding) => finding.verdict === 'fail')
  if (json) printJson({ passed: failed.length === 0, findings })
  else print(...table(findings), failed.length === 0 ? 'nothing fails' : `${failed.length} failed`)
  if (failed.length === 0) return EXIT.OK
  return failed.some((finding) => finding.name === 'configuration') ? EXIT.CONFIGURATION : EXIT.FAILURE
}

function table(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map((finding) => finding.name.length))
  return findings.map(({ name, verdict, text }) => `${MARK[verdict]}  ${name.padEnd(width)}  ${text}`)
}
