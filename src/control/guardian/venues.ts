import type { Config } from '../../config/types.ts'
import type { Clock } from '../../core/clock.ts'
import { EXIT, TidegateError } from '../../core/errors.ts'
import { CancelOnlyBinanceSpot } from '../../venue/binance-spot/cancel-only.ts'
import type { GuardianVenue } from './sweep.ts'

function refused(code: string, message: string): TidegateError {
  return new TidegateError(code, message, { exitCode: EXIT.CONFIGURATION })
}

/**
 * The venues of a configuration with the guardian's own key, never with the engine's.
 *
 * @throws NOTHING_TO_GUARD in a dry run, VENUE_NOT_GUARDED, SECRET_MISSING, SECRET_INVALID (all exit 3)
 */
export function guardianVenues(config: Config, clock: Clock): GuardianVenue[] {
  const { guardian, mode } = config
  if (mode === 'dry-run') {
    throw refused(
      'NOTHING_TO_GUARD',
      'orders of mode dry-run end with the engine: a guardian has nothing to cancel',
    )
  }
  const { api_key: apiKey, api_secret: apiSecret } = guardian
  if (apiKey === null || apiSecret === null) {
    throw refused('SECRET_MISSING', 'guardian.api_key and guardian.api_secret are needed: it has its own key')
  }
  return Object.entries(config.venues).map(([id, venue]) => {
    if (venue.kind !== 'binance-spot') {
      throw refused(
        'VENUE_NOT_GUARDED',
        `venues.${id}: a guardian cannot cancel at a venue of kind ${venue.kind}`,
      )
    }
    return new CancelOnlyBinanceSpot({
      id,
      restUrl: venue.rest_url,
      keyType: guardian.key_type,
      apiKey,
      apiSecret,
      clock,
      recvWindowMs: venue.recv_window_ms,
      requestTimeoutMs: venue.request_timeout_ms,
    })
  })
}
