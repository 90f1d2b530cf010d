import { readFileSync } from 'node:fs'
import { hostAndPort } from '../config/checks-control.ts'
import { configPath } from '../config/config-path.ts'
import type { Config } from '../config/types.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import type { DoorSettings } from './messages.ts'
import { hashedTokens } from './tokens.ts'

/**
 * The operator's door as a configuration has it: the control thread gets hashes, never tokens.
 *
 * @throws SECRET_MISSING, TOKEN_WEAK, TLS_UNREADABLE (all exit 3)
 */
export function doorSettingsOf(config: Config): DoorSettings {
  const { control } = config
  const listen = control.listen === null ? null : hostAndPort(control.listen)
  const tokens = hashedTokens(control, listen?.host ?? null)
  return {
    listen,
    tls: control.tls === null ? null : readTls(config, control.tls),
    tokens,
    twoPerson: control.two_person,
  }
}

function readTls(
  config: Config,
  { cert_file, key_file }: NonNullable<Config['control']['tls']>,
): { cert: string; key: string } {
  const read = (file: string): string => {
    try {
      return readFileSync(configPath(config, file), 'utf8')
    } catch (error) {
      throw new TidegateError('TLS_UNREADABLE', `control.tls: ${(error as Error).message}`, {
        exitCode: EXIT.CONFIGURATION,
        cause: error,
      })
    }
  }
  return { cert: read(cert_file), key: read(key_file) }
}
