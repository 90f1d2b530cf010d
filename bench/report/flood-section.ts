import type { FloodResult } from '../flood.ts'
import { figure, judge, type Row, type Section } from './rows.ts'

/** What the rate must be, of which so much may be lost to the pace of the sender. */
const FRAMES_PER_SEC = 50_000
const PACE_SHARE_MIN = 0.98
/** Frames that are older than this at the end have queued up. */
const AGE_END_US_MAX = 100_000

function row(flood: FloodResult): Row {
  const { age_us: age, age_end_us: ageEnd, cores_used: cores } = flood
  const paced = flood.sent_per_s >= FRAMES_PER_SEC * PACE_SHARE_MIN
  const good =
    flood.frames_lost === 0 && flood.trades_lost === 0 && cores <= 1 && ageEnd.p99 <= AGE_END_US_MAX
  return {
    ...{ id: 'flood.rate', what: 'live frames, inline', unit: 'frames/s', better: 'higher' },
    ...{ value: flood.sent_per_s, n: flood.frames },
    offered: `${figure(flood.offered_per_s)} frames/s`,
    bound: `${figure(FRAMES_PER_SEC)} frames/s on one core, none lost`,
    verdict: good && !(paced && flood.cores > 1) ? 'not measured' : judge(good),
    note: `lost ${flood.frames_lost} frames, ${flood.trades_lost} of ${figure(flood.trades)} trades; ${figure(cores)} cores of processor time; ${flood.orders} orders; age p50 ${figure(age.p50)}, p99 ${figure(age.p99)} µs, of the last tenth ${figure(ageEnd.p50)} and ${figure(ageEnd.p99)}`,
  }
}

export const floodSection: Section = {
  name: 'flood',
  title: 'Live frames on one core',
  script: 'flood.ts',
  args: [],
  limitMs: 60_000,
  method:
    'Both recorded days of spot BTCUSDT over a real socket at an even rate, from a venue that spins in another process; SMA cross over bars of a second, every check on, inline, the main thread asleep between frames. The age of a frame counts from its hand-over at the venue to the engine’s `data` event. Processor time is that of all threads of the engine.',
  rows: (flood: FloodResult) => [row(flood)],
}
