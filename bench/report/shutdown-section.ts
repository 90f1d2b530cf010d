import type { ShutdownRow } from '../shutdown.ts'
import { figure, judge, type Row, type Section } from './rows.ts'

const SECONDS_MAX = 2
/** exit code of orders that are left */
const ORDERS_LEFT = 6

function rowOf(row: ShutdownRow): Row {
  const { name, open, seconds, total_seconds: total, canceled, left, exit_code: code } = row
  const answers = name === 'a venue at 5 ms'
  const common = { unit: 's', value: seconds, better: 'lower', n: open } as const
  return {
    ...{ id: `shutdown.${answers ? 'answers' : 'silent'}`, what: `shutdown, ${name}`, ...common },
    bound: answers ? `< ${SECONDS_MAX} s` : `≤ ${total} s, the configured total`,
    verdict: judge(
      answers
        ? seconds < SECONDS_MAX && canceled === open && code === 0
        : seconds <= total && left === open && code === ORDERS_LEFT,
    ),
    note: `${figure(canceled)} canceled, ${figure(left)} left and named, exit code ${code}`,
  }
}

export const shutdownSection: Section = {
  name: 'shutdown',
  title: 'Shutdown with 1,000 open orders',
  script: 'shutdown.ts',
  args: [],
  limitMs: 120_000,
  method:
    '`tidegate run` against `tidegate venue` over sockets; from SIGTERM to the exit of the process as its parent sees it. Binance spot cancels one order a request where other orders of the account must stay.',
  rows: ({ rows }: { readonly rows: readonly ShutdownRow[] }) => rows.map(rowOf),
}
