import { afterEach, describe, expect, it } from 'vitest'
import { SYMBOL_LIMITS } from '../../../src/venue/sim-server/symbol-rules.ts'
import { admin } from '../sim-server/rig.ts'
import { AdapterRig, startAdapter } from './venue-rig.ts'

const SOON_MS = 5

let rig: AdapterRig
afterEach(() => rig.close())

/** Asks until the venue's rules say that the symbol trades, or that it does not. */
async function untilTrading(trading: boolean): Promise<void> {
  while (rig.venue.rules(0)?.trading !== trading) await new Promise((resolve) => setTimeout(resolve, SOON_MS))
}

describe('rules of the venue', () => {
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
})
