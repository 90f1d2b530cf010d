import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../src/domain/instrument.ts'
import { TICK_SLOT_F64 } from '../../src/domain/tick.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import { isBatchDecoder } from '../../src/feed/decode/decoder.ts'
import { nativeDecodingStatus } from '../../src/feed/decode/native.ts'
import { MarketFeed } from '../../src/feed/market-feed.ts'
import { openRecording } from '../../src/feed/recording/open.ts'
import { FRAME } from '../../src/feed/recording/recording.ts'
import { skipWhere } from '../needs.ts'

/** as the environment has it, because `createDecoder` reads it */
const { live, why } = nativeDecodingStatus()
const FIXTURES = new URL('../fixtures/', import.meta.url)

interface Outcome {
  readonly frames: number
  readonly ticks: number
  readonly sha256: string
  readonly errors: Record<string, number>
}

/** Runs a recording through a feed; the hash is over every tick's slot and every book event, in order. */
async function run(
  file: string,
  symbols: readonly string[],
  decoding: 'auto' | 'off',
  byBatch: boolean,
): Promise<Outcome> {
  const recording = await openRecording([fileURLToPath(new URL(file, FIXTURES))])
  const instruments = new InstrumentTable()
  for (const symbol of symbols) {
    instruments.add({ symbol, priceIncrement: '0.00000001', qtyIncrement: '0.00000001' })
  }
  const hash = createHash('sha256')
  let ticks = 0
  const decoder = createDecoder(recording.kind, instruments, recording.eventBaseUtcNs, decoding)
  expect(isBatchDecoder(decoder)).toBe(decoding === 'auto')
  const feed = new MarketFeed({
    kind: recording.kind,
    decoder,
    instruments,
    snapshotSymbol: recording.symbol,
    sink: {
      onTick: (slots, slot) => {
        ticks++
        hash.update(slots.f64.subarray(slot * TICK_SLOT_F64, (slot + 1) * TICK_SLOT_F64))
      },
      onBookBroken: (instrument) => hash.update(`broken ${instrument}`),
      onResync: (instrument) => hash.update(`resync ${instrument}`),
    },
  })
  for await (const batch of recording.batches()) {
    for (let i = 0; i < batch.count; i++) {
      const [start, end, recvNs] = [batch.starts[i], batch.ends[i], batch.recvNs[i]] as [
        number,
        number,
        number,
      ]
      if (byBatch) feed.onBatchFrame(batch, i)
      else if (batch.types[i] !== FRAME.SNAPSHOT) feed.onFrame(batch.bytes, start, end, recvNs)
      else {
        const symbol = batch.symbols.get(i) ?? recording.symbol
        const instrument = instruments.bySymbol(symbol)?.index as number
        feed.onSnapshot(batch.bytes, start, end, instrument, recvNs)
      }
    }
  }
  const errors = Object.fromEntries([...feed.errors].sort(([a], [b]) => a.localeCompare(b)))
  return { frames: feed.frames, ticks, sha256: hash.digest('hex'), errors }
}

describe('the feed with either decoder', () => {
  skipWhere(live ? null : `needs the native module: ${why}`)

  it.each([
    ['binance-raw/spot_btcusdt_20240808.gz', ['BTCUSDT']],
    ['binance-raw/usdm_btcusdt_20240808.gz', ['BTCUSDT']],
    ['faults/spot_btcusdt_basic.gz', ['BTCUSDT']],
    ['raw-ws/BINANCE.wscap.ndjson.gz', ['NKNUSDT', 'BLZETH', 'LRCBTC', 'RUNEEUR']],
    ['raw-ws/BINANCE_FUTURES.wscap.ndjson.gz', ['SUSHIUSDT', 'AKROUSDT', 'KEEPUSDT', 'CTKUSDT']],
    ['alpaca-wire/IBM_20131009_P_day.wscap.ndjson.gz', ['IBM']],
    ['faults/IBM_20131009_basic.wscap.ndjson.gz', ['IBM']],
    ['fx-mt5/EURUSD_fxcm_20140504_crossed.mt5.ndjson.gz', ['EURUSD']],
    ['fx-mt5/EURUSD_oanda_20140501_04.mt5ticks.csv.gz', ['EURUSD']],
  ])(
    'F8: %s gives the same ticks, book events and errors, frame by frame and by batch',
    async (file, symbols) => {
      const typescript = await run(file, symbols, 'off', false)
      expect(typescript.ticks).toBeGreaterThan(200)
      expect(await run(file, symbols, 'off', true)).toEqual(typescript)
      expect(await run(file, symbols, 'auto', false)).toEqual(typescript)
      expect(await run(file, symbols, 'auto', true)).toEqual(typescript)
    },
  )
})
