import { describe, expect, it } from 'vitest'
import { skipWhere } from '../needs.ts'
import { decoderPair, differences, missing } from './compare.ts'
import { rawFrames } from './frames.ts'

describe('Binance recordings in both decoders', () => {
  skipWhere(missing)

  it('F8: spot', () => {
    const pair = decoderPair('binance-spot', [['BTCUSDT', '0.01', '0.00001']])
    const frames = rawFrames('binance-raw/spot_btcusdt_20240808.gz', 'BTCUSDT')
    expect(frames.length).toBe(41_249)
    expect(differences(pair, frames)).toEqual([])
  })

  it('F8: spot in increments of 1e-8', () => {
    const pair = decoderPair('binance-spot', ['BTCUSDT'])
    expect(differences(pair, rawFrames('binance-raw/spot_btcusdt_20240809.gz', 'BTCUSDT'))).toEqual([])
  })

  it('F8: USD-M', () => {
    const pair = decoderPair('binance-usdm', [['BTCUSDT', '0.1', '0.001']])
    expect(differences(pair, rawFrames('binance-raw/usdm_btcusdt_20240808.gz', 'BTCUSDT'))).toEqual([])
  })

  it.each([
    ['0.05', '0.00003'],
    ['250', '7'],
    ['0.000000000000000001', '0.000000000001'],
    ['0.0123', '0.00001'],
  ])('F8: spot in increments of %s and %s, most of them off or beyond', (price, qty) => {
    const pair = decoderPair('binance-spot', [['BTCUSDT', price, qty]])
    const frames = rawFrames('binance-raw/spot_btcusdt_20240808.gz', 'BTCUSDT').slice(0, 6_000)
    expect(differences(pair, frames)).toEqual([])
  })

  it('F8: times far from the event base', () => {
    const frames = rawFrames('binance-raw/usdm_btcusdt_20240808.gz', 'BTCUSDT').slice(0, 2_000)
    for (const base of [
      0n,
      1_715_000_000_000_000_000n,
      1_732_000_000_000_000_000n,
      4_000_000_000_000_000_000n,
    ]) {
      const pair = decoderPair('binance-usdm', [['BTCUSDT', '0.1', '0.001']], base)
      expect(differences(pair, frames)).toEqual([])
    }
  })
})
