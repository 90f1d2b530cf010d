import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { SystemClock } from '../../../src/core/clock.ts'
import { SeededRandom } from '../../../src/core/random.ts'
import { type Instrument, InstrumentTable } from '../../../src/domain/instrument.ts'
import { RequestLimits } from '../../../src/venue/binance-spot/request-limits.ts'
import { RestClient } from '../../../src/venue/binance-spot/rest-client.ts'
import { Signer } from '../../../src/venue/binance-spot/signer.ts'
import { VenueRules } from '../../../src/venue/binance-spot/venue-rules.ts'
import { exchangeInfoSymbol, SYMBOL_LIMITS } from '../../../src/venue/sim-server/symbol-rules.ts'
import { admin } from '../sim-server/rig.ts'
import { AdapterRig, startAdapter } from './venue-rig.ts'

const SOON_MS = 5

/** Instruments of a venue that can take a symbol off its list. */
class Listing extends InstrumentTable {
  readonly gone = new Set<string>()

  override bySymbol(symbol: string): Instrument | undefined {
    return this.gone.has(symbol) ? undefined : super.bySymbol(symbol)
  }
}

function listing(count: number): Listing {
  const table = new Listing()
  const increments = { priceIncrement: '0.01', qtyIncrement: '0.00001' }
  for (let n = 0; n < count; n++) table.add({ symbol: `COIN${n}USDT`, ...increments })
  return table
}

let rig: AdapterRig

/** Asks until the venue's rules say that the symbol trades, or that it does not. */
async function untilTrading(trading: boolean): Promise<void> {
  while (rig.venue.rules(0)?.trading !== trading) await new Promise((resolve) => setTimeout(resolve, SOON_MS))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, SOON_MS))
}

describe('rules of the venue', () => {
  afterEach(() => rig.close())

  it('F2: are known from connect on, not before', async () => {
    rig = await startAdapter({}, 'hmac', { limits: { ...SYMBOL_LIMITS, maxQty: '3', minNotional: '10' } })
    const other = new AdapterRig(rig.server, {}, 'hmac')
    expect(other.venue.rules(0)).toBeNull()
    expect(rig.venue.rules(0)).toMatchObject({
      trading: true,
      lot: { min: 1, max: 300_000, step: 1 },
      notionalMin: 100_000_000,
    })
    expect(rig.venue.rules(1)).toBeNull()
    await other.venue.close()
  })

  it('F2: are read again with every look at the clock: a halted symbol trades again without a restart', async () => {
    rig = await startAdapter({ lookMs: SOON_MS })
    await rig.faults({ symbol_status: 'HALT' })
    await untilTrading(false)
    rig.submit('halted')
    await rig.untilReport('rejected')
    expect(rig.reports).toMatchObject([{ reason: 'INVALID_MESSAGE -1013: Market is closed.' }])
    await rig.faults({ symbol_status: 'TRADING' })
    await untilTrading(true)
    rig.submit('again')
    await rig.untilReport('fill')
  })

  it('F2: are read again at each reconnect', async () => {
    rig = await startAdapter()
    await rig.faults({ symbol_status: 'BREAK' })
    expect(rig.venue.rules(0)?.trading).toBe(true)
    await admin(rig.server.http, 'cut', { what: 'ws-api' })
    await untilTrading(false)
    expect(rig.connections.at(-1)).toBe('up CONNECTED')
  })

  it('F2: stay as they are where a look at them fails', async () => {
    rig = await startAdapter({ lookMs: SOON_MS })
    const failing = 1_000
    await rig.faults({ rate_limited: failing, retry_after_s: 0, symbol_status: 'HALT' })
    const before = rig.venue.rules(0)
    const left = async (): Promise<number> =>
      Number((await admin(rig.server.http, 'faults', {}))['rate_limited'])
    while ((await left()) > failing - 10) await new Promise((resolve) => setTimeout(resolve, SOON_MS))
    expect(rig.venue.rules(0)).toBe(before)
    expect(before?.trading).toBe(true)
    await rig.faults({ rate_limited: 0 })
    await untilTrading(false)
  })

  it('F2: of as many symbols as there can be are asked for by the hundred', async () => {
    const instruments = listing(1_024)
    rig = await startAdapter({ instruments }, 'hmac', { instruments })
    for (const { index } of instruments.all()) expect(rig.venue.rules(index)).toMatchObject({ trading: true })
    const { requests } = await admin(rig.server.http, 'status')
    expect(requests).toMatchObject({ exchangeInfo: { count: 11, weight: 220 } })
  })

  it.each([0, 99, 157, 249])(
    'F2: connect names a symbol that is not traded, the one at %i of 250',
    async (at) => {
      const instruments = listing(250)
      rig = await startAdapter({ instruments }, 'hmac', { instruments })
      instruments.gone.add(`COIN${at}USDT`)
      const other = new AdapterRig(rig.server, { instruments }, 'hmac')
      await expect(other.venue.connect()).rejects.toMatchObject({
        code: 'INSTRUMENT_MISMATCH',
        message: `COIN${at}USDT is not traded`,
        exitCode: 3,
      })
      await other.venue.close()
    },
  )

  it('F2: a symbol that is traded no more is left to the venue, the others that it was asked for with are read on', async () => {
    const instruments = listing(150)
    rig = await startAdapter({ instruments, lookMs: SOON_MS }, 'hmac', { instruments })
    instruments.gone.add('COIN120USDT')
    await rig.faults({ symbol_status: 'HALT' })
    const others = instruments.all().filter(({ symbol }) => symbol !== 'COIN120USDT')
    await until(() => others.every(({ index }) => rig.venue.rules(index)?.trading === false))
    expect(rig.venue.rules(120)).toBeNull()
    instruments.gone.clear()
    await until(() => rig.venue.rules(120)?.trading === false)
  })
})

describe('rules of a venue that fails', () => {
  const instruments = listing(1)
  const traded = JSON.stringify({
    symbols: instruments.all().map((each) => exchangeInfoSymbol(each, SYMBOL_LIMITS, 'TRADING')),
  })

  /** What becomes of the rules where the next look at them is answered so; status 0 cuts the connection. */
  async function rulesAfter(status: number, text: string): Promise<'kept' | 'dropped'> {
    let answer = { status: 200, text: traded }
    const server = createServer((_request, response) => {
      if (answer.status === 0) response.destroy()
      else response.writeHead(answer.status, { 'Retry-After': '0' }).end(answer.text)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const restUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const clock = new SystemClock()
    const limits = new RequestLimits(clock)
    const secret = { reveal: () => 'secret' }
    const signer = new Signer('hmac', secret, secret)
    const rest = new RestClient({
      ...{ baseUrl: restUrl, signer, recvWindowMs: 5_000, timeoutMs: 60_000, venueMs: () => 0, limits },
    })
    const rules = new VenueRules(rest, {
      ...{ id: 'sim', restUrl, wsApiUrl: '', keyType: 'hmac', apiKey: secret, apiSecret: secret },
      ...{ instruments, clock, random: new SeededRandom(1), limits },
    })
    await rules.learn()
    expect(rules.of(0)).not.toBeNull()
    answer = { status, text }
    await rules.renew()
    await rest.close()
    server.close()
    return rules.of(0) === null ? 'dropped' : 'kept'
  }

  it.each([
    ['kept', 'cuts the connection', 0, ''],
    ['kept', 'asks to wait', 429, '{"code":-1003,"msg":"Too many requests."}'],
    ['kept', 'bans the address', 418, '{"code":-1003,"msg":"Banned."}'],
    ['dropped', 'knows the symbol no more', 400, '{"code":-1121,"msg":"Invalid symbol."}'],
    ['dropped', 'fails', 503, ''],
    ['dropped', 'tells another symbol', 200, '{"symbols":[]}'],
    ['dropped', 'tells nothing that can be read', 200, '<html>'],
    ['dropped', 'tells a step that is no number', 200, traded.replace('"tickSize":"0.01', '"tickSize":"x')],
  ] as const)('F2: what was learned last is %s where the venue %s', async (held, _what, status, text) => {
    expect(await rulesAfter(status, text)).toBe(held)
  })
})
