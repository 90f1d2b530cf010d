import type { Instrument } from '../domain/instrument.ts'
import type { Ledger } from '../ledger/ledger.ts'

/**
 * Total and daily P&L over all instruments at their marks, kept between two looks: what is asked for every order changes
 * only with a fill or with the mark of a position. Only that part is computed anew.
 */
export class Valuation {
  /** by group: realised and unrealised P&L less fees, in money of its asset; valid after `update` returned true */
  readonly gains: bigint[]
  /** the same at the start of each instrument's trading day */
  readonly dayStarts: bigint[]
  readonly #instruments: readonly Instrument[]
  readonly #ledger: Ledger
  readonly #marks: Float64Array
  /** group of an instrument: those that are quoted in one asset */
  readonly #groupOf: (instrument: number) => number
  readonly #gains: bigint[]
  /** by instrument: its gain at a mark of zero, which moves with the ledger alone */
  readonly #bases: bigint[]
  readonly #positions: Float64Array
  /** by instrument: the ledger's version and the mark that its figures are of */
  readonly #versions: Float64Array
  readonly #valuedAt: Float64Array
  /** instruments with a position, as of `#seen` */
  readonly #held: number[] = []
  #seen = -1

  /**
   * @param marks price increments by instrument index, NaN while there is none; the caller's, read at each `update`
   * @param groups number of groups that `groupOf` gives
   */
  constructor(
    instruments: readonly Instrument[],
    ledger: Ledger,
    marks: Float64Array,
    groups = 1,
    groupOf: (instrument: number) => number = () => 0,
  ) {
    this.#instruments = instruments
    this.#ledger = ledger
    this.#marks = marks
    this.gains = Array.from({ length: groups }, () => 0n)
    this.dayStarts = Array.from({ length: groups }, () => 0n)
    this.#groupOf = groupOf
    this.#gains = instruments.map(() => 0n)
    this.#bases = instruments.map(() => 0n)
    this.#positions = new Float64Array(instruments.length)
    this.#versions = new Float64Array(instruments.length)
    this.#valuedAt = new Float64Array(instruments.length)
  }

  /** Brings both sums up to date; false while a held instrument has no mark, so that they cannot be known. */
  update(): boolean {
    this.book()
    for (const index of this.#held) {
      const mark = this.#marks[index] as number
      if (mark === this.#valuedAt[index]) continue
      if (Number.isNaN(mark)) return false
      this.#value(index, mark)
    }
    return true
  }

  /** Takes in what was booked since the last call; off the order path where it is called with the booking. */
  book(): void {
    const ledger = this.#ledger
    if (ledger.version === this.#seen) return
    this.#seen = ledger.version
    this.#held.length = 0
    this.dayStarts.fill(0n)
    for (const instrument of this.#instruments) {
      const { index } = instrument
      const version = ledger.versionOf(instrument)
      if (version === 0) continue
      const group = this.#groupOf(index)
      this.dayStarts[group] = (this.dayStarts[group] as bigint) + ledger.dayStart(instrument)
      const position = ledger.position(instrument)
      if (position !== 0) this.#held.push(index)
      if (version === this.#versions[index]) continue
      this.#versions[index] = version
      this.#positions[index] = position
      this.#bases[index] = ledger.totalPnl(instrument, 0)
      if (position !== 0) this.#valuedAt[index] = Number.NaN
      else this.#value(index, 0)
    }
  }

  #value(index: number, mark: number): void {
    const gain = this.#gainAt(index, mark)
    const group = this.#groupOf(index)
    this.gains[group] = (this.gains[group] as bigint) + gain - (this.#gains[index] as bigint)
    this.#gains[index] = gain
    this.#valuedAt[index] = mark
  }

  /**
   * `Ledger.totalPnl` at `mark`: what it is at zero, and the position's worth. Half an increment's worth that is no whole
   * amount of money is left to the ledger and its rounding.
   */
  #gainAt(index: number, mark: number): bigint {
    const instrument = this.#instruments[index] as Instrument
    const twice = 2 * mark * (this.#positions[index] as number)
    const money = instrument.moneyPerIncrements
    if (!Number.isSafeInteger(twice) || (money & 1n) !== 0n) return this.#ledger.totalPnl(instrument, mark)
    return (this.#bases[index] as bigint) + BigInt(twice) * (money >> 1n)
  }
}
