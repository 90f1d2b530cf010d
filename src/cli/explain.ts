import { EXIT, TidegateError } from '../core/errors.ts'
import { explainOrder, type OrderStory } from '../journal/explain.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { JOURNAL_OPTIONS, journalTarget, openProjection } from './journal-target.ts'
import { print, printJson } from './output.ts'

const SPEC = {
  name: 'explain',
  summary: "One order's story: the tick, the features, the model's answer, every check, every report.",
  options: JOURNAL_OPTIONS,
  words: { name: 'ORDER [PATH]', min: 1, max: 2 },
  notes: [
    "ORDER is a client order id, the venue's order id, or the sequence of a record (a denied order has no id).",
  ],
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate explain ORDER` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const [which, word] = parsed.words as [string, string | undefined]
  const projection = openProjection(journalTarget(parsed.options, word))
  try {
    const story = explainOrder(projection, which)
    if (story === null) {
      throw new TidegateError('ORDER_UNKNOWN', `the journal knows no order "${which}"`, {
        exitCode: EXIT.FAILURE,
      })
    }
    if (parsed.options.json) printJson(story)
    else print(...storyLines(story))
    return EXIT.OK
  } finally {
    projection.close()
  }
}

function storyLines(story: OrderStory): string[] {
  return [
    `order     ${fields(story.order)}`,
    `run       ${story.run === null ? 'not known' : fields(story.run)}`,
    `tick      ${story.tick === null ? 'none: the order came from outside' : fields(story.tick)}`,
    ...(story.features === null ? [] : [`features  ${fields(story.features)}`]),
    ...(story.model === null ? [] : [`model     ${fields(story.model)}`]),
    ...(story.throttle === null ? [] : [`throttle  ${fields(story.throttle)}`]),
    ...story.checks.map(({ check, outcome, value, limit, unit }) => {
      const compared =
        value === null && limit === null ? '' : `  ${value ?? '-'} against ${limit ?? '-'} ${unit}`
      return `check     ${outcome.padEnd(5)} ${check}${compared}`
    }),
    ...story.fills.map((fill) => `fill      ${fields(fill)}`),
    ...story.timeline.map(({ seq, time, kind, actor, state, text }) =>
      `${String(seq).padStart(8)}  ${time}  ${kind} by ${actor}${state === null ? '' : ` → ${state}`}  ${text}`.trimEnd(),
    ),
  ]
}

function fields(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(' · ')
}
