import { z } from 'zod'
import type { ReasonName } from '../domain/reasons.ts'
import { REASON } from '../domain/reasons.ts'
import { choice, decimal, flag, identifier, integer, list, number, secret, section, text } from './fields.ts'
import { accountSchema, resolveAccount } from './schema-account.ts'
import { controlSchema } from './schema-control.ts'
import { breakersSchema, feedSchema, healthSchema, riskSchema } from './schema-risk.ts'
import { strategySchema } from './schema-strategies.ts'
import { instrumentSchema, replaySchema, simSchema, venueSchema } from './schema-venues.ts'
import { type ConfigFile, MODES } from './types.ts'

/** Longest node id: a client order id, which holds it, has at most 36 characters. */
export const NODE_ID_LENGTH_MAX = 12

const REASON_NAMES = Object.keys(REASON) as [ReasonName, ...ReasonName[]]
const DURABILITY = ['process', 'power'] as const

const nodeSchema = section({
  id: identifier(NODE_ID_LENGTH_MAX).describe('Name of this node; part of every client order id.'),
})

const feesSchema = section({
  bps: decimal({ min: '0', max: '10000' })
    .prefault('0')
    .describe('Fee of the simulated venue, basis points.'),
  asset: choice(['quote', 'received']).default('quote').describe('Asset that it is taken in.'),
})

const workersSchema = section({
  wait: choice(['spin', 'spin-then-park', 'park'])
    .default('park')
    .describe('How a strategy worker waits for ticks; spin needs a core of its own.'),
  spin_us: integer(0, 1_000_000).default(50).describe('How long spin-then-park spins, µs.'),
  tick_ring_slots: integer(64, 4_194_304)
    .default(65_536)
    .describe(
      'Ticks that a worker may lag; rounded up to a power of two. In a live run, ticks that find the ring full are dropped and counted, and their symbol is halted as STALE until a look finds fresh data; a burst that must not do so needs a longer ring.',
    ),
  intent_ring_slots: integer(16, 65_536).default(1_024).describe('Intents that may wait; a full ring halts.'),
  hang_ms: integer(10, 600_000).default(5_000).describe('A worker without progress for so long is hung, ms.'),
  stop_ms: integer(1, 60_000)
    .default(1_000)
    .describe('A worker that was asked to stop is ended by force after, ms.'),
})

const killSchema = section({
  lock_file: text('a path').default('kill.lock').describe('Its presence halts; relative to `state_dir`.'),
  halted_file: text('a path')
    .nullable()
    .default(null)
    .describe('Truthy content halts, and so does a missing or unreadable file.'),
  poll_ms: integer(10, 60_000).default(200).describe('How often the files are looked at, ms.'),
  action: choice(['block', 'cancel', 'shutdown'])
    .default('block')
    .describe('Block; block and cancel all of ours; or that and then shut down.'),
  reducible: list(choice(REASON_NAMES), 0, REASON_NAMES.length)
    .default([])
    .describe(
      'Halt reasons, beside PAUSE and BREAKER, under which an order that only reduces a position may still leave.',
    ),
})

const guardianSchema = section({
  api_key: secret()
    .nullable()
    .prefault(null)
    .describe('Key of the guardian: its own, with the least rights.'),
  api_secret: secret().nullable().prefault(null).describe('Secret of that key, as for a venue.'),
  key_type: choice(['hmac', 'ed25519']).default('hmac').describe('How its requests are signed.'),
  stall_ms: integer(1_000, 600_000)
    .default(5_000)
    .describe('An engine without progress for so long is fenced, and its orders are cancelled, ms.'),
  fence_ms: integer(0, 60_000).default(2_000).describe('From SIGUSR2 to SIGKILL, ms.'),
})

const shutdownSchema = section({
  total_seconds: number(0.1, 3_600).default(9.5).describe('All of shutdown ends within, s.'),
  drain_seconds: number(0, 3_600).default(8).describe('Longest wait for submissions in flight, s.'),
  scope: choice(['own', 'account'])
    .default('own')
    .describe('Whose orders must be gone at the end: ours by prefix, or all of the account.'),
})

const journalSchema = section({
  intent: choice(DURABILITY)
    .default('process')
    .describe('An order is on record before it leaves: written, or synced.'),
  latch: choice(DURABILITY).default('power').describe('The same for the kill latch.'),
  segment_bytes: integer(4_096, 1_073_741_824)
    .default(67_108_864)
    .describe('Size at which a segment is closed.'),
})

const logSchema = section({
  level: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least level that is written.'),
  terminal: flag().default(true).describe('Readable lines on stderr.'),
  file_bytes_max: integer(4_096, 1_073_741_824)
    .default(16_777_216)
    .describe('Size at which a log file is rotated.'),
  files_kept: integer(1, 1_000).default(5).describe('Rotated log files that are kept.'),
})

/** The whole configuration file. */
export const configSchema: z.ZodType<ConfigFile> = section({
  node: nodeSchema,
  mode: choice(MODES)
    .default('dry-run')
    .describe('dry-run: live feeds, orders stay in the process; paper: a test environment; live: real.'),
  state_dir: text('a path')
    .nullable()
    .default(null)
    .describe('State of the node; `./.tidegate/<node id>` where left out.'),
  arm: choice(['auto', 'operator']).default('auto').describe('Who arms after a first start or a clean stop.'),
  poll: flag().default(false).describe('Poll instead of sleeping: lower latency for a core of its own.'),
  native: choice(['auto', 'off']).default('auto').describe('The native module, where it is built.'),
  instruments: list(instrumentSchema, 1, 1_024).describe('What can be traded.'),
  venues: z
    .record(identifier(), venueSchema, { error: 'a mapping from venue id to venue' })
    .describe('Where it is traded.'),
  account: accountSchema.prefault({} as never).describe('Money.'),
  strategies: list(strategySchema, 0, 64).default([]).describe('Who trades.'),
  fees: feesSchema.prefault({}).describe('Fees of the simulated venue.'),
  risk: riskSchema.prefault({} as never).describe('Pre-trade limits.'),
  breakers: breakersSchema.prefault({} as never).describe('Circuit breakers of each strategy.'),
  health: healthSchema.prefault({}).describe('How far the engine may lag behind before it trades less.'),
  feed: feedSchema.prefault({} as never).describe('Judgement of market data.'),
  clock: section({
    future_ms: integer(1, 86_400_000)
      .default(5_000)
      .describe('Event times further in the future, beyond the connection’s offset, are flagged, ms.'),
  })
    .prefault({})
    .describe('Bounds of time.'),
  workers: workersSchema.prefault({}).describe('Strategy workers.'),
  kill: killSchema.prefault({}).describe('Kill switch.'),
  control: controlSchema
    .prefault({} as never)
    .describe('The operator’s door, and the watch over the main thread.'),
  guardian: guardianSchema.prefault({}).describe('`tidegate guardian`, the process that watches the engine.'),
  shutdown: shutdownSchema.prefault({}).describe('The way down.'),
  journal: journalSchema.prefault({}).describe('The record.'),
  replay: replaySchema.prefault({} as never).describe('Recordings and the simulated venue in the process.'),
  sim: simSchema.prefault({} as never).describe('`tidegate venue`: the simulated venue as a server.'),
  log: logSchema.prefault({}).describe('Logs, in `state_dir/logs` and on the terminal.'),
}).transform((file) => ({
  ...file,
  state_dir: file.state_dir ?? `./.tidegate/${file.node.id}`,
  account: resolveAccount(file.account, file.instruments),
}))
