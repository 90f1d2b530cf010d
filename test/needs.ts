import { beforeEach } from 'vitest'

/** Inside of a `describe`: skips each of its tests with `missing` as the reason; null where the machine has what it takes. */
export function skipWhere(missing: string | null): void {
  if (missing !== null) beforeEach(({ skip }) => skip(missing))
}
