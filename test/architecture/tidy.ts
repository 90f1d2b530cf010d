import type { SourceFile } from './source-files.ts'

export const FILE_LINES_MAX = 300

/** Files longer than a reader takes in. */
export function tooLong(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    return lines > FILE_LINES_MAX ? [`${path}: ${lines} lines`] : []
  })
}

const LEFTOVER = new RegExp(
  `\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b|not implemented`,
  'i',
)

/** Work that was put off. */
export function leftovers(files: readonly SourceFile[]): string[] {
  return findLines(files, (line) => LEFTOVER.test(line))
}

/** The loaders of the native module try it on shared memory before anything relies on it. */
const SELF_TESTS = ['src/core/native.ts', 'src/feed/decode/native.ts']

/** Shared memory is made in src/shm alone. */
export function sharedMemoryOutsideShm(files: readonly SourceFile[]): string[] {
  return findLines(
    files.filter(
      ({ path }) => path.startsWith('src/') && !path.startsWith('src/shm/') && !SELF_TESTS.includes(path),
    ),
    (line) => /new SharedArrayBuffer/.test(line),
  )
}

const MACHINE = [
  /\.\.\/shared\b/,
  /(?:^|[\s"'`(=])\/(?:root|work|home\/[a-z]+|Users\/[A-Za-z]+)\//,
  /"resolved":\s*"http/,
]

/** Paths and hosts of one machine. */
export function machineTraces(files: readonly SourceFile[]): string[] {
  return findLines(files, (line) => MACHINE.some((pattern) => pattern.test(line)))
}

/** Tests that never run, or keep others from running. */
export function narrowedTests(files: readonly SourceFile[]): string[] {
  return findLines(files, (line) => /\b(?:it|test|describe)\.(?:only|todo|skip)\b/.test(line))
}

function findLines(files: readonly SourceFile[], wrong: (line: string) => boolean): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (wrong(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
  )
}
