import { Claim } from '../shm/claim.ts'
import type { MainReply, MainRequest, ToMain } from './messages.ts'

/** Requests that may wait for the venue are waited for so much longer, once the main thread has begun them. */
const VENUE_TIMES = 10

/**
 * What came of a request to the main thread. `expired`: it was not begun in time, and never will be; `unfinished`: it was
 * begun, and its end is not known.
 */
export type MainResult =
  | { readonly kind: 'reply'; readonly reply: MainReply }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unfinished'; readonly clientOrderId: string | null }

interface Waiting {
  readonly settle: (result: MainResult) => void
  readonly giveUp: () => void
  clientOrderId: string | null
}

/** The control thread's way to ask the main one. A blocked main thread never holds an operator. */
export class MainLink {
  readonly #post: (message: ToMain) => void
  readonly #timeoutMs: number
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1

  /** @param timeoutMs how long a request waits to be begun */
  constructor(post: (message: ToMain) => void, timeoutMs: number) {
    this.#post = post
    this.#timeoutMs = timeoutMs
  }

  /** How long an order from outside may wait for the venue's word, ms. */
  get outcomeMs(): number {
    return this.#timeoutMs * (VENUE_TIMES / 2)
  }

  ask(request: MainRequest): Promise<MainResult> {
    const id = this.#nextId++
    const claim = Claim.create()
    const venue = request.action === 'cancel-all' || request.action === 'execute'
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const settle = (result: MainResult): void => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(result)
      }
      const giveUp = (): void =>
        settle(
          claim.expire() ? { kind: 'expired' } : { kind: 'unfinished', clientOrderId: waiting.clientOrderId },
        )
      const waiting: Waiting = { settle, giveUp, clientOrderId: null }
      timer = setTimeout(() => {
        if (claim.expire()) return settle({ kind: 'expired' })
        timer = setTimeout(giveUp, this.#timeoutMs * (venue ? VENUE_TIMES : 1))
      }, this.#timeoutMs)
      this.#waiting.set(id, waiting)
      this.#post({ kind: 'request', id, request, claim: claim.buffer })
    })
  }

  /** Gives up what is still asked, so that nothing of it keeps the thread alive. */
  close(): void {
    for (const waiting of this.#waiting.values()) waiting.giveUp()
  }

  onReply(id: number, reply: MainReply): void {
    this.#waiting.get(id)?.settle({ kind: 'reply', reply })
  }

  onSending(id: number, clientOrderId: string): void {
    const waiting = this.#waiting.get(id)
    if (waiting !== undefined) waiting.clientOrderId = clientOrderId
  }
}
