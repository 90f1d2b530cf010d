import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { commandNames } from '../../src/cli/dispatch.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

function help(...words: readonly string[]): string {
  const { stdout, status } = spawnSync(process.execPath, [MAIN, ...words, '--help'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tidegate ${words.join(' ')} --help ended with ${status}`)
  return `\`\`\`text\n${stdout}\`\`\`\n`
}

/** Sub-commands of a command whose usage line names them: `Usage: tidegate config check|print|schema`. */
function partsOf(name: string, text: string): string[] {
  const usage = new RegExp(`Usage: tidegate ${name} ([a-z-]+(?:\\|[a-z-]+)+)`).exec(text)
  return usage?.[1]?.split('|') ?? []
}

/** docs/reference/commands.md: what each command says of itself. */
export function commandsPage(): string {
  const pages = commandNames().flatMap((name) => {
    const text = help(name)
    return [`## ${name}`, '', text, ...partsOf(name, text).map((part) => help(name, part))]
  })
  return [
    '# Commands',
    '',
    'From a clone every command is `npm run -s tidegate -- COMMAND …`. `--json` prints exactly one document on stdout;',
    'progress and logs go to stderr or the log file.',
    '',
    help(),
    ...pages,
  ].join('\n')
}
