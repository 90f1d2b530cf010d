import { EXIT } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { after, conclude, operate, operateByName, TARGET_OPTIONS } from './engine-target.ts'
import { remark } from './output.ts'

const UNAUTHENTICATED = 401

const SPEC = {
  name: 'kill',
  summary: 'Halts trading at once, also while the engine is blocked, and latches the halt over restarts.',
  options: {
    scope: { value: 'SCOPE', help: 'all (default), venue:ID, account:ID, strategy:ID or symbol:SYMBOL' },
    reason: {
      value: 'CODE',
      help: 'OPERATOR (default), RISK_LIMIT, CONNECTIVITY, …; another word is kept as OTHER',
    },
    text: { value: 'TEXT', help: 'why, in words' },
    ...TARGET_OPTIONS,
  },
  notes: ['Cancels still pass. Only `tidegate rearm` ends it.'],
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate kill` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { scope, reason, text, json } = parsed.options
  const fields = { scope: scope ?? 'all', reason: reason ?? 'OPERATOR', text: text ?? '' }
  const named = await operate(parsed.options, '/ops/kill', fields)
  // A token that is no longer known must not keep a kill from the socket, which needs none.
  const answer =
    named.status === UNAUTHENTICATED ? await operateByName(parsed.options, '/ops/kill', fields) : named
  const code = conclude(answer, json, (ack) => {
    const { set_ns, effective_ns, latched_ns } = ack
    return `${fields.scope} killed at generation ${String(ack['generation'])}: effective ${after(set_ns, effective_ns)}, latched ${after(set_ns, latched_ns)}`
  })
  if (code !== EXIT.OK) return code
  const { latched_ns } = answer.body as { latched_ns: number | null }
  if (latched_ns !== null) return EXIT.OK
  remark('tidegate: the kill is set, but the latch could not be written: it would not outlive a restart')
  return EXIT.FAILURE
}
