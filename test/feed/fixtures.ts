import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

const FOLDER: string = path.join(import.meta.dirname, '..', 'fixtures')

export function fixture(name: string): string {
  return path.join(FOLDER, name)
}

/** Parsed JSON of a fixture. */
export function fixtureJson<T>(name: string): T {
  return JSON.parse(readFileSync(fixture(name), 'utf8')) as T
}

/** Lines of a fixture, gzip or plain, without the empty last one. */
export function fixtureLines(name: string): Buffer[] {
  const content = readFileSync(fixture(name))
  const bytes = name.endsWith('.gz') ? gunzipSync(content) : content
  const lines: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(10, start)
    const end = next < 0 ? bytes.length : next
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return lines
}
