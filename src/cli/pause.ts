import { EXIT } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { conclude, operate, TARGET_OPTIONS } from './engine-target.ts'

const SPEC = {
  name: 'pause',
  summary: 'Stops new entries; orders that only reduce a position go on.',
  options: {
    scope: { value: 'SCOPE', help: 'all (default), venue:ID, account:ID, strategy:ID or symbol:SYMBOL' },
    text: { value: 'TEXT', help: 'why, in words' },
    ...TARGET_OPTIONS,
  },
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate pause` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { scope = 'all', text = '', json } = parsed.options
  const answer = await operate(parsed.options, '/ops/pause', { scope, text })
  return conclude(answer, json, (body) => `${scope} paused at generation ${String(body['generation'])}`)
}
