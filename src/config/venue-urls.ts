import type { BinanceSpotConfig, VenueConfig } from './types.ts'

/** Official hosts: streams and the order entry that belongs to them. */
const ORDER_ENTRY: Readonly<Record<string, string>> = {
  'stream.binance.com': 'wss://ws-api.binance.com:443/ws-api/v3',
  'data-stream.binance.vision': 'wss://ws-api.binance.com:443/ws-api/v3',
  'stream.testnet.binance.vision': 'wss://ws-api.testnet.binance.vision/ws-api/v3',
  'testnet.binance.vision': 'wss://ws-api.testnet.binance.vision/ws-api/v3',
}

/** Where orders go: as configured, else what belongs to the streams' host, else `/ws-api/v3` of that host. */
export function orderEntryUrl(venue: BinanceSpotConfig): string {
  if (venue.ws_api_url !== null) return venue.ws_api_url
  const streams = new URL(venue.ws_url)
  return ORDER_ENTRY[streams.hostname] ?? `${streams.protocol}//${streams.host}/ws-api/v3`
}

/** Whether orders at a venue are real: as configured, else paper only for loopback and the official test network. */
export function venueEnvironment(venue: VenueConfig): 'paper' | 'live' {
  if (venue.kind === 'sim') return 'paper'
  if (venue.environment !== null) return venue.environment
  const urls = [venue.rest_url, venue.ws_url, orderEntryUrl(venue)]
  return urls.every((url) => isTest(new URL(url).hostname)) ? 'paper' : 'live'
}

/** Whether a URL is the exchange's own, where orders are real whatever a configuration says. */
export function isOfficial(url: string): boolean {
  const host = new URL(url).hostname
  return host === 'binance.com' || host.endsWith('.binance.com')
}

function isTest(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    host === 'testnet.binance.vision' ||
    host.endsWith('.testnet.binance.vision')
  )
}
