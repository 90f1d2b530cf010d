import type { TestOptions } from 'vitest'

/**
 * For tests that follow a market over sockets, and no other: one whose time was over, for no other reason, runs once more,
 * as it may have waited for something that a machine under load let pass. `npm test` names it. Not for tests of an end, a
 * hang or a kill: there, a time that is over is what they look for.
 */
export const ONCE_MORE: TestOptions = { retry: { count: 1, condition: /^Test timed out in/ } }
