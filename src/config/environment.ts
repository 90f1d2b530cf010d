import { parse } from 'yaml'
import { EXIT, TidegateError } from '../core/errors.ts'
import type { KeyPath } from './problems.ts'
import type { Environment } from './secret.ts'

const PREFIX = 'TIDEGATE_'
const TRUTHY: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on'])
const FALSY: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off'])

/** Variables with a name of their own that set one key. */
const NAMED_KEYS: Readonly<Record<string, KeyPath>> = {
  EXECUTION_HALTED_FILE: ['kill', 'halted_file'],
  EXEC_SHUTDOWN_DRAIN_TIMEOUT_S: ['shutdown', 'drain_seconds'],
  STRATEGY_CB_VOL_RATIO_THRESHOLD: ['breakers', 'vol_ratio_threshold'],
  STRATEGY_CB_VOL_RECENT_N: ['breakers', 'vol_recent_n'],
  STRATEGY_CB_VOL_BASELINE_N: ['breakers', 'vol_baseline_n'],
  EXEC_CB_MAX_CONSECUTIVE_LOSSES: ['breakers', 'consecutive_losses_max'],
}

/** A key that the environment sets. */
export interface Override {
  readonly variable: string
  readonly path: KeyPath
  readonly value: unknown
}

/**
 * 1, true, yes, on and 0, false, no, off in any case; unset and empty are false.
 *
 * @throws CONFIG_INVALID for anything else: a safety switch is never guessed at
 */
export function truthy(env: Environment, variable: string): boolean {
  const text = (env[variable] ?? '').trim().toLowerCase()
  if (TRUTHY.has(text)) return true
  if (FALSY.has(text)) return false
  throw new TidegateError(
    'CONFIG_INVALID',
    `${variable} is "${env[variable]}"; allowed: 1, true, yes, on or 0, false, no, off`,
    { exitCode: EXIT.CONFIGURATION },
  )
}

/**
 * The keys that the environment sets: `TIDEGATE_A__B_C` is `a.b_c` (a number is a place in a list), and the names above.
 * Values are YAML, so that `5`, `null` and `[A, B]` mean what they mean in the file. `TIDEGATE_NATIVE=0` turns native off.
 */
export function environmentOverrides(env: Environment, tree: unknown): Override[] {
  const overrides: Override[] = []
  for (const variable of Object.keys(env).sort()) {
    const text = env[variable]
    if (text === undefined || text === '') continue
    const named = Object.hasOwn(NAMED_KEYS, variable) ? NAMED_KEYS[variable] : undefined
    if (named !== undefined) {
      overrides.push({ variable, path: named, value: named[1] === 'halted_file' ? text : scalar(text) })
    } else if (variable.startsWith(PREFIX)) {
      const path = keyPath(variable.slice(PREFIX.length), tree)
      overrides.push({ variable, path, value: path[0] === 'native' ? nativeValue(text) : scalar(text) })
    }
  }
  return overrides
}

function nativeValue(text: string): unknown {
  return text === '0' ? 'off' : text === '1' ? 'auto' : text
}

function scalar(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return text
  }
}

/** Segments in lower case, except where the file has a key that differs in case or in "-" for "_" (a venue's id). */
function keyPath(name: string, tree: unknown): KeyPath {
  let node = tree
  return name.split('__').map((segment) => {
    const lower = segment.toLowerCase()
    if (Array.isArray(node) && /^\d{1,6}$/.test(lower)) {
      node = node[Number(lower)]
      return Number(lower)
    }
    const keys = typeof node === 'object' && node !== null ? Object.keys(node) : []
    const key = keys.find((candidate) => candidate.toLowerCase().replaceAll('-', '_') === lower) ?? lower
    node = (node as Record<string, unknown> | undefined)?.[key]
    return key
  })
}

/** Sets the keys of the overrides in `tree`, which is changed; missing mappings on the way are made. */
export function applyOverrides(tree: Record<string, unknown>, overrides: readonly Override[]): void {
  for (const { path, value } of overrides) {
    let node: Record<string | number, unknown> = tree
    for (const key of path.slice(0, -1)) {
      if (typeof node[key] !== 'object' || node[key] === null) node[key] = {}
      node = node[key] as Record<string | number, unknown>
    }
    Object.defineProperty(node, path.at(-1) as string | number, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
}
