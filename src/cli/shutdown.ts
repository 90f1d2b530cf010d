import { EXIT } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { conclude, operate, TARGET_OPTIONS } from './engine-target.ts'

const SPEC = {
  name: 'shutdown',
  summary: 'Asks the engine to end: no new order from now on, open orders cancelled, everything flushed.',
  options: { text: { value: 'TEXT', help: 'why, in words' }, ...TARGET_OPTIONS },
} as const satisfies CommandSpec<Record<string, Option>>

/** `tidegate shutdown` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { text = '', json } = parsed.options
  const answer = await operate(parsed.options, '/ops/shutdown', { text })
  return conclude(answer, json, () => 'shutting down')
}
