import { figure, judge, type Row, type Section } from './rows.ts'

/*
 * Sections of single steps: what each script's JSON says, as rows.
 */

interface GateJson {
  readonly rows: readonly {
    readonly name: string
    readonly p50_ns: number
    readonly net_ns: number
    readonly p99_ns: number
  }[]
}

const GATE_NS_MAX = 10
const GATES: ReadonlySet<string> = new Set(['gate 1', 'gate 2', 'gate 2, reducing'])

export const gateSection: Section = {
  name: 'gate',
  title: 'Gate checks',
  script: 'gate.ts',
  args: [],
  limitMs: 60_000,
  method:
    'mitata, sixteen routes in turn; the figure includes the loop and the look-up of the route (`nothing`).',
  rows: ({ rows }: GateJson) =>
    rows.map(({ name, p50_ns, net_ns, p99_ns }): Row => {
      const bounded = GATES.has(name)
      return {
        ...{ id: `gate.${name}`, what: name, unit: 'ns', better: 'lower', value: p50_ns },
        ...{ p50: p50_ns, p99: p99_ns, note: `without the loop ${figure(net_ns)} ns` },
        bound: bounded ? 'p50 ≤ 10 ns, aim 5' : null,
        verdict: bounded ? judge(p50_ns <= GATE_NS_MAX) : 'no bound',
      }
    }),
}

interface RingJson {
  readonly rows: readonly {
    readonly name: string
    readonly count: number
    readonly p50_ns?: number
    readonly p99_ns?: number
    readonly p999_ns?: number
    readonly max_ns?: number
    readonly per_s?: number
    readonly mean_ns?: number
  }[]
}

export const ringSection: Section = {
  name: 'ring',
  title: 'Ring hops',
  script: 'ring.ts',
  args: [],
  limitMs: 90_000,
  method:
    'Tick out and intent back through the rings to a worker that answers at once; main and worker a core each.',
  rows: ({ rows }: RingJson, { cores }) =>
    rows.map((row): Row => {
      const perSec = row.per_s !== undefined
      return {
        ...{ id: `ring.${row.name}`, what: row.name, unit: perSec ? 'ticks/s' : 'ns' },
        value: row.per_s ?? row.p50_ns ?? row.mean_ns ?? null,
        better: perSec ? 'higher' : 'lower',
        ...percentiles(row),
        ...{ n: row.count, bound: null, verdict: cores >= 2 ? 'no bound' : 'not measured' },
        note: row.mean_ns === undefined ? '' : 'mean a tick',
      }
    }),
}

interface RiskJson {
  readonly rows: readonly {
    readonly instruments: number
    readonly p50_ns: number
    readonly p99_ns: number
    readonly p999_ns: number
    readonly max_ns: number
  }[]
}

/** All pre-trade checks together, hot. */
const CHECKS_NS_MAX = 5_000

export const riskSection: Section = {
  name: 'risk',
  title: 'Pre-trade checks',
  script: 'risk.ts',
  args: [],
  limitMs: 60_000,
  method:
    'Every check on, from draft to verdict, 50 orders a sample; the portfolio is a table whose equity always changes.',
  rows: ({ rows }: RiskJson) =>
    rows.map(
      (row): Row => ({
        ...{ id: `risk.${row.instruments}`, what: `all checks, ${row.instruments} held symbols`, unit: 'ns' },
        ...{
          value: row.p50_ns,
          better: 'lower',
          ...percentiles(row),
          bound: `p50 < ${CHECKS_NS_MAX} ns`,
          verdict: judge(row.p50_ns < CHECKS_NS_MAX),
          note: '',
        },
      }),
    ),
}

interface JournalJson {
  readonly rows: readonly {
    readonly what: string
    readonly n: number
    readonly p50_ns: number
    readonly p99_ns: number
    readonly mean_ns: number
  }[]
  readonly verify: { readonly records: number; readonly records_per_s: number }
}

export const journalSection: Section = {
  name: 'journal',
  title: 'Journal, order states, ledger',
  script: 'journal.ts',
  args: [],
  limitMs: 90_000,
  method:
    'An append is a line, its hash and its write (`process`), or a sync as well (`power`); each call timed alone.',
  rows: ({ rows, verify }: JournalJson) => [
    ...rows.map(
      (row): Row => ({
        ...{ id: `journal.${row.what}`, what: row.what, unit: 'ns', value: row.p50_ns, better: 'lower' },
        ...{ ...percentiles(row), n: row.n, bound: null, verdict: 'no bound' },
        note: `mean ${figure(row.mean_ns)} ns`,
      }),
    ),
    {
      ...{ id: 'journal.verify', what: 'verify a journal', unit: 'records/s', value: verify.records_per_s },
      ...{ better: 'higher', n: verify.records, bound: null, verdict: 'no bound', note: '' },
    },
  ],
}

interface StrategyJson {
  readonly rows: readonly {
    readonly name: string
    readonly ns_per_tick: { readonly p50: number; readonly max: number }
  }[]
}

export const strategySection: Section = {
  name: 'strategy',
  title: 'Strategy side',
  script: 'strategy.ts',
  args: [],
  limitMs: 60_000,
  method: 'A tick from gate 1 to HOLD: bars, features, model; median of 40 rounds of 65,536 ticks.',
  rows: ({ rows }: StrategyJson) =>
    rows.map(
      ({ name, ns_per_tick: ns }): Row => ({
        ...{ id: `strategy.${name}`, what: name, unit: 'ns', value: ns.p50, better: 'lower' },
        ...{ p50: ns.p50, max: ns.max, bound: null, verdict: 'no bound', note: 'max is of a round' },
      }),
    ),
}

interface SubmitJson
  extends ReadonlyArray<{
    readonly what: string
    readonly p50_ns: number
    readonly p99_ns: number
    readonly p999_ns: number
    readonly max_ns: number
    readonly n: number
  }> {}

export const submitSection: Section = {
  name: 'submit',
  title: 'Submission',
  script: 'submit.ts',
  args: [],
  limitMs: 120_000,
  method:
    '`submit` from call to return, socket write included, the venue in another process; beside it its parts.',
  rows: (rows: SubmitJson) =>
    rows.map(
      (row): Row => ({
        ...{ id: `submit.${row.what}`, what: row.what, unit: 'ns', value: row.p50_ns, better: 'lower' },
        ...{ ...percentiles(row), n: row.n, bound: null, verdict: 'no bound', note: '' },
      }),
    ),
}

interface KillJson {
  readonly rows: readonly {
    readonly kills: number
    readonly blocked_throughout: boolean
    readonly p50_ns: number
    readonly p99_ns: number
    readonly max_ns: number
    readonly disk_p50_ns: number
    readonly disk_p99_ns: number
    readonly disk_max_ns: number
  }[]
}

const KILL_NS_MAX = 5e6

export const killSection: Section = {
  name: 'kill',
  title: 'Kill',
  script: 'kill.ts',
  args: [],
  limitMs: 60_000,
  method:
    'Kill over the unix socket while the main thread sits in one synchronous call: request to acknowledgement, latch synced to disk, as another process sees it; in turn with it that process replaces a file of the latch’s size in the same folder. That at most one order of a connection leaves after the store is counted, not timed: `test/gate`, `test/process/kill-blocked.test.ts` and the storm of kills in `test/control/storm.test.ts`.',
  rows: ({ rows }: KillJson) =>
    rows.flatMap((row): Row[] => {
      const ms = (ns: number): number => ns / 1e6
      const acknowledged: Row = {
        ...{
          id: 'kill.acknowledged',
          what: 'kill acknowledged, main thread blocked',
          unit: 'ms',
          better: 'lower',
        },
        ...{
          value: ms(row.p99_ns),
          p50: ms(row.p50_ns),
          p99: ms(row.p99_ns),
          max: ms(row.max_ns),
          n: row.kills,
        },
        bound: 'p99 < 5 ms',
        verdict: row.blocked_throughout ? judge(row.p99_ns < KILL_NS_MAX) : 'not measured',
        note: row.blocked_throughout
          ? 'each kill replaces the latch, which is two syncs'
          : 'the main thread was free before the last kill',
      }
      const alone: Row = {
        ...{
          id: 'kill.disk',
          what: 'a file replaced in the same way, nothing else',
          unit: 'ms',
          better: 'lower',
        },
        ...{ value: ms(row.disk_p50_ns), p50: ms(row.disk_p50_ns), p99: ms(row.disk_p99_ns) },
        ...{ max: ms(row.disk_max_ns), n: row.kills, bound: null, verdict: 'no bound', note: '' },
      }
      return [acknowledged, alone]
    }),
}

function percentiles(row: {
  readonly p50_ns?: number
  readonly p99_ns?: number
  readonly p999_ns?: number
  readonly max_ns?: number
}): Pick<Row, 'p50' | 'p99' | 'p999' | 'max'> {
  return {
    ...(row.p50_ns === undefined ? {} : { p50: row.p50_ns }),
    ...(row.p99_ns === undefined ? {} : { p99: row.p99_ns }),
    ...(row.p999_ns === undefined ? {} : { p999: row.p999_ns }),
    ...(row.max_ns === undefined ? {} : { max: row.max_ns }),
  }
}
