import { EXIT } from '../core/errors.ts'
import { isoNs } from '../journal/numbers.ts'
import type { EventRow } from '../journal/projection.ts'
import { describeFault } from '../journal/read.ts'
import { verifyJournal } from '../journal/verify.ts'
import { type CommandSpec, type Option, parseCommand, usageError } from './args.ts'
import { JOURNAL_OPTIONS, journalTarget, openProjection } from './journal-target.ts'
import { print, printJson } from './output.ts'

const PATH_WORD = { name: 'PATH', min: 0, max: 1 } as const
const SHOWN_DEFAULT = 50

const OVERVIEW: CommandSpec = {
  name: 'audit verify|show',
  summary: 'Verifies the hash chain of a journal, or shows its records.',
  options: {},
}

const VERIFY = {
  name: 'audit verify',
  summary:
    'Recomputes both hash chains: exit code 0 when all records verify, 5 with the first that does not.',
  options: JOURNAL_OPTIONS,
  words: PATH_WORD,
} as const satisfies CommandSpec<Record<string, Option>>

const SHOW = {
  name: 'audit show',
  summary: 'Shows records of a journal, the newest last.',
  options: {
    ...JOURNAL_OPTIONS,
    order: { value: 'ID', help: 'only records of this client order id' },
    kind: { value: 'KIND', help: 'only records of this kind, e.g. INTENT, REPORT, CONTROL' },
    actor: { value: 'ACTOR', help: 'only records of this actor, e.g. venue:sim' },
    from: { value: 'SEQ', help: 'from this sequence on' },
    to: { value: 'SEQ', help: 'up to this sequence' },
    limit: { value: 'N', help: `the newest N that fit (default ${SHOWN_DEFAULT}; 0 for all)` },
  },
  words: PATH_WORD,
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate audit verify|show` */
export async function run(args: string[]): Promise<number> {
  const [part, ...rest] = args
  if (part === 'verify') return verify(rest)
  if (part === 'show') return show(rest)
  if (parseCommand(OVERVIEW, part?.startsWith('-') === true ? args : []) === null) return EXIT.OK
  throw usageError(
    part === undefined ? 'audit: verify or show is missing' : `audit: "${part}" is not verify or show`,
  )
}

function verify(args: readonly string[]): number {
  const parsed = parseCommand(VERIFY, args)
  if (parsed === null) return EXIT.OK
  const verdict = verifyJournal(journalTarget(parsed.options, parsed.words[0]).dir)
  if (parsed.options.json) printJson(verdict)
  else {
    const { events, head, content_sha256, fault } = verdict
    print(
      fault === null ? `${events} records verify` : `${events} records verify, then: ${describeFault(fault)}`,
      `head ${head}`,
      `content_sha256 ${content_sha256}`,
    )
  }
  return verdict.ok ? EXIT.OK : EXIT.VERIFICATION
}

function show(args: readonly string[]): number {
  const parsed = parseCommand(SHOW, args)
  if (parsed === null) return EXIT.OK
  const { order, kind, actor, from, to, limit, json } = parsed.options
  const count = number('limit', limit) ?? SHOWN_DEFAULT
  const filter = {
    order,
    kind: kind?.toUpperCase(),
    actor,
    from: number('from', from),
    to: number('to', to),
    limit: count === 0 ? undefined : count,
  }
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
  const projection = openProjection(journalTarget(parsed.options, parsed.words[0]))
  try {
    const events = projection.events(given)
    if (json) printJson({ ...projection.position(), records: events.map(recordOf) })
    else print(...events.map(lineOf))
    return EXIT.OK
  } finally {
    projection.close()
  }
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw usageError(`audit show: --${name} "${text}" is not a whole number`)
  return Number(text)
}

function recordOf({ order_id: _id, data, ...event }: EventRow): Record<string, unknown> {
  return { ...event, data: JSON.parse(data) as unknown }
}

function lineOf(event: EventRow): string {
  return `${event.seq} ${isoNs(event.ts)} ${event.kind} ${event.actor} ${event.data}`
}
