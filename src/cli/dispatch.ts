import { nearest } from '../config/suggest.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import { usageError } from './args.ts'
import { jsonPrinted, print, printJson, remark } from './output.ts'

/** What the file of a command exports: takes the words after the command, gives the exit code. */
export interface CommandModule {
  run(args: string[]): Promise<number>
}

interface Command {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

/** The commands in the order of the help; each is loaded only when it is asked for. */
const COMMANDS: readonly Command[] = [
  {
    name: 'run',
    summary: 'run the engine live',
    load: () => import('./run.ts'),
  },
  {
    name: 'replay',
    summary: 'run the engine on recordings',
    load: () => import('./replay.ts'),
  },
  {
    name: 'tape',
    summary: 'decode recordings: counts, tapes, books, bars',
    load: () => import('./tape.ts'),
  },
  {
    name: 'scenario',
    summary: 'run the kill-switch dry runs',
    load: () => import('./scenario.ts'),
  },
  {
    name: 'status',
    summary: 'show what a running engine does',
    load: () => import('./status.ts'),
  },
  {
    name: 'kill',
    summary: 'halt trading at once, and latch it',
    load: () => import('./kill.ts'),
  },
  {
    name: 'rearm',
    summary: 'end a kill, with a reason',
    load: () => import('./rearm.ts'),
  },
  {
    name: 'pause',
    summary: 'stop new entries',
    load: () => import('./pause.ts'),
  },
  {
    name: 'resume',
    summary: 'end a pause',
    load: () => import('./resume.ts'),
  },
  {
    name: 'shutdown',
    summary: 'ask a running engine to end',
    load: () => import('./shutdown.ts'),
  },
  {
    name: 'cancel-all',
    summary: 'cancel every open order of a running engine',
    load: () => import('./cancel-all.ts'),
  },
  {
    name: 'drill',
    summary: 'try every kill source, measured, with a verdict for each',
    load: () => import('./drill.ts'),
  },
  {
    name: 'controls',
    summary: 'show what is built for each control, its settings, tests and evidence',
    load: () => import('./controls.ts'),
  },
  {
    name: 'guardian',
    summary: 'watch an engine from outside, and cancel its orders when it stands still',
    load: () => import('./guardian.ts'),
  },
  {
    name: 'audit',
    summary: 'verify the journal, or show its records',
    load: () => import('./audit.ts'),
  },
  {
    name: 'explain',
    summary: "tell one order's story",
    load: () => import('./explain.ts'),
  },
  {
    name: 'venue',
    summary: 'serve the simulated venue on loopback',
    load: () => import('./venue.ts'),
  },
  {
    name: 'config',
    summary: 'check, print or describe a configuration',
    load: () => import('./config.ts'),
  },
  {
    name: 'demo',
    summary: 'what npm start runs: a replay, then a minute live over sockets',
    load: () => import('./demo.ts'),
  },
  {
    name: 'doctor',
    summary: 'check machine, installation and configuration',
    load: () => import('./doctor.ts'),
  },
]

/** Every command's name, in the order of the help. */
export function commandNames(): readonly string[] {
  return COMMANDS.map((command) => command.name)
}

/**
 * Runs `tidegate COMMAND …`. Errors become one message on stderr and their exit code; nothing is thrown.
 *
 * @param args the words after `tidegate`
 */
export async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    print(...overview())
    return name === undefined ? EXIT.USAGE : EXIT.OK
  }
  try {
    const command = COMMANDS.find((candidate) => candidate.name === name)
    if (command === undefined) throw unknownCommand(name)
    const module = await command.load()
    return await module.run(rest)
  } catch (error) {
    return report(error, rest.includes('--json'))
  }
}

function unknownCommand(name: string): TidegateError {
  const near = nearest(name, commandNames())
  const hint = near === null ? '' : ` (did you mean "${near}"?)`
  return usageError(`unknown command "${name}"; allowed: ${commandNames().join(', ')}${hint}`)
}

function overview(): string[] {
  const width = Math.max(...COMMANDS.map((command) => command.name.length))
  return [
    'Usage: tidegate COMMAND [OPTIONS]',
    '',
    'Live-trading execution engine: ticks in, gated orders out, every order explained.',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '`tidegate COMMAND --help` describes one. Exit codes: 0 success, 1 failure, 2 usage, 3 configuration, 4 data,',
    '5 verification, 6 orders left, 7 ended by force, 8 halted.',
  ]
}

/** Says what went wrong, with --json also on stdout; an unforeseen error keeps its stack, because it is a bug. */
function report(error: unknown, json: boolean): number {
  const known = error instanceof TidegateError
  const message = error instanceof Error ? error.message : String(error)
  remark(`tidegate: ${known || !(error instanceof Error) ? message : (error.stack ?? message)}`)
  if (json && !jsonPrinted()) {
    printJson({ error: { code: known ? error.code : 'INTERNAL', message, ...(known ? error.details : {}) } })
  }
  return known ? error.exitCode : EXIT.FAILURE
}
