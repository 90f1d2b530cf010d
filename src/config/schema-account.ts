import { z } from 'zod'
import { splitSymbol } from '../domain/instrument.ts'
import { decimal, number, section, text } from './fields.ts'
import { cashSchema } from './schema-venues.ts'
import type { InstrumentConfig } from './types.ts'
import type { AccountConfig, ConversionConfig } from './types-account.ts'

const CASH = '100000'
const ALLOWED = '{rate: DECIMAL}, or {symbol: INSTRUMENT, age_max_seconds: N}'

const conversionSchema: z.ZodType<ConversionConfig> = z.union(
  [
    section({ rate: decimal({ positive: true }) }),
    section({
      symbol: text('an instrument', 32),
      age_max_seconds: number(0.001, 86_400).default(60),
    }),
  ],
  { error: ALLOWED },
)

/** As the file has it; what is null is told by the instruments. */
type AccountFile = Omit<AccountConfig, 'currency' | 'cash'> & {
  readonly currency: string | null
  readonly cash: Readonly<Record<string, string>> | null
}

export const accountSchema: z.ZodType<AccountFile> = section({
  currency: text('an asset name', 16)
    .nullable()
    .default(null)
    .describe('Currency of equity and limits; told by the instruments where they share a quote asset.'),
  cash: cashSchema
    .nullable()
    .default(null)
    .describe(`Balances at the start of a simulated account; ${CASH} of the currency where left out.`),
  equity: decimal({ positive: true })
    .nullable()
    .prefault(null)
    .describe('Fixed equity for limits; otherwise cash plus positions at mark.'),
  conversion: z
    .record(text('an asset name', 16), conversionSchema, { error: 'a mapping from asset to its rate' })
    .default({})
    .meta({ 'x-allowed': `mapping from asset to ${ALLOWED}` })
    .describe(
      'Worth of other quote assets in the currency: a fixed `rate`, or the price of an instrument that trades the two, not older than `age_max_seconds` (60). Without a fresh rate orders that need it are denied.',
    ),
})

/** The quote asset as it is configured, or as the symbol tells it. */
export function quoteAssetOf({ symbol, quote_asset }: InstrumentConfig): string {
  return quote_asset ?? splitSymbol(symbol).quote
}

/** The base asset in the same way. */
export function baseAssetOf({ symbol, base_asset }: InstrumentConfig): string {
  return base_asset ?? splitSymbol(symbol).base
}

/** The account with what the file leaves out: the first instrument names the currency. */
export function resolveAccount(file: AccountFile, instruments: readonly InstrumentConfig[]): AccountConfig {
  const currency = file.currency ?? quoteAssetOf(instruments[0] as InstrumentConfig)
  return { ...file, currency, cash: file.cash ?? { [currency]: CASH } }
}
