import { describe, expect, it } from 'vitest'
import { LiveEngine } from './live-engine.ts'
import { recordsOf, statusWhere } from './operator.ts'

/** Orders that were denied, with what the check of order parameters said. */
function denials(engine: LiveEngine): { readonly code: unknown; readonly check: unknown }[] {
  return recordsOf(engine.stateDir).flatMap(({ kind, data }) =>
    kind === 'DENIED'
      ? [
          {
            code: data['code'],
            check: (data['checks'] as unknown[][]).find(([name]) => name === 'order_parameters'),
          },
        ]
      : [],
  )
}

describe('what the venue would refuse', () => {
  it.each([
    // At about 60,000 USDT that is worth 3.
    ['0.00005', 'VENUE_NOTIONAL_MIN', 'notional', 5],
    ['9000.00001', 'VENUE_QTY_MAX', 'qty', 9_000],
  ])(
    'R2, F2: an order of %s BTC is denied with %s, value and limit, and never reaches the venue',
    async (size, code, unit, most) => {
      const engine = await LiveEngine.prepare({
        edit: ({ strategies }) => {
          Object.assign((strategies[0] as { order?: object }).order as object, { sizing: { fixed: size } })
        },
      })
      const program = engine.start()
      const denied = await program.until(() => {
        const all = denials(engine)
        return all.length > 3 ? (all[0] ?? null) : null
      })
      const [, said, value, limit, counted] = denied.check as [string, string, number, number, string]
      expect([denied.code, said, counted]).toEqual([code, code, unit])
      expect(limit).toBe(unit === 'qty' ? most * 100_000 : most * 10_000_000)
      expect(value < limit).toBe(unit === 'notional')
      program.kill('SIGTERM')
      expect((await program.ended).code).toBe(0)
      expect(new Set(denials(engine).map((each) => each.code))).toEqual(new Set([code]))
      expect(engine.server.log.total).toBe(0)
    },
  )

  it('R2, F2: a symbol that is halted is denied, and trades again when it does, without a restart', async () => {
    const engine = await LiveEngine.prepare()
    engine.server.faults.symbol_status = 'HALT'
    const program = engine.start()
    await program.until(() => (denials(engine).length > 3 ? true : null))
    expect(new Set(denials(engine).map(({ code }) => code))).toEqual(new Set(['VENUE_SYMBOL_HALTED']))
    expect(denials(engine)[0]?.check).toEqual(['order_parameters', 'VENUE_SYMBOL_HALTED', 1, 0, 'count'])
    expect(engine.server.log.total).toBe(0)
    engine.server.faults.symbol_status = 'TRADING'
    // The engine looks again at each reconnect; the test does not wait for the look of the minute.
    for (const socket of engine.server.sockets) socket.destroy()
    await engine.untilOrders(program, 3)
    const { orders } = await statusWhere(program, engine.stateDir)
    expect(orders.open).toBeGreaterThan(2)
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
})
