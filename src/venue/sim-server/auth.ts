import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { ApiError } from './api-error.ts'
import { optionalTimeMs, type Params, required } from './params.ts'

/** A key that the venue knows. `secret` is the HMAC secret, or the Ed25519 public key as PEM. */
export interface VenueKey {
  readonly apiKey: string
  readonly kind: 'hmac' | 'ed25519'
  readonly secret: string
}

const RECV_WINDOW_MS_DEFAULT = 5_000
const RECV_WINDOW_MS_MAX = 60_000
const AHEAD_MS_MAX = 1_000

/** Checks keys, signatures and times of requests. Without keys it takes any key and any signature. */
export class KeyRing {
  readonly #hmac = new Map<string, string>()
  readonly #ed25519 = new Map<string, KeyObject>()

  constructor(keys: readonly VenueKey[]) {
    for (const key of keys) {
      if (key.kind === 'hmac') this.#hmac.set(key.apiKey, key.secret)
      else this.#ed25519.set(key.apiKey, createPublicKey(key.secret))
    }
  }

  get open(): boolean {
    return this.#hmac.size + this.#ed25519.size === 0
  }

  /** @throws ApiError REJECTED_KEY where the key is unknown */
  checkKey(apiKey: string): void {
    if (!this.open && !this.#hmac.has(apiKey) && !this.#ed25519.has(apiKey))
      throw new ApiError('REJECTED_KEY')
  }

  /** True where the key may log a session on: Ed25519 keys alone. */
  mayLogOn(apiKey: string): boolean {
    return this.open || this.#ed25519.has(apiKey)
  }

  /** @throws ApiError REJECTED_KEY, INVALID_SIGNATURE */
  checkSignature(apiKey: string, payload: string, signature: string): void {
    this.checkKey(apiKey)
    if (this.open) return
    const secret = this.#hmac.get(apiKey)
    const ok =
      secret === undefined
        ? this.#checkEd25519(apiKey, payload, signature)
        : sameHex(createHmac('sha256', secret).update(payload).digest('hex'), signature)
    if (!ok) throw new ApiError('INVALID_SIGNATURE')
  }

  #checkEd25519(apiKey: string, payload: string, signature: string): boolean {
    const key = this.#ed25519.get(apiKey)
    return key !== undefined && verify(null, Buffer.from(payload), key, Buffer.from(signature, 'base64'))
  }
}

/**
 * The timing rule of signed requests: not 1 s or more ahead, not older than `recvWindow`.
 *
 * @throws ApiError MANDATORY_PARAM, ILLEGAL_CHARS, PARAM_TOO_GREAT, TIMESTAMP_AHEAD, TIMESTAMP_OUTSIDE
 */
export function checkTime(params: Params, serverMs: number): void {
  required(params, 'timestamp')
  const timestamp = optionalTimeMs(params, 'timestamp') as number
  const text = params.get('recvWindow')
  if (text !== undefined && !/^\d{1,5}(\.\d{1,3})?$/.test(text))
    throw new ApiError('ILLEGAL_CHARS', 'recvWindow')
  const recvWindow = text === undefined ? RECV_WINDOW_MS_DEFAULT : Number(text)
  if (recvWindow > RECV_WINDOW_MS_MAX) throw new ApiError('PARAM_TOO_GREAT', 'recvWindow')
  if (timestamp >= serverMs + AHEAD_MS_MAX) throw new ApiError('TIMESTAMP_AHEAD')
  if (serverMs - timestamp > recvWindow) throw new ApiError('TIMESTAMP_OUTSIDE')
}

function sameHex(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given.toLowerCase())
  return a.length === b.length && timingSafeEqual(a, b)
}
