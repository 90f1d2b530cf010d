import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { Problem } from '../../src/config/problems.ts'
import type { Config } from '../../src/config/types.ts'
import { TidegateError } from '../../src/core/errors.ts'
import { moneyFromText, moneyToText } from '../../src/core/money.ts'
import { conversionOf, instrumentTable, openEquity } from '../../src/engine/from-config.ts'
import { Portfolio } from '../../src/engine/portfolio.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { inProcess } from '../cli/in-process.ts'
import { FakeMarket } from '../risk/support.ts'
import { SAMPLE, writeConfig } from './sample.ts'

const BTCUSDT = SAMPLE.split('\n').find((line) => line.includes('symbol: BTCUSDT')) as string
const other = (symbol: string, keys = ''): string =>
  `\n  - {symbol: ${symbol}, venue: sim, price_increment: "0.0001", qty_increment: "0.1"${keys}}`
const withAccount = (account: string, instruments = ''): string =>
  `${SAMPLE.replace(BTCUSDT, BTCUSDT + instruments)}${account === '' ? '' : `account: ${account}\n`}`
const load = (text: string): Config => loadConfig(writeConfig(text), {})

function problems(text: string): readonly Problem[] {
  try {
    load(text)
  } catch (error) {
    if (error instanceof TidegateError) return error.details['problems'] as readonly Problem[]
    throw error
  }
  return []
}

function portfolioOf(config: Config): Portfolio {
  const instruments = instrumentTable(config).all()
  const market = new FakeMarket()
  market.reference = 10_917
  market.referenceAtNs = 0
  const conversion = conversionOf(config, instruments, market, () => 0)
  const portfolio = new Portfolio(instruments, new OrderStore(), new Ledger(), null, conversion)
  openEquity(config, portfolio)
  return portfolio
}

const equityText = (config: Config): string => moneyToText(portfolioOf(config).equity() ?? -1n)

describe('the account', () => {
  it('R10: its currency is the quote asset of the instruments, and its cash so much of it, where nothing is said', () => {
    expect(load(SAMPLE).account).toEqual({
      currency: 'USDT',
      cash: { USDT: '100000' },
      equity: null,
      conversion: {},
    })
    const euro = load(SAMPLE.replace('calendar: "24/7"', 'quote_asset: EUR'))
    expect(euro.account).toMatchObject({ currency: 'EUR', cash: { EUR: '100000' } })
    expect(equityText(euro)).toBe('100000')
  })

  it('R10: a second quote asset without a rate is refused, and the rate that is missing named', () => {
    expect(problems(withAccount('', other('BTCEUR')))).toMatchObject([
      {
        path: 'account.conversion',
        allowed: 'a rate of EUR, which BTCEUR is quoted in, into account.currency USDT',
      },
    ])
    expect(problems(withAccount('{currency: EUR}'))).toMatchObject([
      { allowed: expect.stringContaining('a rate of USDT, which BTCUSDT is quoted in') },
    ])
  })

  it.each([
    ['{EUR: {rate: "0"}}', 'account.conversion.EUR.rate'],
    ['{EUR: {}}', 'account.conversion.EUR'],
    ['{EUR: 1.09}', 'account.conversion.EUR'],
    ['{EUR: {symbol: EURUSDT, age_max_seconds: 0}}', 'account.conversion.EUR.age_max_seconds'],
    ['{EUR: {symbol: EURUSD}}', 'account.conversion.EUR.symbol'],
    ['{EUR: {symbol: BTCUSDT}}', 'account.conversion.EUR.symbol'],
    ['{EUR: {symbol: BTCEUR}}', 'account.conversion.EUR.symbol'],
    ['{EUR: {rate: "1.09"}, USDT: {rate: "1"}}', 'account.conversion.USDT'],
  ])('R10: a conversion of %s is refused at %s', (conversion, key) => {
    const found = problems(withAccount(`{conversion: ${conversion}}`, other('BTCEUR') + other('EURUSDT')))
    expect(found.map((problem) => problem.path)).toEqual([key])
  })

  it('R10: rates reach the engine: a fixed one, and one of an instrument either way round', () => {
    const fixed = load(withAccount('{conversion: {EUR: {rate: 1.0917}}}', other('BTCEUR')))
    expect(portfolioOf(fixed).conversion?.toAccount(0, moneyFromText('100'))).toBe(moneyFromText('109.17'))
    const market =
      '{conversion: {EUR: {symbol: EURUSDT, age_max_seconds: 5}}, cash: {USDT: 10, EUR: 100, BTC: 3}}'
    const live = load(withAccount(market, other('BTCEUR') + other('EURUSDT')))
    const { conversion } = portfolioOf(live)
    expect([conversion?.ageNsMax(0), conversion?.fault(0)]).toEqual([5e9, null])
    expect(equityText(live)).toBe('119.17')
    const inverse = withAccount(
      '{currency: EUR, conversion: {USDT: {symbol: EURUSDT}}, cash: {USDT: 1091.7}}',
      other('EURUSDT'),
    )
    // No EUR is named: where equity starts is not known.
    expect(portfolioOf(load(inverse)).equity()).toBeNull()
    expect(portfolioOf(load(inverse)).conversion?.ageNsMax(0)).toBe(60e9)
    expect(equityText(load(inverse.replace('1091.7}', '1091.7, EUR: 0}')))).toBe('1000')
  })

  it('R10: a configured equity stands for all cash', () => {
    const text = '{equity: 500, cash: {USDT: 10, EUR: 100}, conversion: {EUR: {rate: 1.1}}}'
    expect(equityText(load(withAccount(text, other('BTCEUR'))))).toBe('500')
  })

  it('R10: margin rate and settlement reach the instrument', () => {
    const [plain] = instrumentTable(load(SAMPLE)).all()
    expect(plain).toMatchObject({ settlement: 'full', marginRate: '1' })
    const text = SAMPLE.replace('calendar: "24/7"', 'settlement: margin, margin_rate: 0.05')
    expect(instrumentTable(load(text)).get(0)).toMatchObject({ settlement: 'margin', marginRate: '0.05' })
    for (const rate of ['0', '1.5', '0.1234567']) {
      const found = problems(SAMPLE.replace('calendar: "24/7"', `margin_rate: "${rate}"`))
      expect(found.map((problem) => problem.path)).toEqual(['instruments[0].margin_rate'])
    }
  })

  it('R10: a replay of recorded BTCUSDT for an account in euros judges and sizes in euros', async () => {
    // 0.01 BTC are some 617 USDT, and 565 EUR at 0.916.
    const yaml = `node: {id: eur}
mode: dry-run
instruments: [{symbol: BTCUSDT, venue: sim, price_increment: "0.01", qty_increment: "0.00001"}]
venues: {sim: {kind: sim}}
account: {currency: EUR, conversion: {USDT: {rate: "0.916"}}}
risk: {order_value_max: "600"}
strategies:
  - id: sma
    file: ${path.resolve('examples/strategies/sma-cross.ts')}
    symbols: [BTCUSDT]
    placement: inline
    bar_period_seconds: 1
    warmup_bars: 21
    params: {window: 20}
    order: {sizing: {target: {long: "0.01"}}, type: market, time_in_force: IOC}
replay: {data: [${path.resolve('test/fixtures/binance-raw/spot_btcusdt_20240808.gz')}]}
`
    const file = writeConfig(yaml)
    const orders = async (): Promise<{ filled: number; denied: Record<string, number> }> =>
      JSON.parse((await inProcess(['replay', '--config', file, '--json'])).stdout).orders
    const converted = await orders()
    expect(converted.denied).toEqual({})
    expect(converted.filled).toBeGreaterThan(5)
    writeFileSync(file, yaml.replace('0.916', '1'))
    const atPar = await orders()
    expect(atPar.filled).toBe(0)
    expect(Object.keys(atPar.denied)).toEqual(['ORDER_VALUE_MAX'])
  })
})
