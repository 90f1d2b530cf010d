import type { Conflict } from './problems.ts'
import { baseAssetOf, quoteAssetOf } from './schema-account.ts'
import { didYouMean } from './suggest.ts'
import type { ConfigFile } from './types.ts'

/** Every quote asset has a rate into the account's currency, and every rate can be told. */
export function accountConflicts({ account, instruments }: ConfigFile): Conflict[] {
  const { currency, conversion } = account
  const missing = new Map<string, string>()
  for (const instrument of instruments) {
    const asset = quoteAssetOf(instrument)
    if (asset !== currency && !Object.hasOwn(conversion, asset)) missing.set(asset, instrument.symbol)
  }
  return [
    ...[...missing].map(([asset, symbol]) => ({
      path: ['account', 'conversion'],
      allowed: `a rate of ${asset}, which ${symbol} is quoted in, into account.currency ${currency}`,
    })),
    ...Object.keys(conversion).flatMap((asset) => ruleConflicts(asset, { account, instruments })),
  ]
}

function ruleConflicts(
  asset: string,
  { account, instruments }: Pick<ConfigFile, 'account' | 'instruments'>,
): Conflict[] {
  const { currency, conversion } = account
  const rule = conversion[asset] as (typeof conversion)[string]
  if (asset === currency) {
    return [{ path: ['account', 'conversion', asset], allowed: 'another asset than account.currency' }]
  }
  if ('rate' in rule) return []
  const path = ['account', 'conversion', asset, 'symbol']
  const instrument = instruments.find(({ symbol }) => symbol === rule.symbol)
  if (instrument === undefined) {
    const symbols = instruments.map(({ symbol }) => symbol)
    return [{ path, allowed: didYouMean(rule.symbol, symbols, 'one of the instruments ') }]
  }
  const traded = [baseAssetOf(instrument), quoteAssetOf(instrument)]
  return traded.includes(asset) && traded.includes(currency)
    ? []
    : [{ path, allowed: `an instrument that trades ${asset} against ${currency}` }]
}
