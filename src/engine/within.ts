import { setTimeout as sleep } from 'node:timers/promises'

/** True when the promise settles within `ms`, false when it does not; its rejection passes on. Leaves no timer. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const cancel = new AbortController()
  const timer = sleep(ms, false, { signal: cancel.signal }).catch(() => false)
  try {
    return await Promise.race([promise.then(() => true), timer])
  } finally {
    cancel.abort()
  }
}
