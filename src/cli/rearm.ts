import { controlRequest } from '../control/client.ts'
import type { ControlStatus } from '../control/status.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { type CommandSpec, type Option, parseCommand, usageError } from './args.ts'
import { conclude, operate, socketOf, TARGET_OPTIONS, wordLine } from './engine-target.ts'

const SPEC = {
  name: 'rearm',
  summary: 'Ends a kill and lets the engine trade again, where nothing else halts it.',
  options: {
    reason: { value: 'TEXT', required: true, help: 'why trading may go on, in words; kept in the journal' },
    generation: { value: 'N', help: 'the generation that you judged; default: the one that is read now' },
    scope: { value: 'SCOPE', help: 'all (default), venue:ID, account:ID, strategy:ID or symbol:SYMBOL' },
    ...TARGET_OPTIONS,
  },
  notes: ['Fails with exit code 8 where anything has changed since, or where the engine may not be armed.'],
} as const satisfies CommandSpec<Record<string, Option>>

/** The re-arm is noted, and needs a second person (`control.two_person`). */
const PENDING = 202

/** The generation of a scope's word. @throws SCOPE_UNKNOWN, ENGINE_UNREACHABLE */
async function readGeneration(socket: string, scope: string): Promise<number> {
  const { body } = await controlRequest(socket, 'GET', '/ops/status')
  const { words } = (body as { control: ControlStatus }).control
  const word = words.find((candidate) => candidate.scope === scope)
  if (word !== undefined) return word.generation
  const allowed = words.map((candidate) => candidate.scope).join(', ')
  throw new TidegateError('SCOPE_UNKNOWN', `scope "${scope}" is none of ${allowed}`, { exitCode: EXIT.USAGE })
}

/** `tidegate rearm` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { reason, scope = 'all', generation: given, json } = parsed.options
  if (given !== undefined && !/^\d{1,7}$/.test(given))
    throw usageError('rearm: --generation must be a whole number')
  const socket = socketOf(parsed.options)
  const generation = given === undefined ? await readGeneration(socket, scope) : Number(given)
  const answer = await operate(parsed.options, '/ops/rearm', { reason, scope, generation })
  if (answer.status !== PENDING) return conclude(answer, json, wordLine)
  conclude(
    answer,
    json,
    () => `${scope} stays halted: a second person must re-arm generation ${generation} too`,
  )
  return EXIT.HALTED
}
