import type { z } from 'zod'
import { choice, decimal, flag, integer, list, number, section, text } from './fields.ts'
import type {
  BreakersConfig,
  FeedConfig,
  HealthConfig,
  LagConfig,
  RiskConfig,
  ThrottleConfig,
} from './types.ts'

const amount = (): z.ZodType<string, string | number> => decimal({ min: '0' })
const share = (): z.ZodType<string, string | number> => decimal({ min: '0', max: '1000' })

const throttleSchema: z.ZodType<ThrottleConfig> = section({
  qty_max: amount().nullable().prefault(null).describe('Largest quantity that is left of an order.'),
  value_max: amount().nullable().prefault(null).describe('Largest value that is left of one, quote asset.'),
  participation_max: share()
    .nullable()
    .prefault(null)
    .describe('Largest share of what the market traded in the last minute.'),
  spread_bps_max: number(0, 1_000_000)
    .nullable()
    .default(null)
    .describe('Spread in basis points of the mid from which on the size shrinks in proportion.'),
  volatility_ratio_max: number(0.01, 1_000_000)
    .nullable()
    .default(null)
    .describe('σ of the last 5 returns over σ of the 30 before, from which on it shrinks in proportion.'),
})

export const riskSchema: z.ZodType<RiskConfig> = section({
  order_value_min: amount().prefault('50').describe('Smallest value of an order, quote asset.'),
  order_value_max: amount().prefault('10000').describe('Largest value of an order, quote asset.'),
  order_qty_max: amount().nullable().prefault(null).describe('Largest quantity of an order.'),
  position_qty_max: amount().nullable().prefault(null).describe('Largest position of a symbol, either way.'),
  position_value_max: amount()
    .nullable()
    .prefault(null)
    .describe('Largest value of a symbol’s position, quote asset.'),
  symbol_share_max: share().prefault('0.05').describe('Largest share of equity in one symbol.'),
  total_share_max: share().prefault('0.6').describe('Largest share of equity in all symbols together.'),
  concentration_max: decimal({ min: '0', max: '1' })
    .prefault('1')
    .describe('Largest share of one symbol in gross exposure; 1 is off.'),
  gross_value_max: amount().nullable().prefault(null).describe('Largest gross exposure, quote asset.'),
  net_value_max: amount().nullable().prefault(null).describe('Largest net exposure either way, quote asset.'),
  correlated_share_max: share()
    .nullable()
    .prefault(null)
    .describe('Largest share of equity in symbols that would lose together.'),
  correlation_min: number(0.01, 1)
    .default(0.7)
    .describe('Correlation of returns from which on two symbols count as one, either way.'),
  correlation_samples: integer(2, 10_000).default(60).describe('Returns in the rolling correlation.'),
  correlation_sample_seconds: number(0.001, 86_400)
    .default(60)
    .describe('Time between two prices of the rolling correlation, s.'),
  signal_age_max_seconds: number(0.001, 86_400)
    .default(120)
    .describe('Oldest tick that an order may come from, s by receive time.'),
  data_age_max_seconds: number(0.001, 86_400)
    .default(120)
    .describe('Oldest market data of the symbol, and oldest reference of the collar, s by receive time.'),
  long_only: flag().default(true).describe('A sell never exceeds the held, unreserved quantity.'),
  duplicate_window_ms: integer(0, 3_600_000)
    .default(0)
    .describe('An order of the same content within this window is a duplicate, ms; 0 is off.'),
  daily_loss_share_max: share().prefault('0.02').describe('Loss of a trading day as a share of equity.'),
  collar_bps: number(0, 1_000_000)
    .nullable()
    .default(500)
    .describe('Furthest limit price from a fresh reference, basis points.'),
  reducing_collar_bps: number(0, 1_000_000)
    .nullable()
    .default(2_000)
    .describe('The same for orders that only reduce a position.'),
  orders_per_second_max: integer(1, 100_000).default(100).describe('Orders in any second; cancels are free.'),
  open_orders_max: integer(1, 1_000_000).default(1_000).describe('Open, in-flight and unknown orders.'),
  restricted: list(text('a symbol', 32), 0, 100_000).default([]).describe('Symbols that may not be traded.'),
  throttle: throttleSchema
    .prefault({} as never)
    .describe('What reduces a size before the checks; below the minimum it is refused.'),
})

export const breakersSchema: z.ZodType<BreakersConfig> = section({
  vol_ratio_threshold: number(0, 1_000_000)
    .nullable()
    .default(null)
    .describe('σ of recent returns over σ of the baseline that makes the decision FLAT; 0 is off as well.'),
  vol_recent_n: integer(2, 100_000).default(5).describe('Bars in the recent σ.'),
  vol_baseline_n: integer(2, 100_000).default(30).describe('Bars in the baseline σ.'),
  consecutive_losses_max: integer(0, 1_000_000)
    .nullable()
    .default(null)
    .describe(
      'Realised losses in a row (FIFO) that halt a strategy; only where orders are real; 0 is off as well.',
    ),
  executions_max: integer(1, 100_000)
    .nullable()
    .default(5_000)
    .describe('Orders of a strategy executed within the window that halt it; null is off.'),
  executions_window_seconds: number(0.001, 86_400).default(60).describe('That window, s.'),
  action: choice(['block', 'cancel', 'shutdown'])
    .default('block')
    .describe('What a breaker that halts does beside: nothing, cancel the strategy’s orders, or shut down.'),
})

const LAG_ALLOWED = 'a mapping with shrink_ms and halt_ms, which is not below shrink_ms; or null'

function lag(shrink: number, halt: number, what: string): z.ZodType<LagConfig> {
  return section({
    shrink_ms: number(0, 3_600_000).default(shrink).describe(`${what}: sizes shrink from here on, ms.`),
    halt_ms: number(1, 3_600_000).default(halt).describe(`${what}: nothing is left of a size, ms.`),
  })
    .refine((value) => value.halt_ms >= value.shrink_ms, { error: LAG_ALLOWED })
    .nullable()
    .prefault({})
}

export const healthSchema: z.ZodType<HealthConfig> = section({
  loop_lag: lag(250, 5_000, 'Lag of the main thread’s event loop').describe(
    'The main thread; null does not look.',
  ),
  worker_age: lag(1_000, 5_000, 'Age of the last sign of life of a strategy worker').describe(
    'Strategy workers; null does not look.',
  ),
  journal_lag: lag(500, 5_000, 'Age of the oldest journal record that is not written yet').describe(
    'The journal; null does not look.',
  ),
})

export const feedSchema: z.ZodType<FeedConfig> = section({
  spike_ratio: number(1.000001, 1_000_000)
    .default(5)
    .describe(
      'A trade further than this ratio from the last accepted price, either way, is implausible; before the first trade ' +
        'from the middle of the last quote that is no wider than this ratio. Prices of zero and below are not compared.',
    ),
  late_ms: integer(1, 86_400_000)
    .default(60_000)
    .describe('Event times older than this, beyond the connection’s offset, are flagged, ms.'),
  stale_ms: integer(1, 86_400_000)
    .default(10_000)
    .describe('A symbol without data for so long is halted, ms.'),
  silence_ms: integer(1, 86_400_000)
    .default(30_000)
    .describe('A stream without any frame for so long is an outage, ms.'),
  reconnect_min_ms: integer(1, 3_600_000).default(250).describe('First wait before a reconnect, ms.'),
  reconnect_max_ms: integer(1, 3_600_000).default(30_000).describe('Longest wait before a reconnect, ms.'),
})
