import { TidegateError } from '../core/errors.ts'

/** Longest client order id that every venue takes (CONTRACTS). */
export const CLIENT_ORDER_ID_MAX = 36

const FORM = /^tg-([a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)-([0-9a-z]{1,11})-([0-9a-z]{1,11})$/
const NODE = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/

/** The parts of an id of ours. */
export interface ClientOrderIdParts {
  readonly node: string
  readonly boot: number
  readonly sequence: number
}

/** What "ours" means to cancel-all, shutdown and the guardian: `tg-<node>-`. */
export function clientOrderIdPrefix(node: string): string {
  return `tg-${node}-`
}

/** True for an id of this node, of whatever boot. Node "a" does not own what node "a-b" sent, though the prefix fits. */
export function isOurs(clientOrderId: string, node: string): boolean {
  return parseClientOrderId(clientOrderId)?.node === node
}

/** Null when the text is not an id of any node of ours. */
export function parseClientOrderId(text: string): ClientOrderIdParts | null {
  const match = text.length <= CLIENT_ORDER_ID_MAX ? FORM.exec(text) : null
  if (match === null) return null
  const boot = Number.parseInt(match[2] as string, 36)
  const sequence = Number.parseInt(match[3] as string, 36)
  const canonical = boot.toString(36) === match[2] && sequence.toString(36) === match[3]
  const safe = Number.isSafeInteger(boot) && Number.isSafeInteger(sequence)
  return canonical && safe ? { node: match[1] as string, boot, sequence } : null
}

/**
 * Client order ids of one run: `tg-<node>-<boot base36>-<sequence base36>` (O2). The boot number is on disk before the first
 * id, so no id comes twice; the sequence only rises.
 */
export class ClientOrderIds {
  readonly prefix: string
  #sequence: number

  /**
   * `sequence` is the last one used in this boot (recovery of a replay goes on after it).
   *
   * @throws NODE_ID_INVALID when the node is no identifier of the configuration, or node and boot leave no room for 36 characters
   */
  constructor(node: string, boot: number, sequence = 0) {
    this.prefix = `${clientOrderIdPrefix(node)}${boot.toString(36)}-`
    const longest = this.prefix.length + Number.MAX_SAFE_INTEGER.toString(36).length
    if (!NODE.test(node) || !Number.isSafeInteger(boot) || boot < 0 || longest > CLIENT_ORDER_ID_MAX) {
      throw new TidegateError(
        'NODE_ID_INVALID',
        `node "${node}" with boot ${boot} does not make order ids of at most ${CLIENT_ORDER_ID_MAX} characters`,
      )
    }
    this.#sequence = sequence
  }

  get sequence(): number {
    return this.#sequence
  }

  next(): string {
    this.#sequence += 1
    return this.prefix + this.#sequence.toString(36)
  }
}
