import { EXIT } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { conclude, operate, TARGET_OPTIONS, wordLine } from './engine-target.ts'

const SPEC = {
  name: 'resume',
  summary: 'Ends a pause. A kill stays: `tidegate rearm` ends that.',
  options: {
    scope: { value: 'SCOPE', help: 'all (default), venue:ID, account:ID, strategy:ID or symbol:SYMBOL' },
    text: { value: 'TEXT', help: 'why, in words' },
    ...TARGET_OPTIONS,
  },
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate resume` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { scope = 'all', text = '', json } = parsed.options
  return conclude(await operate(parsed.options, '/ops/resume', { scope, text }), json, wordLine)
}
