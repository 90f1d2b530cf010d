import { z } from 'zod'
import { ORDER_TYPES, TIMES_IN_FORCE } from '../domain/order.ts'
import { choice, decimal, identifier, integer, list, number, section, text } from './fields.ts'
import type { OrderTemplateConfig, SizingConfig, StrategyConfig } from './types.ts'

const SIZING_ALLOWED =
  'exactly one of fixed (quantity), notional (value), equity_share (0 to 1) and target {long, short} (positions)'

const sizingSchema: z.ZodType<SizingConfig> = section({
  fixed: decimal({ positive: true }).optional().describe('Quantity of each order.'),
  notional: decimal({ positive: true }).optional().describe('Value of each order in the quote asset.'),
  equity_share: decimal({ positive: true, max: '1' }).optional().describe('Value as a share of equity.'),
  target: section({
    long: decimal({ min: '0' }).describe('Position after BUY.'),
    short: decimal({ min: '0' }).prefault('0').describe('Short position after SELL, as a positive quantity.'),
  })
    .optional()
    .describe('Position that an action goes to, in whole quantity increments; the order is the difference.'),
})
  .refine((value) => Object.values(value).filter((form) => form !== undefined).length === 1, {
    error: SIZING_ALLOWED,
  })
  .transform((value) => value as SizingConfig)

const orderSchema: z.ZodType<OrderTemplateConfig> = section({
  sizing: sizingSchema.describe(`How much: ${SIZING_ALLOWED}.`),
  type: choice(ORDER_TYPES).default('market').describe('Order type.'),
  time_in_force: choice(TIMES_IN_FORCE).default('IOC').describe('Time in force.'),
  working_orders_per_side: integer(1, 1_000)
    .default(1)
    .describe('Orders of one side that may work at once; the duplicate check denies beyond.'),
  limit_offset_increments: integer(-1_000_000, 1_000_000)
    .default(0)
    .describe(
      'Limit price away from the reference, in increments; positive pays up (buy above, sell below), negative rests behind it.',
    ),
  stop_offset_increments: integer(0, 1_000_000)
    .default(0)
    .describe('Stop trigger beyond the reference, in increments (buy above, sell below).'),
})

export const strategySchema: z.ZodType<StrategyConfig> = section({
  id: identifier().describe('Name in orders, journal and status.'),
  file: text('a path').describe('The strategy file.'),
  symbols: list(text('a symbol', 32), 1, 1_024).describe('Symbols that it trades.'),
  placement: choice(['worker', 'inline'])
    .default('worker')
    .describe(
      'worker: a thread of its own, a slow model hurts nothing; inline: the main thread, lowest latency.',
    ),
  bar_period_seconds: number(0.001, 86_400).default(60).describe('Length of a bar, s.'),
  bar_source: choice(['trades', 'quotes', 'bars'])
    .nullable()
    .default(null)
    .describe('Bars of trades, of mids, or ready-made; null: as the strategy says.'),
  decide_on: choice(['bar', 'tick'])
    .nullable()
    .default(null)
    .describe('When the model decides; the strategy file says where this is left out.'),
  warmup_bars: integer(0, 100_000).default(0).describe('Closed bars before the first decision.'),
  deadline_ms: number(0.01, 60_000)
    .default(1_000)
    .describe('A feature, bar or model call that takes longer gives HOLD, ms.'),
  params: z
    .record(z.string(), z.unknown(), { error: 'a mapping' })
    .default({})
    .describe("The strategy's own parameters, handed to it as they are."),
  order: orderSchema.describe('How an action becomes an order.'),
})
