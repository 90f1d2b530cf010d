import { type JournalFault, scanLines, startWalk, walkLine } from './read.ts'

/** What `audit verify` prints. `events`, `head` and `content_sha256` cover the records before the first fault. */
export interface JournalVerdict {
  readonly ok: boolean
  readonly events: number
  readonly head: string
  readonly content_sha256: string
  readonly fault: JournalFault | null
}

/** Recomputes both chains of a journal directory; an empty or absent one is whole. */
export function verifyJournal(dir: string): JournalVerdict {
  const walk = startWalk()
  for (const line of scanLines(dir)) {
    if (walkLine(walk, line) === null) break
  }
  return {
    ok: walk.fault === null,
    events: walk.events,
    head: walk.head,
    content_sha256: walk.contentHead,
    fault: walk.fault,
  }
}
