import { TidegateError } from '../../core/errors.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { InstrumentRules } from '../../domain/instrument-rules.ts'
import { checkInstrument, type ExchangeRules, exchangeRules, weightPerMinute } from './exchange-rules.ts'
import { type RestClient, venueError } from './rest-client.ts'
import type { BinanceSpotConfig } from './settings.ts'
import { rulesOfFilters } from './symbol-filters.ts'

/** What exchangeInfo says of the venue's instruments: learned at connect, read again while the venue is in use. */
export class VenueRules {
  readonly #rest: RestClient
  readonly #limits: BinanceSpotConfig['limits']
  readonly #instruments: readonly Instrument[]
  #byInstrument: readonly (InstrumentRules | undefined)[] = []

  constructor(rest: RestClient, { id, instruments, limits }: BinanceSpotConfig) {
    this.#rest = rest
    this.#limits = limits
    this.#instruments = instruments.all().filter(({ venue }) => venue === '' || venue === id)
  }

  /** Rules of an instrument by its index; null before they were learned. */
  of(instrument: number): InstrumentRules | null {
    return this.#byInstrument[instrument] ?? null
  }

  /**
   * Learns the rules, and that every instrument's increments are the venue's.
   *
   * @throws VENUE_UNREACHABLE, VENUE_ERROR, RATE_LIMITED, INSTRUMENT_MISMATCH, DECIMAL_INVALID
   */
  async learn(): Promise<void> {
    const bySymbol = await this.#read()
    for (const instrument of this.#instruments) {
      const rules = bySymbol.get(instrument.symbol)
      if (rules === undefined)
        throw new TidegateError('INSTRUMENT_MISMATCH', `${instrument.symbol} is not traded`)
      checkInstrument(instrument, rules)
    }
    this.#keep(bySymbol)
  }

  /** Reads them again. What fails changes nothing; a step that the venue has changed since is a rule like any other. */
  async renew(): Promise<void> {
    try {
      this.#keep(await this.#read())
    } catch {
      // What was learned last holds until the next look, and the venue judges every order itself.
    }
  }

  async #read(): Promise<ReadonlyMap<string, ExchangeRules>> {
    const symbols = JSON.stringify(this.#instruments.map(({ symbol }) => symbol))
    const answer = await this.#rest.get('/api/v3/exchangeInfo', { symbols })
    if (answer.status !== 200) throw venueError('exchangeInfo', answer)
    const rules = exchangeRules(answer.body)
    this.#limits.weightPerMinute = weightPerMinute(answer.body)
    return new Map(rules.map((each) => [each.symbol, each]))
  }

  #keep(bySymbol: ReadonlyMap<string, ExchangeRules>): void {
    const kept = [...this.#byInstrument]
    for (const instrument of this.#instruments) {
      const rules = bySymbol.get(instrument.symbol)
      if (rules !== undefined)
        kept[instrument.index] = rulesOfFilters(instrument, rules.status, rules.filters)
    }
    this.#byInstrument = kept
  }
}
