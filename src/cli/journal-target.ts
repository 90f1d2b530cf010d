import { statSync } from 'node:fs'
import path from 'node:path'
import { loadConfig } from '../config/load.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { Projection } from '../journal/projection.ts'
import { journalDir, listSegments } from '../journal/segments.ts'
import { usageError } from './args.ts'
import { remark } from './output.ts'

/** The options with which a command that reads a journal finds it. */
export const JOURNAL_OPTIONS = {
  'state-dir': { value: 'DIR', help: 'state directory of an engine, running or not' },
  config: { value: 'FILE', help: 'the configuration that names the state directory' },
  json: { help: 'one JSON document on stdout' },
} as const

/** A journal on disk. `stateDir` is null where the segments were named directly. */
export interface JournalTarget {
  readonly dir: string
  readonly stateDir: string | null
}

/**
 * @param word a state directory or a directory of segments, given without an option
 * @throws USAGE unless exactly one thing names it; JOURNAL_MISSING (exit 4) when no journal is there
 */
export function journalTarget(
  options: { readonly 'state-dir': string | undefined; readonly config: string | undefined },
  word: string | undefined,
): JournalTarget {
  const given = [options['state-dir'], options.config, word].filter((value) => value !== undefined)
  if (given.length !== 1) throw usageError('name the journal by one of --state-dir DIR, --config FILE, PATH')
  const named = options.config === undefined ? (given[0] as string) : loadConfig(options.config).state_dir
  const folder = path.resolve(named)
  if (isDirectory(journalDir(folder))) return { dir: journalDir(folder), stateDir: folder }
  if (isDirectory(folder) && listSegments(folder).length > 0) return { dir: folder, stateDir: null }
  throw new TidegateError('JOURNAL_MISSING', `there is no journal in ${folder}`, { exitCode: EXIT.DATA })
}

function isDirectory(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true
}

/**
 * The projection of a journal, up to its end: the one in the state directory, or a passing one in memory where that cannot
 * be written. The caller closes it. @throws JOURNAL_CORRUPT (exit 5) when the journal stops verifying on the way
 */
export function openProjection(target: JournalTarget): Projection {
  const projection = opened(target)
  try {
    projection.catchUp()
    if (projection.fault === null) return projection
    const { segment, offset, seq, code } = projection.fault
    throw new TidegateError('JOURNAL_CORRUPT', `${segment} at byte ${offset} (sequence ${seq}): ${code}`, {
      exitCode: EXIT.VERIFICATION,
      details: { ...projection.fault },
    })
  } catch (error) {
    projection.close()
    throw error
  }
}

function opened(target: JournalTarget): Projection {
  if (target.stateDir === null) return new Projection(target.dir, ':memory:')
  const file = path.join(target.stateDir, 'projection.db')
  try {
    return new Projection(target.dir, file)
  } catch (error) {
    remark(`${file} cannot be used (${String(error)}): reading the journal into memory`)
    return new Projection(target.dir, ':memory:')
  }
}
