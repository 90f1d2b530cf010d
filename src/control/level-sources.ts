import path from 'node:path'
import { configPath } from '../config/config-path.ts'
import type { Config } from '../config/types.ts'
import type { LevelSource } from '../shm/control-plane.ts'
import { FolderWatch } from './folder-watch.ts'
import { type Assertion, readHaltFile, readLockFile } from './level-files.ts'

/** The level sources of a run (K6): as long as one asserts, a re-arm of a kill is refused. */
export interface LevelSourceOptions {
  /** the environment variable that asserts since the start, in words; null: none does */
  readonly environment: string | null
  /** absolute path of the halt file; null: none is configured */
  readonly haltedFile: string | null
  /** absolute path of the lock file; null: none is looked for */
  readonly lockFile: string | null
  /** period of the poll, ms; changes are seen at once where the system tells of them */
  readonly pollMs: number
}

export const NO_LEVEL_SOURCES: LevelSourceOptions = {
  environment: null,
  haltedFile: null,
  lockFile: null,
  pollMs: 1_000,
}

/** The level sources that a configuration and its environment name. The lock file lies in the state directory. */
export function levelSourcesOf(config: Config, stateDir: string): LevelSourceOptions {
  const { facts, kill } = config
  const variables = [
    ...(facts.killSwitch ? ['KILL_SWITCH'] : []),
    ...(facts.executionHalted ? ['EXECUTION_HALTED'] : []),
  ]
  return {
    environment: variables.length === 0 ? null : `${variables.join(' and ')} of the environment`,
    haltedFile: kill.halted_file === null ? null : configPath(config, kill.halted_file),
    lockFile: path.resolve(stateDir, kill.lock_file),
    pollMs: kill.poll_ms,
  }
}

export interface LevelSourceHooks {
  /** raises or lowers the level: it is raised before `onAsserted`, lowered before `onReleased` */
  readonly setLevel: (source: LevelSource, asserted: boolean) => void
  /** a source began to assert: kill */
  readonly onAsserted: (source: LevelSource, assertion: Assertion) => void
  /** a source ceased to assert: the kill stays, a re-arm is possible */
  readonly onReleased: (source: LevelSource, assertion: Assertion) => void
}

interface Level {
  readonly source: LevelSource
  readonly read: () => Assertion
  asserted: boolean
}

/** Watches the level sources of K6: environment, halt file, lock file. Runs in the control thread. */
export class LevelSources {
  readonly #hooks: LevelSourceHooks
  readonly #levels: readonly Level[]
  readonly #watches: readonly FolderWatch[]
  readonly #timer: NodeJS.Timeout | undefined

  /** Looks once before it returns: what asserts at the start has killed by then. */
  constructor(options: LevelSourceOptions, hooks: LevelSourceHooks) {
    const { environment, haltedFile, lockFile } = options
    this.#hooks = hooks
    const levels: Level[] = []
    const add = (source: LevelSource, read: () => Assertion): void => {
      levels.push({ source, read, asserted: false })
    }
    if (environment !== null) {
      add('environment', () => ({ asserted: true, text: environment, who: null }))
    }
    if (haltedFile !== null) add('file', () => readHaltFile(haltedFile))
    if (lockFile !== null) add('lock_file', () => readLockFile(lockFile))
    this.#levels = levels
    this.look()
    const files = [haltedFile, lockFile].filter((file) => file !== null)
    const folders = new Set(files.map((file) => path.dirname(file)))
    this.#watches = [...folders].map((folder) => new FolderWatch(folder, () => this.look()))
    // A change between the first look and the watch is found here.
    if (files.length > 0) {
      this.look()
      this.#timer = setInterval(() => this.#poll(), options.pollMs)
    }
  }

  /** Reads every source now. */
  look(): void {
    for (const level of this.#levels) {
      const assertion = level.read()
      if (assertion.asserted === level.asserted) continue
      level.asserted = assertion.asserted
      this.#hooks.setLevel(level.source, assertion.asserted)
      if (assertion.asserted) this.#hooks.onAsserted(level.source, assertion)
      else this.#hooks.onReleased(level.source, assertion)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const watch of this.#watches) watch.close()
  }

  #poll(): void {
    for (const watch of this.#watches) watch.renew()
    this.look()
  }
}
