/** One thing that `doctor` looked at. */
export interface Finding {
  readonly name: string
  /** warn: it runs, and something is lost or not known; fail: do not deploy like this */
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly text: string
}

export function ok(name: string, text: string): Finding {
  return { name, verdict: 'ok', text }
}

export function warn(name: string, text: string): Finding {
  return { name, verdict: 'warn', text }
}

export function fail(name: string, text: string): Finding {
  return { name, verdict: 'fail', text }
}
