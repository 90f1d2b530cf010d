import { parseArgs } from 'node:util'
import { nearest } from '../config/suggest.ts'
import { EXIT, TidegateError } from '../core/errors.ts'

/** One option of a command. */
export interface Option {
  /** what its value is called in the help, e.g. `FILE`; left out: a switch without value */
  readonly value?: string
  /** may be given several times, and takes all words up to the next option */
  readonly multiple?: true
  readonly short?: string
  readonly required?: true
  readonly help: string
}

/** What a command takes; the help text is made of it. */
export interface CommandSpec<O extends Readonly<Record<string, Option>> = Readonly<Record<string, Option>>> {
  /** the command and its sub-command, e.g. `config check` */
  readonly name: string
  /** one sentence */
  readonly summary: string
  readonly options: O
  /** words without `--`: their name in the help, and how many */
  readonly words?: { readonly name: string; readonly min: number; readonly max: number }
  /** lines after the options */
  readonly notes?: readonly string[]
}

export type OptionValues<O extends Readonly<Record<string, Option>>> = {
  readonly [K in keyof O]: O[K] extends { readonly multiple: true }
    ? readonly string[]
    : O[K] extends { readonly value: string }
      ? O[K] extends { readonly required: true }
        ? string
        : string | undefined
      : boolean
}

export interface ParsedCommand<O extends Readonly<Record<string, Option>>> {
  readonly options: OptionValues<O>
  readonly words: readonly string[]
}

export function usageError(message: string): TidegateError {
  return new TidegateError('USAGE', message, { exitCode: EXIT.USAGE })
}

/**
 * Reads the words after a command. Null when `--help` was among them: the help has been printed on stdout.
 *
 * @throws USAGE, exit code 2, naming the word and what is allowed
 */
export function parseCommand<const O extends Readonly<Record<string, Option>>>(
  spec: CommandSpec<O>,
  args: readonly string[],
): ParsedCommand<O> | null {
  const optionArgs = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (optionArgs.includes('--help') || optionArgs.includes('-h')) {
    process.stdout.write(helpText(spec))
    return null
  }
  const { values, positionals } = parsed(spec, args)
  const options: Record<string, unknown> = {}
  for (const [name, option] of Object.entries<Option>(spec.options)) {
    const value = values[name]
    if (option.required === true && value === undefined) {
      throw usageError(`${spec.name}: --${name} ${option.value ?? ''} is missing`)
    }
    options[name] = value ?? (option.multiple === true ? [] : option.value === undefined ? false : undefined)
  }
  checkWords(spec, positionals)
  return { options: options as OptionValues<O>, words: positionals }
}

function parsed(
  spec: CommandSpec,
  args: readonly string[],
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({
      args: spreadMultiple(spec, args),
      options: Object.fromEntries(
        Object.entries(spec.options).map(([name, option]) => [
          name,
          {
            type: option.value === undefined ? ('boolean' as const) : ('string' as const),
            multiple: option.multiple === true,
            ...(option.short === undefined ? {} : { short: option.short }),
          },
        ]),
      ),
      allowPositionals: true,
    })
  } catch (cause) {
    throw usageError(`${spec.name}: ${parseProblem(spec, cause as Error & { code?: string })}`)
  }
}

/** `--data A B` becomes `--data A --data B`. */
function spreadMultiple(spec: CommandSpec, args: readonly string[]): string[] {
  const spread: string[] = []
  let open: string | null = null
  for (const arg of args) {
    if (arg.startsWith('-')) {
      open = spec.options[arg.slice(2)]?.multiple === true ? arg : null
      spread.push(arg)
    } else if (open !== null && spread.at(-1) !== open) spread.push(open, arg)
    else spread.push(arg)
  }
  return spread
}

function parseProblem(spec: CommandSpec, error: Error & { code?: string }): string {
  const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1]
  if (unknown === undefined) return error.message.split('. To specify')[0] as string
  const names = Object.keys(spec.options)
  const near = nearest(unknown.replace(/^-+/, ''), names)
  const hint = near === null ? '' : ` (did you mean --${near}?)`
  const allowed = names.length === 0 ? 'no options' : names.map((name) => `--${name}`).join(', ')
  return `unknown option ${unknown}; allowed: ${allowed}${hint}`
}

function checkWords(spec: CommandSpec, words: readonly string[]): void {
  const { name, min, max } = spec.words ?? { name: '', min: 0, max: 0 }
  if (words.length < min) throw usageError(`${spec.name}: ${name} is missing`)
  if (words.length > max) {
    const allowed = max === 0 ? 'takes no words' : `takes at most ${max}`
    throw usageError(`${spec.name}: "${words[max]}" is one too many: the command ${allowed}`)
  }
}

/** The help of a command: usage line, summary, options, notes. */
export function helpText(spec: CommandSpec): string {
  const options = Object.entries(spec.options)
  const usage = options.map(([name, option]) => {
    const text = option.value === undefined ? `--${name}` : `--${name} ${option.value}`
    const shown = option.multiple === true ? `${text}…` : text
    return option.required === true ? shown : `[${shown}]`
  })
  const words =
    spec.words === undefined ? [] : [spec.words.min > 0 ? spec.words.name : `[${spec.words.name}]`]
  const rows = options.map(([name, option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `
    return [`${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.help] as const
  })
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return [
    `Usage: tidegate ${[spec.name, ...words, ...usage].join(' ')}`,
    '',
    spec.summary,
    ...(rows.length === 0 ? [] : ['', ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`)]),
    ...(spec.notes === undefined ? [] : ['', ...spec.notes]),
    '',
  ].join('\n')
}
