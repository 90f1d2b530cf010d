import { afterEach, describe, expect, it } from 'vitest'
import type { Instrument } from '../../../src/domain/instrument.ts'
import type { VenuePort } from '../../../src/domain/venue.ts'
import { type SweepOptions, sweep } from '../../../src/engine/sweep.ts'
import { FaultyVenue } from './faulty-venue.ts'
import { cleanUp, foreignRequest, Rig, settle } from './rig.ts'

afterEach(cleanUp)

/** An engine with an order at each of two venues. */
async function trading(): Promise<{ rig: Rig; other: FaultyVenue; ids: string[] }> {
  const rig = await Rig.open()
  const { desk, reports } = rig.assembly
  const other = new FaultyVenue('other', desk.instruments)
  other.onReport = (report) => reports.onReport(report)
  const venues = desk.venues as VenuePort[]
  venues[1] = other
  const ids = await rig.rest(1)
  const id = rig.decide(1)
  expect(id).toBeNull()
  ids.push(...other.submits)
  while (ids.some((each) => rig.stateOf(each) === 'SUBMITTED')) await rig.pass(1)
  return { rig, other, ids }
}

function options(change: Partial<SweepOptions> = {}): SweepOptions {
  const signal = AbortSignal.any([])
  return { reason: 'kill', include: () => true, prefix: 'tg-a1-', mayAsk: () => true, signal, ...change }
}

/** Aborts after a while of the simulated time. */
function late(): AbortSignal {
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 5_000)
  return abort.signal
}

describe('a sweep', () => {
  it('K13: is verified when every venue says that none of ours is open', async () => {
    const { rig, other, ids } = await trading()
    const result = await settle(sweep(rig.assembly, options()))
    expect(result).toMatchObject({ canceled: ids, left: [], verified: true })
    expect([rig.venue.open(), other.open()]).toEqual([[], []])
  })

  it('K13: leaves the orders of a venue that may not be asked yet, and names them', async () => {
    const { rig, other, ids } = await trading()
    const mayAsk = (venue: string): boolean => venue === 'sim'
    const result = await settle(sweep(rig.assembly, options({ mayAsk })))
    expect(result).toMatchObject({ canceled: [ids[0]], left: [ids[1]], verified: false })
    expect([rig.venue.open(), other.open(), other.cancels]).toEqual([[], [ids[1]], []])
    const parts = options({ mayAsk, prefix: null, include: ({ request }) => request.instrument === 1 })
    expect(await settle(sweep(rig.assembly, parts))).toMatchObject({ left: [ids[1]], verified: false })
  })

  it('K13: proves nothing for a venue that was not asked, though our books have no order there', async () => {
    const { rig, other, ids } = await trading()
    other.fill(ids[1] as string)
    const mayAsk = (venue: string): boolean => venue === 'sim'
    expect(await settle(sweep(rig.assembly, options({ mayAsk })))).toMatchObject({
      ...{ canceled: [ids[0]], left: [], verified: false },
    })
    // Without a query, what the venues have told of each order is all there is to know.
    const part = options({ mayAsk, prefix: null })
    expect(await settle(sweep(rig.assembly, part))).toMatchObject({ left: [], verified: true })
  })

  it('K13: names an order that the venue has and our books do not, and cancels it', async () => {
    const { rig, other } = await trading()
    await settle(sweep(rig.assembly, options()))
    other.faults.cancel = 'hangs'
    other.addForeign(foreignRequest('tg-a1-0-7', rig.assembly.desk.instruments[1] as Instrument))
    const first = await settle(sweep(rig.assembly, options({ signal: late() })))
    expect(first).toMatchObject({ left: ['tg-a1-0-7'], verified: false })
    other.faults.cancel = 'works'
    expect(await settle(sweep(rig.assembly, options()))).toMatchObject({ left: [], verified: true })
    expect(other.open()).toEqual([])
  })

  it('K13: a venue that hangs is not verified, and holds up no other', async () => {
    const { rig, other, ids } = await trading()
    Object.assign(rig.venue.faults, { cancel: 'hangs', query: 'hangs' })
    other.addForeign(foreignRequest('tg-a1-0-7', rig.assembly.desk.instruments[1] as Instrument))
    const result = await settle(sweep(rig.assembly, options({ signal: late() })))
    expect(result).toMatchObject({ canceled: [ids[1]], left: [ids[0]], skipped: [], verified: false })
    expect(result.failures).toBeGreaterThan(0)
    expect(other.open()).toEqual([])
    rig.venue.fill(ids[0] as string)
    expect(await settle(sweep(rig.assembly, options({ signal: late() })))).toMatchObject({
      ...{ left: [], verified: false },
    })
  })
})
