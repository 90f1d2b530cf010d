import { writeSync } from 'node:fs'
import { SystemClock } from '../../src/core/clock.ts'
import { JOURNAL_FAILED } from '../../src/domain/journal.ts'
import { Journal } from '../../src/journal/journal.ts'

/*
 * Appends records to a journal until it is killed, has made COUNT of them, or the journal fails; tells each sequence on stdout
 * once `append` has returned it. Usage: append-child.ts DIR COUNT
 */
const [dir, count] = process.argv.slice(2) as [string, string]
const journal = Journal.open(dir, { clock: new SystemClock(), segmentBytesMax: 20_000 })
let failures = 0
journal.onFailure = () => {
  failures += 1
}
for (let n = 0; n < Number(count); n++) {
  const seq = journal.append('INTENT', 'strategy:sma', {
    id: `o${journal.events}`,
    text: 'x'.repeat(100 + (n % 400)),
  })
  if (seq === JOURNAL_FAILED) break
  writeSync(1, `${seq}\n`)
  journal.maintain()
}
const after = journal.append('REPORT', 'venue:sim', {})
writeSync(
  1,
  `${JSON.stringify({ code: journal.failure?.code ?? null, failures, after, events: journal.events })}\n`,
)
journal.close()
