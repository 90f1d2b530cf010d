import type { PeerResult } from '../replay/peer.ts'
import { figure, judge, type Row, type Section } from './rows.ts'

/*
 * Sections of whole loads: decode against JSON.parse, replay against the peer, memory.
 */

type Nanoseconds = number | { readonly p50: number }

interface DecodeJson {
  readonly native: string
  readonly rows: readonly {
    readonly feed: string
    readonly type: string
    readonly frames: number
    readonly bytes: number
    readonly ns: Readonly<Partial<Record<'typescript' | 'rust' | 'rustBatch' | 'jsonParse', Nanoseconds>>>
  }[]
}

const DECODE_TIMES = 4
const MIXED_PER_SEC = 4e6

function nsOf(value: Nanoseconds | undefined): number | null {
  if (value === undefined) return null
  return typeof value === 'number' ? value : value.p50
}

function decodeRows({ rows }: DecodeJson): Row[] {
  return rows.flatMap(({ feed, type, frames, bytes, ns }): Row[] => {
    const json = nsOf(ns.jsonParse)
    const ways = { TypeScript: nsOf(ns.typescript), Rust: nsOf(ns.rust), 'Rust, batch': nsOf(ns.rustBatch) }
    const best = Math.min(...Object.values(ways).map((way) => way ?? Number.POSITIVE_INFINITY))
    const times = json === null ? null : json / best
    const text = Object.entries(ways)
      .filter(([, way]) => way !== null)
      .map(
        ([name, way]) =>
          `${name} ${figure(way)} ns${json === null ? '' : ` (${figure(json / (way as number))} ×)`}`,
      )
      .join(', ')
    const id = `decode.${feed}.${type}`
    const row: Row = {
      ...{ id, what: `${feed} ${type}, ${bytes} bytes`, unit: 'ns', value: best, better: 'lower', n: frames },
      bound: json === null ? null : `≥ ${DECODE_TIMES} × JSON.parse and exact conversion`,
      verdict: times === null ? 'no bound' : judge(times >= DECODE_TIMES),
      note: `${text}${json === null ? '; the text is no JSON' : `; JSON.parse ${figure(json)} ns`}`,
    }
    if (type !== 'mixed' || feed !== 'binance-spot') return [row]
    const perSec = 1e9 / best
    return [
      row,
      {
        ...{
          id: `${id}.rate`,
          what: `${feed} mixed, as recorded`,
          unit: 'frames/s',
          value: perSec,
          better: 'higher',
        },
        ...{ bound: '≥ 4 M frames/s mixed', verdict: judge(perSec >= MIXED_PER_SEC) },
        note: Object.entries(ways)
          .filter(([, way]) => way !== null)
          .map(([name, way]) => `${name} ${figure(1e3 / (way as number))} M/s`)
          .join(', '),
      },
    ]
  })
}

export const decodeSection: Section = {
  name: 'decode',
  title: 'Decode',
  script: 'decode-native.ts',
  args: [],
  limitMs: 120_000,
  method:
    'Recorded frames in memory to integers in increments; the ways alternate round by round, median of the rounds, ns a frame.',
  rows: decodeRows,
}

interface ReplayJson {
  readonly rows: readonly {
    readonly name: string
    readonly rounds: number
    readonly events: number
    readonly orders: number
    readonly events_per_s: number
    readonly events_per_s_min: number
    readonly events_per_s_max: number
    readonly times_peer: number | null
  }[]
  readonly peer: PeerResult
}

const REPLAY_TIMES: Readonly<Record<string, number>> = { 'decoded ticks': 10, 'raw text': 4 }

export const replaySection: Section = {
  name: 'replay',
  title: 'Replay, beside NautilusTrader',
  script: 'replay.ts',
  args: [],
  limitMs: 420_000,
  method:
    'Both recorded days of spot BTCUSDT, trades and quotes; SMA 50/200 over trades, an order at each cross. Ours: bars, features, gates, every check, order states, venue, ledger, journal on file, inline; each round an engine of its own, median of the rounds after ten that compile. The peer: `engine.run()` alone, quote and trade ticks made before.',
  rows: ({ rows, peer }: ReplayJson) => [
    ...rows.map((row): Row => {
      const times = REPLAY_TIMES[row.name]
      const bounded = times !== undefined
      const beside = row.times_peer === null ? '' : `${row.times_peer} × the peer; `
      return {
        ...{ id: `replay.${row.name}`, what: `replay of ${row.name}`, unit: 'events/s', better: 'higher' },
        ...{ value: row.events_per_s, n: row.events },
        bound: bounded ? `≥ ${times} × NautilusTrader` : null,
        verdict: !bounded
          ? 'no bound'
          : row.times_peer === null
            ? 'not measured'
            : judge(row.times_peer >= times),
        note: `${beside}${row.orders} orders; rounds from ${figure(row.events_per_s_min)} to ${figure(row.events_per_s_max)}${
          bounded && 'missing' in peer ? `; no peer: ${peer.missing}` : ''
        }`,
      }
    }),
    peerRow(peer),
  ],
}

function peerRow(peer: PeerResult): Row {
  const common = { id: 'replay.peer', unit: 'events/s', better: 'higher', bound: null } as const
  if ('missing' in peer) {
    return { ...common, what: 'the peer', value: null, verdict: 'not measured', note: peer.missing }
  }
  const sorted = [...peer.events_per_s].sort((a, b) => a - b)
  return {
    ...{ ...common, what: peer.name, n: peer.events, verdict: 'no bound' },
    value: sorted[Math.floor(sorted.length / 2)] as number,
    note: `${peer.orders} orders; runs ${sorted.map(figure).join(', ')}`,
  }
}

interface FlatJson {
  readonly seconds: number
  readonly events: number
  readonly orders: number
  readonly before_mb: number
  readonly after_mb: number
  readonly growth_mb: number
  readonly slope_mb_per_hour: number
  /** where it is of a run of its own */
  readonly date?: string
  readonly commit?: string
}

interface MemoryJson {
  readonly resident: {
    readonly symbols: number
    readonly frames: number
    readonly orders: number
    readonly levels: number
    readonly highest_mb: number
    readonly median_mb: number
  } | null
  readonly flat: FlatJson
}

const RESIDENT_MB_MAX = 250
const FLAT_SECONDS = 3_600
const FLAT_SHARE_MAX = 0.03

export const memorySection: Section = {
  name: 'memory',
  title: 'Memory',
  script: 'memory.ts',
  args: [],
  limitMs: 900_000,
  method:
    '`tidegate run` as the scripts start it, on 500 symbols over sockets, 15,000 frames/s for 50 s, books of about 1,000 levels a side, a strategy worker: highest resident size of the process from its start to its end, shared pages of Node included. Then one engine that replays the recorded day again and again, with orders and journal: median size of the middle third against the last, and the least-squares slope of both.',
  rows: ({ resident, flat }: MemoryJson) => [residentRow(resident), flatRow(flat)],
}

/** The same with the replay of a run of its own: what `node bench/memory.ts --flat FILE` has written. */
export function withFlat(section: Section, flat: unknown): Section {
  return {
    ...section,
    args: ['--seconds', '0'],
    rows: (json: never, machine) => section.rows({ ...(json as object), flat } as never, machine),
  }
}

function residentRow(resident: MemoryJson['resident']): Row {
  const common = {
    id: 'memory.resident',
    what: 'resident at 500 symbols',
    unit: 'MB',
    better: 'lower',
  } as const
  const bound = '< 250 MB'
  if (resident === null) {
    return { ...common, value: null, bound, verdict: 'not measured', note: 'this system has no /proc' }
  }
  const { highest_mb, median_mb, frames, orders, levels } = resident
  return {
    ...{ ...common, bound, value: highest_mb, p50: median_mb, max: highest_mb },
    verdict: judge(highest_mb < RESIDENT_MB_MAX),
    note: `${figure(frames)} frames, ${orders} orders, ${levels} levels a book`,
  }
}

function flatRow(flatness: FlatJson): Row {
  const { seconds, events, orders, before_mb, after_mb, growth_mb, slope_mb_per_hour } = flatness
  const short = seconds < FLAT_SECONDS
  // Over a short time the slope is noise.
  const flat =
    growth_mb <= FLAT_SHARE_MAX * before_mb && (short || slope_mb_per_hour <= FLAT_SHARE_MAX * before_mb)
  const begun = flatness.date === undefined ? '' : `; begun ${flatness.date} UTC at ${flatness.commit}`
  return {
    ...{ id: 'memory.flat', what: 'growth over a replay at full speed', unit: 'MB', better: 'lower' },
    ...{ value: growth_mb, bound: `flat over an hour (within ${FLAT_SHARE_MAX * 100} %)` },
    verdict: !flat ? 'missed' : short ? 'not measured' : 'met',
    note: `${short ? `${seconds} s of the hour only (the whole: node bench/memory.ts --flat FILE --seconds 3600): ` : ''}${before_mb} → ${after_mb} MB over ${figure(events)} events and ${figure(orders)} orders; slope ${slope_mb_per_hour} MB an hour${begun}`,
  }
}
