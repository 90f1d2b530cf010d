import { leaveNow } from '../ops/last-resort.ts'

let held = false

/** From now on the process can only leave by force: a thread does not end, and an ordinary exit would wait for it. */
export function leaveByForce(): void {
  held = true
}

/** Ends the process when everything is written. */
export function leave(code: number): never {
  if (held) leaveNow(code)
  process.exit(code)
}
