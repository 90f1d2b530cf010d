import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Config } from './types.ts'

/**
 * The absolute path of a file that the configuration names: from the current folder where it exists there, else from
 * the configuration's own folder where it exists there, else from the current folder.
 */
export function configPath(config: Config, name: string): string {
  return locate(config.facts.directory, name)
}

/** The same for a configuration in `directory`. */
export function locate(directory: string, name: string): string {
  const here = path.resolve(name)
  if (existsSync(here)) return here
  const beside = path.resolve(directory, name)
  return existsSync(beside) ? beside : here
}
