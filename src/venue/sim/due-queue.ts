import { TidegateError } from '../../core/errors.ts'

/** Bound of what may be under way in the simulated venue; beyond it something does not drain. */
export const DUE_MAX = 1_000_000

/** Things that happen at a time: taken in order of time, and of arrival where times are equal. */
export class DueQueue<T> {
  #items: { readonly dueNs: number; readonly item: T }[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  /** @throws SIM_QUEUE_FULL */
  push(dueNs: number, item: T): void {
    if (this.size >= DUE_MAX) throw new TidegateError('SIM_QUEUE_FULL', 'the simulated venue is not drained')
    let at = this.#items.length
    while (at > this.#head && (this.#items[at - 1] as { dueNs: number }).dueNs > dueNs) at--
    this.#items.splice(at, 0, { dueNs, item })
  }

  /** Time of the first item; Infinity when empty. */
  nextNs(): number {
    return this.#items[this.#head]?.dueNs ?? Infinity
  }

  /** Takes the first item; call only when `nextNs()` is finite. */
  shift(): T {
    const { item } = this.#items[this.#head++] as { item: T }
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head > 1_024) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
