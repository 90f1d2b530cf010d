import { hash, timingSafeEqual } from 'node:crypto'
import { isLoopback } from '../config/checks-control.ts'
import type { ControlConfig, TokenRole } from '../config/types.ts'
import { EXIT, TidegateError } from '../core/errors.ts'

/** Shortest token where other machines can try them. */
export const TOKEN_BYTES_MIN = 32

/** A token as the control thread knows it: never the token itself. */
export interface HashedToken {
  readonly id: string
  readonly role: TokenRole
  /** SHA-256, hex */
  readonly sha256: string
}

/** Who makes a request, and what he may do. */
export interface Caller {
  /** the token's id, or the name that a caller on the unix socket gives himself */
  readonly id: string | null
  readonly role: TokenRole
}

/**
 * The tokens of a configuration, hashed.
 *
 * @throws SECRET_MISSING; TOKEN_WEAK for a token of less than 32 bytes where other machines can reach the door (both exit 3)
 */
export function hashedTokens(control: ControlConfig, host: string | null): HashedToken[] {
  return control.tokens.map(({ id, role, sha256, secret }) => {
    if (secret === null) return { id, role, sha256: (sha256 as string).toLowerCase() }
    const token = secret.reveal()
    if (host !== null && !isLoopback(host) && Buffer.byteLength(token) < TOKEN_BYTES_MIN) {
      throw new TidegateError(
        'TOKEN_WEAK',
        `control.tokens: ${id} has less than ${TOKEN_BYTES_MIN} bytes, too few beyond loopback`,
        { exitCode: EXIT.CONFIGURATION },
      )
    }
    return { id, role, sha256: hash('sha256', token, 'hex') }
  })
}

/** Tells who presents a token. */
export class TokenTable {
  readonly #tokens: readonly { readonly caller: Caller; readonly digest: Buffer }[]
  readonly #bytesMin: number

  /** @param bytesMin a shorter token is refused even where its hash is known */
  constructor(tokens: readonly HashedToken[], bytesMin = 1) {
    this.#tokens = tokens.map(({ id, role, sha256 }) => ({
      caller: { id, role },
      digest: Buffer.from(sha256, 'hex'),
    }))
    this.#bytesMin = bytesMin
  }

  get empty(): boolean {
    return this.#tokens.length === 0
  }

  /** Null for a token that nobody has. Takes as long for a wrong token as for a right one. */
  caller(token: string): Caller | null {
    const digest = hash('sha256', token, 'buffer')
    let found: Caller | null = null
    for (const known of this.#tokens) if (timingSafeEqual(known.digest, digest)) found = known.caller
    return Buffer.byteLength(token) < this.#bytesMin ? null : found
  }
}

const RANK: Readonly<Record<TokenRole, number>> = { viewer: 0, operator: 1, admin: 2 }

/** True where a role includes another one. */
export function mayAct(role: TokenRole, needed: TokenRole): boolean {
  return RANK[role] >= RANK[needed]
}
