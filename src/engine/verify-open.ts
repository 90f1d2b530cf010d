import type { VenueOrder, VenuePort } from '../domain/venue.ts'
import { bounded, messageOf, sleep } from './steps.ts'

const QUERY_MS = 1_500
const PAUSE_FIRST_MS = 20
const PAUSE_MAX_MS = 500

/** What the venues say is open. Ids are client order ids. */
export interface OpenAtVenues {
  readonly open: readonly string[]
  /** ids of venues that gave no answer: nothing is proved there */
  readonly silent: readonly string[]
  readonly errors: readonly string[]
}

export interface VerifyOptions {
  /** whose orders: client order ids that begin so; "" for every order of the account */
  readonly prefix: string
  readonly signal: AbortSignal
  /** called for an order that is open, before it is cancelled */
  readonly onOpen?: (order: VenueOrder) => void
}

/**
 * Asks every venue until none of our orders is open there, or the signal aborts. Ours is what the prefix says, also
 * orders that our journal does not hold; what is found open is cancelled once more. Never throws.
 */
export async function verifyNoneOpen(
  venues: Iterable<VenuePort>,
  options: VerifyOptions,
): Promise<OpenAtVenues> {
  const verdicts = await Promise.all([...new Set(venues)].map((venue) => verifyVenue(venue, options)))
  return {
    open: verdicts.flatMap(({ open }) => open ?? []),
    silent: verdicts.flatMap(({ open, venue }) => (open === null ? [venue] : [])),
    errors: verdicts.flatMap(({ error }) => (error === null ? [] : [error])),
  }
}

interface Verdict {
  readonly venue: string
  /** by the last answer; null: there was none */
  readonly open: readonly string[] | null
  readonly error: string | null
}

async function verifyVenue(
  venue: VenuePort,
  { prefix, signal, onOpen = () => {} }: VerifyOptions,
): Promise<Verdict> {
  let open: string[] | null = null
  let error: string | null = null
  for (let pauseMs = PAUSE_FIRST_MS; !signal.aborted; pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2)) {
    try {
      const all = await bounded(venue.queryOpenOrders(null), 'open orders', QUERY_MS, signal)
      const ours = all.filter(({ clientOrderId }) => clientOrderId.startsWith(prefix))
      open = ours.map(({ clientOrderId }) => clientOrderId)
      error = null
      if (ours.length === 0) break
      for (const order of ours) {
        quietly(() => onOpen(order))
        quietly(() => venue.cancel(order))
      }
    } catch (thrown) {
      error = `${venue.id}: ${messageOf(thrown)}`
    }
    await sleep(pauseMs, signal)
  }
  return { venue: venue.id, open, error }
}

/** Neither a note nor a request that fails ends the verification: the next answer of the venue tells what is open. */
function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // Told by the venue's next answer.
  }
}
