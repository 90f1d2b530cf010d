/**
 * Faults that tests inject through `POST /sim/faults`; every count falls by one for each order request that it hits.
 * All off by default.
 */
export interface Faults {
  /** every answer and user data event comes this much later, ms */
  delay_ms: number
  /** order requests that are executed and never answered */
  drop_answers: number
  /** order requests that are neither executed nor answered */
  drop_requests: number
  /** order requests refused with -2010 */
  reject_orders: number
  /** order requests answered with 503 and -1007; executed where `unknown_executes` */
  unknown_orders: number
  unknown_executes: boolean
  /** requests of any kind answered with 429 */
  rate_limited: number
  /** seconds of the Retry-After of those */
  retry_after_s: number
  /** requests are read and nothing is answered; user data events wait until it is off */
  hang: boolean
  /** user data events come before the answer of the request that caused them */
  events_first: boolean
  /** user data events that are sent twice */
  duplicate_events: number
  /** user data events that are lost */
  drop_events: number
  /** REST queries and cancels answered with 503 */
  rest_unavailable: number
  /** status of every symbol in exchangeInfo; unless it is TRADING, orders are refused */
  symbol_status: string
}

export function noFaults(): Faults {
  return {
    delay_ms: 0,
    drop_answers: 0,
    drop_requests: 0,
    reject_orders: 0,
    unknown_orders: 0,
    unknown_executes: true,
    rate_limited: 0,
    retry_after_s: 1,
    hang: false,
    events_first: false,
    duplicate_events: 0,
    drop_events: 0,
    rest_unavailable: 0,
    symbol_status: 'TRADING',
  }
}

type CountedFault = { [K in keyof Faults]: Faults[K] extends number ? K : never }[keyof Faults]

/** Uses one of a counted fault; false where none is left. */
export function takeFault(faults: Faults, name: CountedFault): boolean {
  if (faults[name] <= 0) return false
  faults[name]--
  return true
}

/** Takes over the known members of `value`; the names of members that are unknown or of the wrong type. */
export function applyFaults(faults: Faults, value: unknown): string[] {
  const wrong: string[] = []
  for (const [name, item] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const known = (faults as unknown as Record<string, unknown>)[name]
    if (known === undefined || typeof known !== typeof item) wrong.push(name)
    else Object.assign(faults, { [name]: item })
  }
  return wrong
}
