import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { KeyRing } from '../../../src/venue/sim-server/auth.ts'
import { paramsOfJson, signedPayload, signedQuery } from '../../../src/venue/sim-server/params.ts'
import { HMAC_KEY, HMAC_SECRET } from './rig.ts'

/** The documentation's own examples (binance-spot-api-docs, "SIGNED request example"). */
const WS_VECTORS = [
  {
    params: {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01000000',
      price: '52000.00',
      recvWindow: 100,
      timestamp: 1645423376532,
      apiKey: HMAC_KEY,
    },
    signature: 'aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24',
  },
  {
    params: {
      symbol: '１２３４５６',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '1.00000000',
      price: '0.10000000',
      recvWindow: 5000,
      timestamp: 1645423376532,
      apiKey: HMAC_KEY,
    },
    signature: 'b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd',
  },
]
const REST_VECTORS = [
  [
    'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559',
    'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71',
  ],
  [
    'symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559',
    'e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3',
  ],
] as const

describe('signatures at the venue', () => {
  const keys = new KeyRing([{ apiKey: HMAC_KEY, kind: 'hmac', secret: HMAC_SECRET }])

  it.each(WS_VECTORS)('F9: takes the documented WebSocket example ($signature)', ({ params, signature }) => {
    const payload = signedPayload(paramsOfJson({ ...params, signature }))
    expect(() => keys.checkSignature(HMAC_KEY, payload, signature)).not.toThrow()
    expect(() => keys.checkSignature(HMAC_KEY, payload, signature.toUpperCase())).not.toThrow()
    expect(() => keys.checkSignature(HMAC_KEY, `${payload} `, signature)).toThrow('Signature')
  })

  it.each(REST_VECTORS)('F9: takes the documented REST example in query and in body', (text, signature) => {
    expect(signedQuery(`${text}&signature=${signature}`, '')).toBe(text)
    expect(signedQuery('', `${text}&signature=${signature}`)).toBe(text)
    expect(() => keys.checkSignature(HMAC_KEY, text, signature)).not.toThrow()
  })

  it('F9: takes Ed25519 (RFC 8032, test 2) and is case-sensitive there', () => {
    const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'
    const privateKey = createPrivateKey({
      key: Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'),
      format: 'der',
      type: 'pkcs8',
    })
    const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
    const ring = new KeyRing([{ apiKey: 'k', kind: 'ed25519', secret: pem }])
    const signature = sign(null, Buffer.from('r'), privateKey)
    expect(signature.toString('hex').slice(0, 32)).toBe('92a009a9f0d4cab8720e820b5f642540')
    expect(() => ring.checkSignature('k', 'r', signature.toString('base64'))).not.toThrow()
    expect(() => ring.checkSignature('k', 'r', signature.toString('base64').toLowerCase())).toThrow(
      'Signature',
    )
  })
})
