import type { InstrumentTable } from '../../domain/instrument.ts'
import { AlpacaDecoder } from './alpaca.ts'
import { BinanceDecoder } from './binance.ts'
import type { Decoder, DecoderOptions, FeedKind } from './decoder.ts'
import { Mt5Decoder } from './mt5.ts'
import { Mt5CsvDecoder } from './mt5-csv.ts'
import { nativeOr } from './native.ts'

/**
 * The decoder of a feed.
 *
 * @param eventBaseUtcNs UTC ns that event times are counted from; whole milliseconds
 * @param native `auto` takes the Rust decoder where it is built, `off` always TypeScript; both write the same bytes
 */
export function createDecoder(
  kind: FeedKind,
  instruments: InstrumentTable,
  eventBaseUtcNs: bigint,
  native: 'auto' | 'off',
): Decoder {
  const options = { instruments, eventBaseUtcNs }
  const typescript = createTypescript(kind, options)
  return native === 'auto' ? nativeOr(kind, options, typescript) : typescript
}

function createTypescript(kind: FeedKind, options: DecoderOptions): Decoder {
  switch (kind) {
    case 'binance-spot':
      return new BinanceDecoder(options, false)
    case 'binance-usdm':
      return new BinanceDecoder(options, true)
    case 'alpaca':
      return new AlpacaDecoder(options)
    case 'mt5':
      return new Mt5Decoder(options)
    case 'mt5-csv':
      return new Mt5CsvDecoder(options)
  }
}
