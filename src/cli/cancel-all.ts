import { EXIT } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { conclude, operate, TARGET_OPTIONS } from './engine-target.ts'

const SPEC = {
  name: 'cancel-all',
  summary: 'Cancels every open order of this engine and says what the venue shows afterwards.',
  options: {
    scope: { value: 'SCOPE', help: 'all (default), venue:ID, account:ID, strategy:ID or symbol:SYMBOL' },
    text: { value: 'TEXT', help: 'why, in words' },
    ...TARGET_OPTIONS,
  },
  notes: ['It halts nothing: `tidegate kill` does, and a strategy that may trade sends new orders.'],
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate cancel-all` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { scope = 'all', text = '', json } = parsed.options
  const answer = await operate(parsed.options, '/ops/cancel-all', { scope, text })
  const code = conclude(answer, json, summary)
  const { left } = answer.body as { left?: readonly string[] }
  return code === EXIT.OK && (left ?? []).length > 0 ? EXIT.ORDERS_LEFT : code
}

function summary(body: Record<string, unknown>): string {
  const [canceled, ended, left] = ['canceled', 'ended', 'left'].map(
    (key) => (body[key] ?? []) as readonly string[],
  )
  const open = left === undefined || left.length === 0 ? 'none is left' : `left: ${left.join(', ')}`
  return `${canceled?.length ?? 0} canceled, ${ended?.length ?? 0} ended otherwise, ${open}`
}
