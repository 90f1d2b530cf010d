import { z } from 'zod'
import { choice, flag, identifier, integer, list, secret, section, text } from './fields.ts'
import type { ControlConfig } from './types.ts'

const SHA256 = 'the SHA-256 of a token, 64 hex digits'
const ADDRESS = 'HOST:PORT, for example 127.0.0.1:9070'

const tokenSchema = section({
  id: identifier().describe('Who presents it: the name in the audit trail.'),
  role: choice(['viewer', 'operator', 'admin']).describe(
    'viewer reads; operator also kills, pauses, resumes, cancels, sends orders, shuts down; admin also re-arms.',
  ),
  sha256: z
    .string({ error: SHA256 })
    .regex(/^[0-9a-fA-F]{64}$/, { error: SHA256 })
    .nullable()
    .default(null)
    .describe('SHA-256 of the token, hex. Either this or `secret`.'),
  secret: secret().nullable().prefault(null).describe('The token itself. Either this or `sha256`.'),
})

const tlsSchema = section({
  cert_file: text('a path').describe('Certificate chain, PEM.'),
  key_file: text('a path').describe('Private key, PEM.'),
})

export const controlSchema: z.ZodType<ControlConfig> = section({
  listen: z
    .string({ error: ADDRESS })
    .regex(/^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, { error: ADDRESS })
    .nullable()
    .default(null)
    .describe(
      'HTTP beside the unix socket, HOST:PORT; port 0 takes a free one. Beyond loopback only with `tls`.',
    ),
  tls: tlsSchema.nullable().prefault(null).describe('HTTPS instead of HTTP.'),
  tokens: list(tokenSchema, 0, 64)
    .default([])
    .describe(
      'Who may do what. Without tokens there is no TCP, and the file mode of the unix socket decides.',
    ),
  two_person: flag()
    .default(false)
    .describe(
      'A re-arm needs two different persons, who name the same scope and generation. Without tokens they are who they ' +
        'say they are: that guards against a slip, not against a lie.',
    ),
  server: choice(['auto', 'node', 'uws'])
    .default('auto')
    .describe(
      'HTTP server of the door: uWebSockets.js where it is installed and loads, else Node’s own; node: always Node’s own; ' +
        'uws: no start without uWebSockets.js.',
    ),
  stall_ms: integer(0, 600_000)
    .default(3_000)
    .describe('A main thread without progress for so long is STALLED, ms; 0 does not watch it.'),
})
