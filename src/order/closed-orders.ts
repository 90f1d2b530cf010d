/** Ids of closed orders in the order of their closing, at most so many: the oldest leaves for the newest. */
export class ClosedOrders {
  readonly #max: number
  readonly #ids: string[] = []
  #first = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Takes an id in; returns the one that it pushes out, or null. */
  push(id: string): string | null {
    this.#ids.push(id)
    if (this.#ids.length - this.#first <= this.#max) return null
    const oldest = this.#ids[this.#first] as string
    this.#first += 1
    if (this.#first * 2 >= this.#ids.length) {
      this.#ids.splice(0, this.#first)
      this.#first = 0
    }
    return oldest
  }
}
