import { EXIT, TidegateError } from '../../core/errors.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { InstrumentRules } from '../../domain/instrument-rules.ts'
import { checkInstrument, type ExchangeRules, exchangeRules, weightPerMinute } from './exchange-rules.ts'
import { SHARE } from './request-limits.ts'
import { type RestClient, venueError } from './rest-client.ts'
import type { BinanceSpotConfig } from './settings.ts'
import { rulesOfFilters } from './symbol-filters.ts'

/** Symbols of one request: a URL that every server takes. */
const SYMBOLS_PER_REQUEST = 100
const BAD_SYMBOL = -1121

/**
 * What exchangeInfo says of the venue's instruments: learned at connect, read again while the venue is in use. The venue
 * refuses a request whole where it does not know one of its symbols.
 */
export class VenueRules {
  readonly #rest: RestClient
  readonly #limits: BinanceSpotConfig['limits']
  readonly #chunks: readonly (readonly Instrument[])[]
  readonly #byInstrument: (InstrumentRules | null)[]
  /** those that the venue knew no more when they were asked for last, that one at the end */
  readonly #gone = new Set<Instrument>()
  #looking: Promise<void> | null = null
  #lookAgain = false

  constructor(rest: RestClient, { id, instruments, limits }: BinanceSpotConfig) {
    this.#rest = rest
    this.#limits = limits
    const ours = instruments.all().filter(({ venue }) => venue === '' || venue === id)
    this.#chunks = Array.from({ length: Math.ceil(ours.length / SYMBOLS_PER_REQUEST) }, (_, n) =>
      ours.slice(n * SYMBOLS_PER_REQUEST, (n + 1) * SYMBOLS_PER_REQUEST),
    )
    this.#byInstrument = new Array<InstrumentRules | null>(instruments.size).fill(null)
  }

  /** Rules of an instrument by its index; null before they were learned, and where the venue tells none any more. */
  of(instrument: number): InstrumentRules | null {
    return this.#byInstrument[instrument] ?? null
  }

  /**
   * Learns the rules, and that every instrument's increments are the venue's.
   *
   * @throws VENUE_UNREACHABLE, VENUE_ERROR, RATE_LIMITED, INSTRUMENT_MISMATCH (exit 3), DECIMAL_INVALID
   */
  async learn(): Promise<void> {
    for (const chunk of this.#chunks) {
      let bySymbol: ReadonlyMap<string, ExchangeRules>
      try {
        bySymbol = await this.#read(chunk)
      } catch (error) {
        if (!isBadSymbol(error)) throw error
        throw notTraded(await this.#badSymbol(chunk))
      }
      for (const instrument of chunk) {
        const rules = bySymbol.get(instrument.symbol)
        if (rules === undefined) throw notTraded(instrument.symbol)
        checkInstrument(instrument, rules)
      }
      this.#keep(chunk, bySymbol)
    }
  }

  /**
   * Reads them again; a step that the venue has changed since is a rule like any other. Where the venue cannot be asked,
   * what was learned last holds until the next look. Where it answers and tells no rules, none hold: it judges every order
   * itself, and rules of yesterday could deny for ever what it takes.
   *
   * A symbol that it knows no more is looked for by halves, so that the others of its request keep their rules, and from
   * then on such symbols are asked for alone, one with each look. One look at a time; who asks during one gets another
   * after it.
   */
  renew(): Promise<void> {
    this.#lookAgain = this.#looking !== null
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #look(): Promise<void> {
    do {
      this.#lookAgain = false
      const [longestGone] = this.#gone
      if (longestGone !== undefined) await this.#renew([longestGone])
      for (const chunk of this.#chunks) await this.#renew(chunk.filter((each) => !this.#gone.has(each)))
    } while (this.#lookAgain)
  }

  async #renew(asked: readonly Instrument[], share: number | null = null): Promise<void> {
    if (asked.length === 0) return
    try {
      this.#keep(asked, await this.#read(asked, share))
    } catch (error) {
      if (isOutage(error)) return
      if (!isBadSymbol(error)) this.#drop(asked)
      else if (asked.length === 1) {
        this.#drop(asked)
        this.#gone.add(asked[0] as Instrument)
      } else {
        const half = asked.length / 2
        await this.#renew(asked.slice(0, half), SHARE.SNAPSHOT)
        await this.#renew(asked.slice(half), SHARE.SNAPSHOT)
      }
    }
  }

  async #read(
    asked: readonly Instrument[],
    share: number | null = null,
  ): Promise<ReadonlyMap<string, ExchangeRules>> {
    const symbols = JSON.stringify(asked.map(({ symbol }) => symbol))
    const answer = await this.#rest.get('/api/v3/exchangeInfo', { symbols }, share)
    if (answer.status !== 200) throw venueError('exchangeInfo', answer)
    const rules = exchangeRules(answer.body)
    this.#limits.setWeightPerMinute(weightPerMinute(answer.body))
    return new Map(rules.map((each) => [each.symbol, each]))
  }

  /** A symbol that the venue does not know, of a chunk that it has refused for one: found by halves. */
  async #badSymbol(refused: readonly Instrument[]): Promise<string> {
    let among = refused
    while (among.length > 1) {
      const half = among.slice(0, among.length / 2)
      try {
        await this.#read(half)
        among = among.slice(half.length)
      } catch (error) {
        if (!isBadSymbol(error)) throw error
        among = half
      }
    }
    return (among[0] as Instrument).symbol
  }

  #keep(asked: readonly Instrument[], bySymbol: ReadonlyMap<string, ExchangeRules>): void {
    for (const instrument of asked) {
      const rules = bySymbol.get(instrument.symbol)
      this.#byInstrument[instrument.index] =
        rules === undefined ? null : rulesOfFilters(instrument, rules.status, rules.filters)
      this.#gone.delete(instrument)
    }
  }

  #drop(asked: readonly Instrument[]): void {
    for (const instrument of asked) {
      this.#byInstrument[instrument.index] = null
      this.#gone.delete(instrument)
    }
  }
}

function notTraded(symbol: string): TidegateError {
  return new TidegateError('INSTRUMENT_MISMATCH', `${symbol} is not traded`, {
    exitCode: EXIT.CONFIGURATION,
  })
}

function isBadSymbol(error: unknown): boolean {
  return error instanceof TidegateError && error.details['code'] === BAD_SYMBOL
}

/** True where the venue was not reached or has asked to wait. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof TidegateError)) return false
  const { code, details } = error
  const { status } = details
  return code === 'VENUE_UNREACHABLE' || code === 'RATE_LIMITED' || status === 429 || status === 418
}
