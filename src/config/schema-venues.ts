import { z } from 'zod'
import { CALENDAR_NAMES } from '../domain/calendar.ts'
import {
  choice,
  decimal,
  flag,
  identifier,
  integer,
  list,
  number,
  secret,
  section,
  text,
  url,
} from './fields.ts'
import type { InstrumentConfig, SimConfig, VenueConfig } from './types.ts'
import { FILL_MODELS } from './types.ts'

const splitSchema = section({
  date: text('a date "YYYY-MM-DD"', 10)
    .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'a date "YYYY-MM-DD"' })
    .describe('Session from which on prices are the new ones.'),
  ratio: text('new shares to old, "7:1"', 32)
    .regex(/^\d{1,9}(?:\.\d{1,9})?:\d{1,9}(?:\.\d{1,9})?$/, { error: 'new shares to old, "7:1"' })
    .describe('New shares to old; "7:1" makes seven of one.'),
})

const amount = (): z.ZodType<string, string | number> => decimal({ min: '0' })
const bps = (): z.ZodOptional<z.ZodNullable<z.ZodNumber>> => number(0, 1_000_000).nullable().optional()

const symbolLimitsSchema = section({
  order_value_min: amount().optional().describe('Smallest value of an order, quote asset.'),
  order_value_max: amount().optional().describe('Largest value of an order, quote asset.'),
  order_qty_max: amount().nullable().optional().describe('Largest quantity of an order.'),
  position_qty_max: amount().nullable().optional().describe('Largest position, either way.'),
  position_value_max: amount().nullable().optional().describe('Largest value of the position, quote asset.'),
  symbol_share_max: decimal({ min: '0', max: '1000' }).optional().describe('Largest share of equity in it.'),
  collar_bps: bps().describe('Furthest limit price from a fresh reference, basis points.'),
  reducing_collar_bps: bps().describe('The same for orders that only reduce the position.'),
})

export const instrumentSchema: z.ZodType<InstrumentConfig> = section({
  symbol: text('a symbol as the venue writes it', 32).describe('Symbol, as the venue writes it.'),
  venue: identifier().describe('Key of the venue in `venues`.'),
  price_increment: decimal({ positive: true }).describe('Smallest step of a price.'),
  qty_increment: decimal({ positive: true }).describe('Smallest step of a quantity.'),
  multiplier: decimal({ positive: true })
    .prefault('1')
    .describe('Contract multiplier: value = price × quantity × multiplier.'),
  base_asset: text('an asset name', 16)
    .nullable()
    .default(null)
    .describe('What is bought; told by the symbol.'),
  quote_asset: text('an asset name', 16)
    .nullable()
    .default(null)
    .describe('What is paid with; told by the symbol.'),
  calendar: choice(CALENDAR_NAMES).default('24/7').describe('Trading sessions.'),
  extended_hours: flag().default(false).describe('Trade before and after the regular session.'),
  allows_negative_price: flag().default(false).describe('Prices below zero are valid.'),
  shortable: flag().default(true).describe('May be sold short.'),
  settlement: choice(['full', 'margin'])
    .default('full')
    .describe('A fill moves base and quote asset, or only its gains move cash.'),
  margin_rate: decimal({ positive: true, max: '1' })
    .refine((value) => /^\d+(\.\d{1,6})?$/.test(value), { error: 'at most six decimal places' })
    .prefault('1')
    .describe(
      'Share of its worth that a position ties up of the equity; 1 is fully paid, 0.1 ten times leverage.',
    ),
  splits: list(splitSchema, 0, 1_000)
    .default([])
    .describe('Splits: a price of before is held against the new ones in their terms.'),
  limits: symbolLimitsSchema
    .default({})
    .describe('Limits of this symbol alone, over those of `risk`; what is left out is as there.'),
})

const account = identifier()
  .default('main')
  .describe('Account at the venue, as positions and fills are kept.')

const binanceSpotSchema = section({
  kind: z.literal('binance-spot'),
  environment: choice(['paper', 'live'])
    .nullable()
    .default(null)
    .describe('Whether orders there are real; told by the URL: loopback and the test network are paper.'),
  account,
  rest_url: url('http', 'https').default('https://api.binance.com').describe('REST: queries and cancels.'),
  ws_url: url('ws', 'wss').default('wss://stream.binance.com:9443').describe('Market data streams.'),
  ws_api_url: url('ws', 'wss')
    .nullable()
    .default(null)
    .describe('Order entry; `/ws-api/v3` of `ws_url`, or the official one where `ws_url` is official.'),
  api_key: secret().nullable().prefault(null).describe('API key.'),
  api_secret: secret().nullable().prefault(null).describe('HMAC secret, or the Ed25519 private key as PEM.'),
  key_type: choice(['hmac', 'ed25519']).default('hmac').describe('How requests are signed.'),
  recv_window_ms: integer(1, 60_000).default(5_000).describe('How late a signed request may arrive, ms.'),
  request_timeout_ms: integer(10, 60_000)
    .default(3_000)
    .describe('A request without an answer for so long has an unknown outcome, ms.'),
})

const simVenueSchema = section({ kind: z.literal('sim'), account })

export const VENUE_KINDS = ['binance-spot', 'sim'] as const

export const venueSchema: z.ZodType<VenueConfig> = z.discriminatedUnion(
  'kind',
  [binanceSpotSchema, simVenueSchema],
  { error: `a mapping whose kind is one of ${VENUE_KINDS.join(', ')}` },
)

export const cashSchema: z.ZodType<Readonly<Record<string, string>>> = z.record(
  text('an asset name', 16),
  decimal({ min: '0' }),
  { error: 'a mapping from asset to amount' },
)

const dataFiles = z.array(text('a path'), { error: 'a list of paths' }).max(1024).default([])

export const replaySchema: z.ZodType<{
  fill_model: 'next-trade' | 'top-of-book'
  latency_ms: number
  data: string[]
}> = section({
  fill_model: choice(FILL_MODELS)
    .default('next-trade')
    .describe('How the simulated venue inside the process fills, in `replay`, `scenario` and mode dry-run.'),
  latency_ms: number(0, 60_000).default(0).describe('Way to that venue, in ms of the virtual clock.'),
  data: dataFiles.describe('Recordings, where `--data` names none.'),
})

export const simSchema: z.ZodType<SimConfig> = section({
  listen: text('HOST:PORT', 256).default('127.0.0.1:9080').describe('Address of `tidegate venue`.'),
  data: dataFiles.describe('Recordings that it plays.'),
  speed: z
    .union([z.literal('max'), z.number().positive().max(100_000)], { error: 'max or a number above 0' })
    .default(1)
    .describe('Times real time; max is as fast as the clients take it.'),
  start_on: choice(['subscribe', 'listen', 'request'])
    .default('subscribe')
    .describe('Play from the first subscription, at once, or when `/sim/start` is asked for.'),
  latency_ms: number(0, 60_000).default(0).describe('Delay of each answer, ms.'),
  fill_model: choice(FILL_MODELS).default('next-trade').describe('How it fills.'),
  cash: cashSchema.prefault({ USDT: '1000000', BTC: '10' }).describe('Balances at the start.'),
  seed: integer(0, 2_147_483_647).default(1).describe('Seed of rejects and delays.'),
  reject_share: number(0, 1).default(0).describe('Share of orders that it rejects.'),
  api_key: secret().nullable().prefault(null).describe('Key that it accepts; any where none is named.'),
  api_secret: secret().nullable().prefault(null).describe('Secret of that key, or the Ed25519 public key.'),
})
