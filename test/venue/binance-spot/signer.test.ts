import { createHmac, generateKeyPairSync, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import type { OrderRequest } from '../../../src/domain/order.ts'
import { OrderText } from '../../../src/venue/binance-spot/order-text.ts'
import { Signer, wsPayload } from '../../../src/venue/binance-spot/signer.ts'
import { HMAC_KEY, HMAC_SECRET } from '../sim-server/rig.ts'

const secret = (text: string): { reveal: () => string } => ({ reveal: () => text })
const hmac = new Signer('hmac', secret(HMAC_KEY), secret(HMAC_SECRET))

const ORDER: OrderRequest = {
  clientOrderId: 'tg-a1-1-1',
  instrument: 0,
  strategy: 0,
  side: 'sell',
  type: 'limit',
  timeInForce: 'GTC',
  qty: 1_000,
  price: 5_200_000,
  stopPrice: null,
  reducing: false,
}

function instrument(symbol = 'BTCUSDT'): ReturnType<InstrumentTable['add']> {
  return new InstrumentTable().add({ symbol, priceIncrement: '0.01', qtyIncrement: '0.00001' })
}

describe('Signer', () => {
  it("F2: gives the documentation's WebSocket API signatures", () => {
    const params = {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01000000',
      price: '52000.00',
      recvWindow: 100,
      timestamp: 1645423376532,
      apiKey: HMAC_KEY,
    }
    expect(hmac.sign(wsPayload(params))).toBe(
      'aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24',
    )
    const other = {
      symbol: '１２３４５６',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '1.00000000',
      price: '0.10000000',
      recvWindow: 5000,
      timestamp: 1645423376532,
      apiKey: HMAC_KEY,
    }
    expect(hmac.sign(wsPayload(other))).toBe(
      'b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd',
    )
  })

  it("F2: gives the documentation's REST signature", () => {
    const query =
      'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559'
    expect(hmac.sign(query)).toBe('c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71')
  })

  it('A2: neither key nor secret shows, however it is printed', () => {
    for (const text of [
      inspect(hmac, { depth: 9 }),
      JSON.stringify({ hmac }),
      String(hmac),
      `${inspect([hmac])}`,
    ]) {
      expect(text).not.toContain(HMAC_SECRET)
      expect(text).not.toContain(HMAC_KEY)
    }
  })

  it('A2: a secret that is no key is refused without being quoted', () => {
    const bad = (): unknown => new Signer('ed25519', secret('k'), secret('very-secret-text'))
    expect(bad).toThrow('not a private key in PEM form')
    expect(bad).not.toThrow('very-secret-text')
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
    const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(() => new Signer('ed25519', secret('k'), secret(pem))).toThrow('not an Ed25519 key')
  })
})

describe('OrderText', () => {
  it.each([
    ['limit', {}],
    ['market', { type: 'market', price: null, timeInForce: 'IOC' }],
    ['stop', { type: 'stop', price: null, stopPrice: 5_100_000 }],
    ['stop limit', { type: 'stop_limit', stopPrice: 5_100_000, side: 'buy' }],
  ] as const)('F2: a %s order carries exactly what it signs, in alphabetical order', (_name, change) => {
    const text = new OrderText(hmac, 5_000).place(
      7,
      { ...ORDER, ...change },
      instrument('１２３'),
      1_645_423_376_532,
    )
    const request = JSON.parse(text) as {
      id: number
      method: string
      params: Record<string, string | number>
    }
    expect([request.id, request.method]).toEqual([7, 'order.place'])
    const { signature, ...params } = request.params
    const payload = Object.entries(params)
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
    expect(Object.keys(params)).toEqual(Object.keys(params).sort())
    expect(signature).toBe(createHmac('sha256', HMAC_SECRET).update(payload).digest('hex'))
  })

  it('F2: writes prices and quantities exactly, and no time in force for a market order', () => {
    const limit = JSON.parse(new OrderText(hmac, 100).place(1, ORDER, instrument(), 1)) as { params: object }
    expect(limit.params).toMatchObject({
      newClientOrderId: 'tg-a1-1-1',
      price: '52000.00',
      quantity: '0.01000',
      side: 'SELL',
      timeInForce: 'GTC',
      type: 'LIMIT',
      recvWindow: 100,
    })
    const market = new OrderText(hmac, 100).place(
      1,
      { ...ORDER, type: 'market', price: null },
      instrument(),
      1,
    )
    expect(market).not.toContain('timeInForce')
    expect(market).not.toContain('price')
  })

  it('F2: an Ed25519 session carries neither key nor signature, and its logon is verifiable', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const signer = new Signer('ed25519', secret('the-key'), secret(pem))
    const text = new OrderText(signer, 5_000).place(1, ORDER, instrument(), 1)
    expect(text).not.toContain('the-key')
    expect(text).not.toContain('signature')
    const payload = wsPayload({ timestamp: 1, apiKey: 'the-key', recvWindow: 5_000 })
    expect(payload).toBe('apiKey=the-key&recvWindow=5000&timestamp=1')
    expect(verify(null, Buffer.from(payload), publicKey, Buffer.from(signer.sign(payload), 'base64'))).toBe(
      true,
    )
  })
})
