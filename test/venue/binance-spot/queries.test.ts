import { describe, expect, it } from 'vitest'
import { InstrumentTable } from '../../../src/domain/instrument.ts'
import { OrderTracker } from '../../../src/venue/binance-spot/order-tracker.ts'
import { Queries } from '../../../src/venue/binance-spot/queries.ts'
import type { RestClient, RestParams } from '../../../src/venue/binance-spot/rest-client.ts'

const TABLE = new InstrumentTable()
TABLE.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })

/** An account of so many trades, which answers as the venue does: at most 1,000 from an id on. */
function account(trades: number): { queries: Queries; asked: RestParams[] } {
  const asked: RestParams[] = []
  const signed = (_method: string, _path: string, params: RestParams): Promise<object> => {
    asked.push(params)
    const from = Number(params['fromId'])
    const count = Math.max(0, Math.min(1_000, trades - from))
    const body = Array.from({ length: count }, (_, n) => ({
      ...{ symbol: 'BTCUSDT', id: from + n, orderId: 7, price: '1.00', qty: '0.00100', isBuyer: true },
      ...{ commission: '0', commissionAsset: 'USDT', time: from + n, isMaker: false },
    }))
    return Promise.resolve({ status: 200, body })
  }
  return { queries: new Queries({ signed } as unknown as RestClient, TABLE, new OrderTracker()), asked }
}

describe('fills of an account', () => {
  it('F2: are read page by page, up to 20,000 of a symbol; more are not read at once', async () => {
    const { queries, asked } = account(19_999)
    expect((await queries.fills('BTCUSDT', null))?.length).toBe(19_999)
    expect(asked.map(({ fromId }) => fromId)).toEqual(Array.from({ length: 20 }, (_, n) => n * 1_000))
    const larger = account(20_000)
    expect(await larger.queries.fills('BTCUSDT', null)).toBeNull()
    expect(larger.asked.length).toBe(20)
    expect((await larger.queries.fills('BTCUSDT', '19000'))?.[0]?.fill.tradeId).toBe('19000')
  })

  it('F2: of one order are read to the end, and an order without end is an error', async () => {
    expect((await account(25_000).queries.orderFills('BTCUSDT', '7')).length).toBe(25_000)
    const endless = account(Number.POSITIVE_INFINITY)
    await expect(endless.queries.orderFills('BTCUSDT', '7')).rejects.toMatchObject({ code: 'VENUE_ERROR' })
    expect(endless.asked.length).toBe(1_000)
  })
})
