import type { Hiccups } from '../lib/hiccups.ts'
import type { Percentiles } from '../lib/stats.ts'
import type { PathRow } from '../path.ts'
import { figure, judge, type Row, type RowContext, type Section, type Verdict } from './rows.ts'

interface Bounds {
  /** engine's clock, p50, µs */
  readonly engineUs: number
  readonly p99Times: number | null
  /** venue's clock beyond the echo, p50, µs */
  readonly wireUs: number | null
}

const BOUNDS: Readonly<Record<string, Bounds>> = {
  'inline-sparse': { engineUs: 25, p99Times: 10, wireUs: 20 },
  'inline-hot': { engineUs: 15, p99Times: 10, wireUs: 20 },
  'worker-polled': { engineUs: 60, p99Times: null, wireUs: null },
  'worker-asleep': { engineUs: 90, p99Times: null, wireUs: null },
}

const WHAT: Readonly<Record<string, string>> = {
  'inline-sparse': 'inline, polled, sparse',
  'inline-hot': 'inline, polled, hot',
  'worker-polled': 'parked worker, main polling',
  'worker-asleep': 'parked worker, main asleep',
}

function percentileFields({
  p50,
  p99,
  p999,
  max,
  n,
}: Percentiles): Pick<Row, 'p50' | 'p99' | 'p999' | 'max' | 'n'> {
  return { p50, p99, p999, max, n }
}

function hiccupText({ per_s, lost_share, max_us }: Hiccups): string {
  return `host before: ${per_s} hiccups/s, ${figure(lost_share * 100)} % lost, longest ${max_us} µs`
}

function verdictOf(row: PathRow, cores: number, good: boolean): Verdict {
  return cores < row.cores_needed ? 'not measured' : judge(good && row.engine_us.n > 0)
}

function whyNot(row: PathRow, cores: number): string {
  if (row.engine_us.n === 0) return `no order after the warm-up: ${JSON.stringify(row.denied)}. `
  return cores < row.cores_needed
    ? `needs ${row.cores_needed} cores, there are ${cores}: the figures are of threads that share them. `
    : ''
}

/** The parts of an order's way, as the engine measured them, p50 µs. */
function stepsText(row: PathRow): string {
  const steps = row.steps_ns as Record<string, Percentiles | undefined>
  const part = (name: string): string => `${name} ${figure((steps[name]?.p50 ?? Number.NaN) / 1e3)}`
  return `of it, p50 µs: ${part('risk')}, ${part('journal')}, ${part('write')}`
}

function engineRow(row: PathRow, { cores }: RowContext, bounds: Bounds): Row {
  const { engine_us: us } = row
  const tail = bounds.p99Times === null ? '' : `, p99 ≤ ${bounds.p99Times} × p50`
  const good = us.p50 <= bounds.engineUs && (bounds.p99Times === null || us.p99 <= bounds.p99Times * us.p50)
  return {
    ...{ id: `path.${row.name}.engine`, what: `data event → order written, ${WHAT[row.name]}`, unit: 'µs' },
    ...{ value: us.p50, better: 'lower', ...percentileFields(us) },
    offered: `${row.offered_per_s} frames/s`,
    bound: `p50 ≤ ${bounds.engineUs} µs${tail}`,
    verdict: verdictOf(row, cores, good),
    note: `${whyNot(row, cores)}${stepsText(row)}; a line to a file and a frame, nothing else: ${figure(row.floor_us.p50)}; ${hiccupText(row.hiccups)}`,
  }
}

function wireRows(row: PathRow, { cores }: RowContext, bounds: Bounds): Row[] {
  const { wire_us: wire, echo_us: echo, wire_minus_echo_p50_us: beyond } = row
  const common = { unit: 'µs', better: 'lower', offered: `${row.offered_per_s} frames/s` } as const
  return [
    {
      ...{ id: `path.${row.name}.wire`, what: `wire to wire, ${WHAT[row.name]}`, ...common },
      ...{ value: beyond, ...percentileFields(wire) },
      bound: bounds.wireUs === null ? null : `p50 ≤ echo + ${bounds.wireUs} µs`,
      verdict: bounds.wireUs === null ? 'no bound' : verdictOf(row, cores, beyond <= bounds.wireUs),
      note: `${whyNot(row, cores)}p50 is echo + ${figure(beyond)} µs; sent ${row.sent_per_s} frames/s`,
    },
    {
      ...{
        id: `path.${row.name}.floor`,
        what: `data event → line and frame written, ${WHAT[row.name]}`,
        ...common,
      },
      ...{ value: row.floor_us.p50, ...percentileFields(row.floor_us), bound: null, verdict: 'no bound' },
      note: `the echo with a line of 2 kB before its frame; the frame alone ${figure(row.echo_engine_us.p50)} µs`,
    },
    {
      ...{ id: `path.${row.name}.echo`, what: `bare echo in turn with it, ${WHAT[row.name]}`, ...common },
      ...{ value: echo.p50, ...percentileFields(echo), bound: null, verdict: 'no bound', note: '' },
    },
  ]
}

export const pathSection: Section = {
  name: 'path',
  title: 'The path over real sockets',
  script: 'path.ts',
  args: [],
  limitMs: 180_000,
  method:
    'The simulated venue in a process that spins, the live engine in another (Ed25519 session, journal `process`, every check on), one order a trade, recorded Binance frames at an even rate. Open loop: the venue sends on time whatever the engine does, and each order counts from its own frame (no coordinated omission). The engine’s clock runs from the socket’s `data` event to the return of the write, the venue’s from the hand-over of the frame to the arrival of the order. The echo, a `ws` client that writes a frame of an order’s size, takes turns of 100 ms with the engine in the same process; every second time it writes a line of a record’s size to a file before (the floor of an engine with a journal on this machine), which its wire time leaves out. The first quarter is not counted.',
  rows: ({ rows }: { readonly rows: readonly PathRow[] }, machine) =>
    rows.flatMap((row) => {
      const bounds = BOUNDS[row.name] as Bounds
      return [engineRow(row, machine, bounds), ...wireRows(row, machine, bounds)]
    }),
}
