import { createHmac, createPrivateKey, createSecretKey, type Hmac, type KeyObject, sign } from 'node:crypto'
import { inspect } from 'node:util'
import { TidegateError } from '../../core/errors.ts'

/** A secret that gives its text only when asked (the configuration's `Secret`). */
export interface SecretText {
  reveal(): string
}

export type KeyType = 'hmac' | 'ed25519'

/**
 * Signs requests of one API key. Key and secret never print: the secret lives in a `KeyObject`, and the signer shows
 * as `[signer]` however it is written out.
 */
export class Signer {
  readonly type: KeyType
  readonly #apiKey: string
  readonly #key: KeyObject

  /** @throws SECRET_INVALID where the text is not a key of that type, and what `reveal` throws */
  constructor(type: KeyType, apiKey: SecretText, secret: SecretText) {
    this.type = type
    this.#apiKey = apiKey.reveal()
    this.#key = type === 'hmac' ? createSecretKey(Buffer.from(secret.reveal())) : ed25519Key(secret.reveal())
  }

  /** The API key as requests carry it. */
  get apiKey(): string {
    return this.#apiKey
  }

  /** Signature of the payload: hex for HMAC, base64 for Ed25519. */
  sign(payload: string): string {
    return this.type === 'hmac'
      ? createHmac('sha256', this.#key).update(payload).digest('hex')
      : sign(null, Buffer.from(payload), this.#key).toString('base64')
  }

  /** Signatures of payloads that all begin with `prefix`, made ready ahead. HMAC keys only. */
  prefixed(prefix: string): PrefixSigner {
    return new PrefixSigner(this.#key, prefix)
  }

  toString(): string {
    return '[signer]'
  }

  toJSON(): string {
    return '[signer]'
  }

  static {
    Object.defineProperty(Signer.prototype, inspect.custom, { value: () => '[signer]' })
  }
}

/** Signatures that are ready at most. */
const READY_MAX = 256

/**
 * HMAC signatures of payloads with a common beginning. Making the native object costs more than hashing the payload
 * (2 µs hot, 10 to 20 between other work), so it is done off the order path, the beginning fed in.
 */
export class PrefixSigner {
  readonly #key: KeyObject
  readonly #prefix: string
  readonly #ready: Hmac[] = []
  #late = 0

  constructor(key: KeyObject, prefix: string) {
    this.#key = key
    this.#prefix = prefix
    this.prepare()
  }

  /** Times that nothing was ready. */
  get late(): number {
    return this.#late
  }

  /** Off the path: fills up where fewer than half are left. */
  prepare(): void {
    if (this.#ready.length >= READY_MAX / 2) return
    while (this.#ready.length < READY_MAX) this.#ready.push(this.#create())
  }

  /** Hex signature of prefix and rest. */
  sign(rest: string): string {
    let hmac = this.#ready.pop()
    if (hmac === undefined) {
      this.#late++
      hmac = this.#create()
    }
    return hmac.update(rest).digest('hex')
  }

  #create(): Hmac {
    return createHmac('sha256', this.#key).update(this.#prefix)
  }
}

function ed25519Key(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    // the cause is left out: it may quote the key
    throw new TidegateError('SECRET_INVALID', 'the Ed25519 secret is not a private key in PEM form')
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new TidegateError('SECRET_INVALID', 'the private key is not an Ed25519 key')
  }
  return key
}

/** Payload of a WebSocket API request: parameters by name, no percent encoding. */
export function wsPayload(params: Readonly<Record<string, string | number>>): string {
  return Object.keys(params)
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&')
}
