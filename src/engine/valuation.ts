import type { Instrument } from '../domain/instrument.ts'
import type { Ledger } from '../ledger/ledger.ts'

/**
 * Total and daily P&L over all instruments at their marks, kept between two looks: what is asked for every order changes
 * only with a fill or with the mark of a position. Only those instruments are computed anew.
 */
export class Valuation {
  /** realised and unrealised P&L less fees of everything, in money; valid after `update` returned true */
  gain = 0n
  /** the same since the trading day of each instrument began */
  daily = 0n
  readonly #instruments: readonly Instrument[]
  readonly #ledger: Ledger
  readonly #marks: Float64Array
  readonly #gains: bigint[]
  readonly #dailies: bigint[]
  /** by instrument: the ledger's version and the mark that its figures are of */
  readonly #versions: Float64Array
  readonly #valuedAt: Float64Array
  /** instruments with a position, as of `#seen` */
  readonly #held: number[] = []
  #seen = -1

  /** @param marks price increments by instrument index, NaN while there is none; the caller's, read at each `update` */
  constructor(instruments: readonly Instrument[], ledger: Ledger, marks: Float64Array) {
    this.#instruments = instruments
    this.#ledger = ledger
    this.#marks = marks
    this.#gains = instruments.map(() => 0n)
    this.#dailies = instruments.map(() => 0n)
    this.#versions = new Float64Array(instruments.length)
    this.#valuedAt = new Float64Array(instruments.length)
  }

  /** Brings both sums up to date; false while a held instrument has no mark, so that they cannot be known. */
  update(): boolean {
    if (this.#ledger.version !== this.#seen) this.#rebook()
    for (const index of this.#held) {
      const mark = this.#marks[index] as number
      if (mark === this.#valuedAt[index]) continue
      if (Number.isNaN(mark)) return false
      this.#value(index, mark)
    }
    return true
  }

  /** Something was booked: finds out where. */
  #rebook(): void {
    const ledger = this.#ledger
    this.#seen = ledger.version
    this.#held.length = 0
    for (const instrument of this.#instruments) {
      const { index } = instrument
      const held = ledger.position(instrument) !== 0
      if (held) this.#held.push(index)
      const version = ledger.versionOf(instrument)
      if (version === this.#versions[index]) continue
      this.#versions[index] = version
      if (held) this.#valuedAt[index] = Number.NaN
      else this.#value(index, 0)
    }
  }

  #value(index: number, mark: number): void {
    const instrument = this.#instruments[index] as Instrument
    const gain = this.#ledger.totalPnl(instrument, mark)
    const daily = gain - this.#ledger.dayStart(instrument)
    this.gain += gain - (this.#gains[index] as bigint)
    this.daily += daily - (this.#dailies[index] as bigint)
    this.#gains[index] = gain
    this.#dailies[index] = daily
    this.#valuedAt[index] = mark
  }
}
