import { describe, expect, it } from 'vitest'
import { moneyFromText } from '../../src/core/money.ts'
import { createInstrument } from '../../src/domain/instrument.ts'
import type { VenueBalance, VenuePort } from '../../src/domain/venue.ts'
import type { Assembly } from '../../src/engine/assemble.ts'
import type { LiveInput } from '../../src/engine/live.ts'
import { ReconcileBooks } from '../../src/engine/reconcile-books.ts'
import { Ledger } from '../../src/ledger/ledger.ts'

const INSTRUMENTS = ['even', 'odd'].map((venue, i) =>
  createInstrument(
    {
      ...{ symbol: `S${i}USD`, venue, priceIncrement: '0.01', qtyIncrement: '0.01' },
      ...{ baseAsset: `S${i}`, quoteAsset: 'USD' },
    },
    i,
  ),
)

describe('ReconcileBooks', () => {
  it('O5: books the opening cash of an account once, though two venues of it answer at the same time', async () => {
    const ledger = new Ledger()
    const recorded: string[] = []
    const assembly = {
      desk: {
        ledger,
        recorder: { cash: (_event: string, { asset }: { asset: string }) => recorded.push(asset) },
        portfolio: { setEquityStart: () => {}, setCash: () => {} },
      },
    } as unknown as Assembly
    const input = {
      simulated: null,
      table: { all: () => INSTRUMENTS },
      config: { account: { equity: null } },
      clock: { utcNs: () => 0n },
    } as unknown as LiveInput
    const balances: VenueBalance[] = ['USD', 'S0', 'S1'].map((asset) => ({ asset, free: '70', locked: '30' }))
    const books = ['even', 'odd'].map(
      (id) =>
        new ReconcileBooks(
          { id, queryBalances: () => Promise.resolve(balances) } as unknown as VenuePort,
          input,
          assembly,
        ),
    )
    await Promise.all(books.map((each) => each.openBalances()))
    expect(Object.fromEntries(ledger.openings)).toEqual({
      USD: moneyFromText('100'),
      S0: moneyFromText('100'),
      S1: moneyFromText('100'),
    })
    expect(recorded.sort()).toEqual(['S0', 'S1', 'USD'])
  })
})
