import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import type { BinanceSpotConfig } from '../../src/config/types.ts'
import { orderEntryUrl, venueEnvironment } from '../../src/config/venue-urls.ts'
import { SAMPLE, writeConfig } from './sample.ts'

const LOOPBACK = 'rest_url: "http://127.0.0.1:9080", ws_url: "ws://127.0.0.1:9080"'

function venue(keys: string): BinanceSpotConfig {
  const text = SAMPLE.replace('mode: paper', 'mode: dry-run').replace(LOOPBACK, keys)
  return loadConfig(writeConfig(text), {}).venues['sim'] as BinanceSpotConfig
}

describe('orderEntryUrl', () => {
  it.each([
    [LOOPBACK, 'ws://127.0.0.1:9080/ws-api/v3'],
    ['key_type: hmac', 'wss://ws-api.binance.com:443/ws-api/v3'],
    ['ws_url: "wss://stream.testnet.binance.vision"', 'wss://ws-api.testnet.binance.vision/ws-api/v3'],
    [`${LOOPBACK}, ws_api_url: "ws://127.0.0.1:9081/orders"`, 'ws://127.0.0.1:9081/orders'],
  ])('of {%s} is %s', (keys, url) => {
    expect(orderEntryUrl(venue(keys))).toBe(url)
  })
})

describe('venueEnvironment', () => {
  it.each([
    [LOOPBACK, 'paper'],
    ['key_type: hmac', 'live'],
    ['rest_url: "https://testnet.binance.vision", ws_url: "wss://stream.testnet.binance.vision"', 'paper'],
    ['rest_url: "https://testnet.binance.vision"', 'live'],
    [`${LOOPBACK}, ws_api_url: "wss://ws-api.binance.com:443/ws-api/v3"`, 'live'],
    [`${LOOPBACK}, environment: live`, 'live'],
    ['rest_url: "https://127.0.0.1.example.com", ws_url: "wss://localhost"', 'live'],
  ])('A9: of {%s} is %s: one real address makes it live', (keys, environment) => {
    expect(venueEnvironment(venue(keys))).toBe(environment)
  })

  it('A9: the exchange’s own address cannot be called paper', () => {
    expect(() => venue('environment: paper')).toThrow(/venues\.sim\.environment is 'paper'; allowed: live/)
  })
})
