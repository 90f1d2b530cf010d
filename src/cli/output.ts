import type { Percentiles } from '../core/histogram.ts'

/*
 * What commands print. stdout carries the result alone (with --json exactly one document), stderr everything else. A
 * reader that has gone away (`| head`) ends nothing: its EPIPE is dropped, because a running engine must not end by it.
 */

/** Makes a closed reader harmless; once, at the start of the process. */
export function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    })
  }
}

/** Lines of the result. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

let documentPrinted = false

/** Whether the command has printed its JSON document. */
export function jsonPrinted(): boolean {
  return documentPrinted
}

/** The one JSON document of a command; BigInt counts become text. */
export function printJson(document: unknown): void {
  documentPrinted = true
  const text = JSON.stringify(
    document,
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  )
  process.stdout.write(`${text}\n`)
}

/** A remark for the person at the terminal. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Waits until what was printed has left the process. */
export async function flushOutput(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(flushed))
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve()
    else stream.write('', () => resolve())
  })
}

/** Percentiles by step as a table in microseconds. */
export function latencyLines(steps: Readonly<Record<string, Percentiles>>): string[] {
  const row = ({ p50, p99, p999, max }: Percentiles): string =>
    [p50, p99, p999, max].map((ns) => (ns / 1000).toFixed(1).padStart(9)).join(' ')
  return [
    'latency, µs               p50       p99     p99.9       max',
    ...Object.entries(steps).map(([step, percentiles]) => `  ${step.padEnd(18)} ${row(percentiles)}`),
  ]
}
