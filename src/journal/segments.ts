import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const SEGMENT_NAME = /^(\d{6,12})\.ndjson$/

/** Where the segments of a state directory lie. */
export function journalDir(stateDir: string): string {
  return join(stateDir, 'journal')
}

/** File name of a segment; numbers count from 1 without gaps. */
export function segmentName(number: number): string {
  return `${String(number).padStart(6, '0')}.ndjson`
}

export interface Segment {
  readonly number: number
  readonly path: string
}

/** Segments of a journal directory in order; empty where there is none. */
export function listSegments(dir: string): Segment[] {
  let names: string[]
  try {
    names = readdirSync(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names
    .flatMap((name) => {
      const match = SEGMENT_NAME.exec(name)
      return match === null ? [] : [{ number: Number(match[1]), path: join(dir, name) }]
    })
    .sort((a, b) => a.number - b.number)
}

export function makeJournalDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o750 })
}
