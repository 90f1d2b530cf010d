import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { EXIT, TidegateError } from '../core/errors.ts'
import { conflicts } from './checks.ts'
import { locate } from './config-path.ts'
import { applyOverrides, environmentOverrides, type Override, truthy } from './environment.ts'
import { configSha256 } from './hash.ts'
import { decideMode } from './mode.ts'
import { invalidConfig, type KeyPath, pathText, problemsOf, valueAt, valueText } from './problems.ts'
import { configSchema } from './schema.ts'
import { type Environment, Secret } from './secret.ts'
import type { Config, ConfigFile } from './types.ts'

/** Largest configuration file: 1 MiB, so that a wrong path to a recording fails at once. */
export const CONFIG_BYTES_MAX = 1_048_576

/**
 * Reads a YAML configuration: file, then environment, then defaults, validated and frozen.
 *
 * @throws CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_INVALID, all with exit code 3; the message names for every
 * problem its place, key path, value and what is allowed
 */
export function loadConfig(file: string, env: Environment = process.env): Config {
  const lines = new LineCounter()
  const document = parseYaml(file, readConfig(file), lines)
  const tree = document.toJS() as Record<string, unknown>
  const overrides = environmentOverrides(env, tree)
  applyOverrides(tree, overrides)
  const sourceOf = (key: KeyPath): string => sourceText(file, document, lines, overrides, key)
  const parsed = configSchema.safeParse(tree)
  if (!parsed.success) throw invalidConfig(file, problemsOf(parsed.error, tree, sourceOf))
  const decision = decideMode(parsed.data.mode, env)
  const config: ConfigFile = { ...parsed.data, mode: decision.mode }
  const found = conflicts(config)
  if (found.length > 0) {
    throw invalidConfig(
      file,
      found.map(({ path: key, allowed }) => ({
        path: pathText(key),
        value: valueText(valueAt(config, key), key),
        allowed,
        source: sourceOf(key),
      })),
    )
  }
  const directory = path.dirname(path.resolve(file))
  resolveSecrets(config, env, (name) => locate(directory, name))
  const facts = {
    file,
    directory,
    modeReason: decision.reason,
    authorised: decision.authorised,
    killSwitch: truthy(env, 'KILL_SWITCH'),
    executionHalted: truthy(env, 'EXECUTION_HALTED'),
    sha256: configSha256(config),
  }
  return deepFreeze({ ...config, facts })
}

function readConfig(file: string): string {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > CONFIG_BYTES_MAX)
      throw new Error(`${bytes.length} bytes, more than ${CONFIG_BYTES_MAX}`)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TidegateError('CONFIG_UNREADABLE', `${file} cannot be read as a configuration: ${why}`, {
      exitCode: EXIT.CONFIGURATION,
      cause,
    })
  }
}

function parseYaml(file: string, text: string, lines: LineCounter): Document {
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const [error] = document.errors
  const root: unknown = error === undefined ? document.toJS() : null
  if (error !== undefined || typeof root !== 'object' || root === null || Array.isArray(root)) {
    const line = error === undefined ? 1 : lines.linePos(error.pos[0]).line
    const why = error === undefined ? 'the file must be a mapping' : error.message
    throw new TidegateError('CONFIG_SYNTAX', `${file}:${line}: ${why}`, { exitCode: EXIT.CONFIGURATION })
  }
  return document
}

/** The variable that set a key, or the line of the nearest node that the file has. */
function sourceText(
  file: string,
  document: Document,
  lines: LineCounter,
  overrides: readonly Override[],
  key: KeyPath,
): string {
  const override = overrides.find(({ path: set }) => set.every((part, index) => part === key[index]))
  if (override !== undefined) return override.variable
  for (let length = key.length; length > 0; length -= 1) {
    const node = document.getIn(key.slice(0, length), true)
    if (isNode(node) && node.range !== undefined && node.range !== null) {
      return `${file}:${lines.linePos(node.range[0]).line}`
    }
  }
  return file
}

/** Every secret of a configuration with its key path. */
export function secretsOf(config: ConfigFile): [path: string, secret: Secret][] {
  const found: [string, Secret][] = []
  const visit = (node: unknown, key: KeyPath): void => {
    if (node instanceof Secret) found.push([pathText(key), node])
    else if (Array.isArray(node)) for (const [index, item] of node.entries()) visit(item, [...key, index])
    else if (typeof node === 'object' && node !== null) {
      for (const [name, item] of Object.entries(node)) visit(item, [...key, name])
    }
  }
  visit(config, [])
  return found
}

function resolveSecrets(config: ConfigFile, env: Environment, find: (path: string) => string): void {
  for (const [, secret] of secretsOf(config)) secret.resolve(env, find)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Secret)) {
    for (const item of Object.values(value)) deepFreeze(item)
    Object.freeze(value)
  }
  return value
}
