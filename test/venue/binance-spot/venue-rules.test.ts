import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
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

interface Answer {
  /** 0 cuts the connection */
  readonly status: number
  readonly text: string
}

const BAD_SYMBOL: Answer = { status: 400, text: '{"code":-1121,"msg":"Invalid symbol."}' }

function tradedText(instruments: readonly Instrument[]): string {
  return JSON.stringify({
    symbols: instruments.map((each) => exchangeInfoSymbol(each, SYMBOL_LIMITS, 'TRADING')),
  })
}

/** Rules of a venue whose every answer is the test's. */
async function withRules(
  instruments: InstrumentTable,
  answer: (symbols: readonly string[]) => Answer | Promise<Answer>,
  run: (rules: VenueRules, limits: RequestLimits) => Promise<void>,
): Promise<void> {
  const respond = async ({ url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { searchParams } = new URL(url as string, 'http://venue')
    const { status, text } = await answer(JSON.parse(searchParams.get('symbols') as string) as string[])
    if (status === 0) response.destroy()
    else response.writeHead(status, { 'Retry-After': '0' }).end(text)
  }
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1')
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
  await run(rules, limits)
  await rest.close()
  server.close()
}

describe('a look at rules', () => {
  const traded: Answer = { status: 200, text: tradedText(listing(1).all()) }
  const halted: Answer = { status: 200, text: traded.text.replace('TRADING', 'HALT') }

  it('F2: is taken again for who asks during one: that one may have begun before an outage', async () => {
    const first = Promise.withResolvers<Answer>()
    const answers: (Answer | Promise<Answer>)[] = [traded, first.promise, halted]
    await withRules(
      listing(1),
      () => answers.shift() as Answer,
      async (rules) => {
        const looks = [rules.renew(), rules.renew(), rules.renew()]
        first.resolve({ status: 0, text: '' })
        await Promise.all(looks)
        expect(rules.of(0)).toMatchObject({ trading: false })
        expect(answers).toEqual([])
      },
    )
  })

  it('F2: asks for a symbol that is gone alone, one such a look, and finds it when it is back', async () => {
    const instruments = listing(150)
    let asked: string[] = []
    const answer = (symbols: readonly string[]): Answer => {
      asked.push(`${symbols.length} ${symbols.some((symbol) => instruments.gone.has(symbol)) ? 'gone' : ''}`)
      if (symbols.some((symbol) => instruments.gone.has(symbol))) return BAD_SYMBOL
      return { status: 200, text: tradedText(instruments.all()) }
    }
    await withRules(instruments, answer, async (rules) => {
      const look = async (): Promise<string[]> => {
        asked = []
        await rules.renew()
        return asked
      }
      instruments.gone.add('COIN7USDT').add('COIN120USDT')
      expect((await look()).length).toBeGreaterThan(10)
      expect(await look()).toEqual(['1 gone', '99 ', '49 '])
      expect([rules.of(7), rules.of(120)]).toEqual([null, null])
      instruments.gone.clear()
      expect(await look()).toEqual(['1 ', '99 ', '50 '])
      expect(await look()).toEqual(['1 ', '100 ', '50 '])
      expect([rules.of(7), rules.of(120)]).toMatchObject([{ trading: true }, { trading: true }])
      expect(await look()).toEqual(['100 ', '50 '])
    })
  })

  it('F2: leaves the search for one that is gone to the next minute where half of this one is used up', async () => {
    const instruments = listing(100)
    const answer = (symbols: readonly string[]): Answer =>
      symbols.includes('COIN7USDT') && instruments.gone.size > 0
        ? BAD_SYMBOL
        : { status: 200, text: tradedText(instruments.all()) }
    await withRules(instruments, answer, async (rules, limits) => {
      instruments.gone.add('COIN7USDT')
      limits.count(2_990)
      const before = limits.weightUsed
      await rules.renew()
      expect(limits.weightUsed - before).toBe(20)
      expect(rules.of(7)).toMatchObject({ trading: true })
    })
  })
})

describe('rules of a venue that fails', () => {
  const instruments = listing(1)
  const traded = tradedText(instruments.all())

  /** What becomes of the rules where the next look at them is answered so. */
  async function rulesAfter(status: number, text: string): Promise<'kept' | 'dropped'> {
    let answer: Answer = { status: 200, text: traded }
    let held: 'kept' | 'dropped' = 'kept'
    await withRules(
      instruments,
      () => answer,
      async (rules) => {
        expect(rules.of(0)).not.toBeNull()
        answer = { status, text }
        await rules.renew()
        if (rules.of(0) === null) held = 'dropped'
      },
    )
    return held
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
