import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'

/** Longest content of a halt file or lock file; a longer one is not one of ours. */
const CONTENT_BYTES_MAX = 4_096
const TEXT_MAX = 300
const TRUTHY: ReadonlySet<string> = new Set(['1', 'true', 'yes', 'on'])
const FALSY: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off'])

/** What a level source says now. */
export interface Assertion {
  readonly asserted: boolean
  /** why, in words; what is found where it does not assert */
  readonly text: string
  /** who wrote it, where it says so */
  readonly who: string | null
}

/**
 * Reads a small regular file without ever waiting: a pipe or a device at that path is refused and not read.
 *
 * @throws the file system's error, or one that says what is wrong with the file
 */
function readSmall(file: string): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(handle).isFile()) throw new Error('it is no regular file')
    const bytes = Buffer.alloc(CONTENT_BYTES_MAX + 1)
    const read = readSync(handle, bytes, 0, bytes.length, 0)
    if (read > CONTENT_BYTES_MAX) throw new Error(`it is longer than ${CONTENT_BYTES_MAX} bytes`)
    return bytes.toString('utf8', 0, read)
  } finally {
    closeSync(handle)
  }
}

/**
 * The halt file (`EXECUTION_HALTED_FILE`, K6): 1, true, yes, on halt; 0, false, no, off and nothing at all do not. A file
 * that is missing or unreadable halts, and so does any other word: a safety switch is never guessed at.
 */
export function readHaltFile(file: string): Assertion {
  let content: string
  try {
    content = readSmall(file).trim()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'is missing' : `cannot be read: ${message}`
    return { asserted: true, text: `${file} ${why}`, who: null }
  }
  const word = content.toLowerCase()
  if (FALSY.has(word)) return { asserted: false, text: `${file} says "${content}"`, who: null }
  const unknown = TRUTHY.has(word) ? '' : ', which is none of 1, true, yes, on, 0, false, no, off'
  return { asserted: true, text: `${file} says "${content.slice(0, TEXT_MAX)}"${unknown}`, who: null }
}

/** The lock file (`kill.lock_file`, K6): its presence halts, whatever it is and whatever it says. */
export function readLockFile(file: string): Assertion {
  try {
    lstatSync(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { asserted: false, text: `${file} is not there`, who: null }
    return { asserted: true, text: `${file} cannot be looked for: ${message}`, who: null }
  }
  return { asserted: true, ...metadata(file) }
}

/** JSON with any of `reason`, `text`, `actor`; other content is the text itself. */
function metadata(file: string): { text: string; who: string | null } {
  let content = ''
  try {
    content = readSmall(file).trim()
    const fields = JSON.parse(content) as Record<string, unknown> | null
    const word = (key: string): string => {
      const value = fields?.[key]
      return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, TEXT_MAX) : ''
    }
    const said = [word('reason'), word('text')].filter((part) => part !== '').join(': ')
    const who = word('actor')
    return { text: said === '' ? `${file} is there` : said, who: who === '' ? null : who }
  } catch {
    // Presence alone halts: what cannot be read or is no JSON only says less.
    return { text: content === '' ? `${file} is there` : content.slice(0, TEXT_MAX), who: null }
  }
}
