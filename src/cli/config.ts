import { stringify } from 'yaml'
import { configJsonSchema } from '../config/json-schema.ts'
import { loadConfig, secretsOf } from '../config/load.ts'
import { didYouMean } from '../config/suggest.ts'
import type { Config } from '../config/types.ts'
import { EXIT } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand, usageError } from './args.ts'
import { print, printJson } from './output.ts'

const PARTS = ['check', 'print', 'schema'] as const

const FILE = { value: 'FILE', required: true, help: 'configuration file' } as const
const JSON_SWITCH = { help: 'one JSON document on stdout' } as const

const OVERVIEW: CommandSpec = {
  name: `config ${PARTS.join('|')}`,
  summary: 'Checks a configuration, prints it as the engine sees it, or prints the JSON schema for editors.',
  options: {},
}

const CHECK = {
  name: 'config check',
  summary: 'Checks a configuration: exit code 0 where it is valid, 3 with every problem where it is not.',
  options: { config: FILE, json: JSON_SWITCH },
} as const satisfies CommandSpec<Record<string, Option>>

const PRINT = {
  name: 'config print',
  summary: 'Prints the configuration with environment and defaults applied; secrets show their source only.',
  options: { config: FILE, json: JSON_SWITCH },
} as const satisfies CommandSpec<Record<string, Option>>

const SCHEMA = {
  name: 'config schema',
  summary: 'Prints the JSON schema of the configuration file.',
  options: {},
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate config check|print|schema` */
export async function run(args: string[]): Promise<number> {
  const [part, ...rest] = args
  switch (part) {
    case 'check':
      return check(rest)
    case 'print':
      return printConfig(rest)
    case 'schema':
      return schema(rest)
    default: {
      if (parseCommand(OVERVIEW, part?.startsWith('-') === true ? args : []) === null) return EXIT.OK
      throw usageError(
        part === undefined
          ? `config: one of ${PARTS.join(', ')} is missing`
          : `config: "${part}" is not ${didYouMean(part, PARTS, 'one of ')}`,
      )
    }
  }
}

function check(args: readonly string[]): number {
  const parsed = parseCommand(CHECK, args)
  if (parsed === null) return EXIT.OK
  const config = loadConfig(parsed.options.config)
  const missing = secretsOf(config).flatMap(([key, secret]) => (secret.present ? [] : [key]))
  if (parsed.options.json) printJson({ valid: true, ...summary(config), secrets_missing: missing })
  else {
    const { mode, because, sha256 } = summary(config)
    print(`${config.facts.file}: valid`, `mode ${mode}: ${because}`, `sha256 ${sha256}`)
    for (const key of missing) print(`${key} has no value here; mode paper and live need it`)
  }
  return EXIT.OK
}

function summary(config: Config): { mode: string; because: string; authorised: boolean; sha256: string } {
  const { modeReason, authorised, sha256 } = config.facts
  return { mode: config.mode, because: modeReason, authorised, sha256 }
}

function printConfig(args: readonly string[]): number {
  const parsed = parseCommand(PRINT, args)
  if (parsed === null) return EXIT.OK
  const { facts, ...keys } = loadConfig(parsed.options.config)
  if (parsed.options.json) printJson(keys)
  else print(stringify(JSON.parse(JSON.stringify(keys)), { lineWidth: 110 }).trimEnd())
  return EXIT.OK
}

function schema(args: readonly string[]): number {
  if (parseCommand(SCHEMA, args) !== null) printJson(configJsonSchema())
  return EXIT.OK
}
