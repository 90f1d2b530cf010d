import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXIT, TidegateError } from '../core/errors.ts'
import {
  ACTS,
  BAR_SOURCES,
  HOOK_NAMES,
  type StrategyDefinition,
  type StrategyParams,
} from '../domain/strategy.ts'

/**
 * Imports a strategy file (TypeScript runs as it is) and checks its default export.
 *
 * @throws STRATEGY_FILE_MISSING, STRATEGY_FILE_FAILED (it threw or does not parse), STRATEGY_DEFINITION_INVALID
 */
export async function loadStrategy(file: string): Promise<StrategyDefinition> {
  const path = resolve(file)
  if (!existsSync(path)) throw fault('STRATEGY_FILE_MISSING', `strategy file ${path} does not exist`)
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw fault('STRATEGY_FILE_FAILED', `strategy file ${path} does not load: ${why}`, cause)
  }
  return checkDefinition(module.default, path)
}

/** @throws STRATEGY_DEFINITION_INVALID naming the file and the field */
export function checkDefinition(value: unknown, file: string): StrategyDefinition {
  const refuse = (field: string, why: string): never => {
    throw fault('STRATEGY_DEFINITION_INVALID', `${file}: ${field} ${why}`)
  }
  if (typeof value !== 'object' || value === null) {
    return refuse('the default export', 'must be a strategy: export default defineStrategy({ … })')
  }
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields)) {
    if (!FIELDS.has(key)) refuse(key, `is not a field of a strategy (${[...FIELDS].join(', ')})`)
  }
  if (typeof fields.name !== 'string' || fields.name === '') refuse('name', 'must be a text')
  for (const name of ['features', 'model']) {
    if (typeof fields[name] !== 'function') refuse(name, 'must be a function')
  }
  if (fields.warmupBars !== undefined && typeof fields.warmupBars !== 'function') {
    refuse('warmupBars', 'must be a function of the parameters')
  }
  if (fields.emptyBars !== undefined && typeof fields.emptyBars !== 'boolean') {
    refuse('emptyBars', 'must be true or false')
  }
  checkChoice(fields.bars, BAR_SOURCES, (why) => refuse('bars', why))
  checkChoice(fields.acts, ACTS, (why) => refuse('acts', why))
  checkHooks(fields.hooks, refuse)
  checkParams(fields.params, refuse)
  return value as StrategyDefinition
}

const FIELDS: ReadonlySet<string> = new Set([
  'name',
  'params',
  'bars',
  'emptyBars',
  'acts',
  'warmupBars',
  'features',
  'model',
  'hooks',
])

type Refuse = (field: string, why: string) => never

function checkChoice(value: unknown, choices: readonly string[], refuse: (why: string) => never): void {
  if (value === undefined || choices.includes(value as string)) return
  refuse(`is ${JSON.stringify(value)}; it must be one of ${choices.join(', ')}`)
}

function checkHooks(hooks: unknown, refuse: Refuse): void {
  if (hooks === undefined) return
  if (typeof hooks !== 'object' || hooks === null) return refuse('hooks', 'must be an object of functions')
  for (const [name, hook] of Object.entries(hooks)) {
    if (!(HOOK_NAMES as readonly string[]).includes(name)) {
      refuse(`hooks.${name}`, `is not a hook (${HOOK_NAMES.join(', ')})`)
    }
    if (typeof hook !== 'function') refuse(`hooks.${name}`, 'must be a function')
  }
}

function checkParams(params: unknown, refuse: Refuse): void {
  if (params === undefined) return
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    return refuse('params', 'must be an object of defaults')
  }
  for (const [name, value] of Object.entries(params)) {
    if (!['number', 'string', 'boolean'].includes(typeof value)) {
      refuse(`params.${name}`, 'must have a number, a text, or true or false as its default')
    }
  }
}

/**
 * The strategy's defaults with what the configuration sets.
 *
 * @throws STRATEGY_PARAM_UNKNOWN, STRATEGY_PARAM_INVALID (another type than the default's, or not a finite number)
 */
export function resolveParams(
  definition: StrategyDefinition,
  given: Readonly<Record<string, unknown>>,
  file: string,
): StrategyParams {
  const params: StrategyParams = { ...definition.params }
  for (const [name, value] of Object.entries(given)) {
    const preset = params[name]
    if (preset === undefined || !Object.hasOwn(params, name)) {
      const known = Object.keys(params).join(', ') || 'it has none'
      throw fault('STRATEGY_PARAM_UNKNOWN', `params.${name} is no parameter of ${file} (${known})`)
    }
    if (typeof value !== typeof preset || (typeof value === 'number' && !Number.isFinite(value))) {
      const got = `${JSON.stringify(value)} (${typeof value})`
      throw fault(
        'STRATEGY_PARAM_INVALID',
        `params.${name} of ${file} is ${got}; a ${typeof preset} is needed`,
      )
    }
    params[name] = value as StrategyParams[string]
  }
  return params
}

function fault(code: string, message: string, cause?: unknown): TidegateError {
  return new TidegateError(code, message, { exitCode: EXIT.CONFIGURATION, cause })
}
