import type { Conflict } from './problems.ts'
import type { ControlConfig } from './types.ts'

/** Persons that a re-arm needs where `two_person` is set. */
const APPROVERS = 2

/** Host and port of `control.listen`; brackets of an IPv6 address are taken off. */
export function hostAndPort(listen: string): { readonly host: string; readonly port: number } {
  const at = listen.lastIndexOf(':')
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(listen.slice(at + 1)) }
}

/** Addresses that no other machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Relations of the operator's door (A8): nothing listens without tokens, and nothing beyond loopback without TLS. */
export function controlConflicts(control: ControlConfig): Conflict[] {
  const { listen, tls, tokens, two_person } = control
  const found: Conflict[] = []
  for (const [index, { id, sha256, secret }] of tokens.entries()) {
    const place = ['control', 'tokens', index]
    if ((sha256 === null) === (secret === null)) {
      found.push({ path: place, allowed: 'a token with one of sha256 and secret' })
    }
    if (tokens.findIndex((token) => token.id === id) !== index) {
      found.push({ path: [...place, 'id'], allowed: 'an id that stands in the list once' })
    }
  }
  const admins = tokens.filter(({ role }) => role === 'admin').length
  if (two_person && tokens.length > 0 && admins < APPROVERS) {
    found.push({
      path: ['control', 'two_person'],
      allowed: `false, or ${APPROVERS} tokens of the role admin`,
    })
  }
  if (listen === null) return found
  const { host, port } = hostAndPort(listen)
  if (port > 65_535) found.push({ path: ['control', 'listen'], allowed: 'a port up to 65535' })
  if (tokens.length === 0) {
    found.push({
      path: ['control', 'listen'],
      allowed: 'null without control.tokens: there is no TCP without tokens',
    })
  }
  if (!isLoopback(host) && tls === null) {
    found.push({ path: ['control', 'listen'], allowed: 'a loopback address without control.tls' })
  }
  if (host === '0.0.0.0' || host === '::') {
    found.push({
      path: ['control', 'listen'],
      allowed: 'the address or name that clients use: requests must name it',
    })
  }
  return found
}
