import { createLogger } from '../../src/ops/log.ts'

/** A worker that a loaded machine holds up still writes what it was given: far beyond what that takes. */
const CLOSE_MS_MAX = 120_000

/*
 * A process that logs: log-program.ts FOLDER LINES END, where END is close (waits), exit (process.exit at once) or
 * throw (an uncaught error).
 */
const [directory = '', lines = '0', end = 'close'] = process.argv.slice(2)
const logger = createLogger({
  level: 'info',
  files: { directory, bytesMax: 1 << 20, kept: 9 },
  terminal: true,
  base: { node: 'a1' },
})
for (let index = 0; index < Number(lines); index += 1) logger.log.info({ index }, 'line')
if (end === 'exit') process.exit(3)
if (end === 'throw') throw new Error('planted')
await logger.close(CLOSE_MS_MAX)
