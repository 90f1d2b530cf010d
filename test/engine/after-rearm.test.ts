import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TradingAction } from '../../src/domain/action.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { routeOf } from '../../src/engine/strategies.ts'
import { gate1 } from '../../src/gate/gate.ts'
import { ALL_SCOPE, type Scope } from '../../src/shm/control-plane.ts'
import { OrderRig } from './order-rig.ts'

const CAUSE = { code: 'DRILL', text: 'test', source: 'test' } as const

let rig: OrderRig
beforeEach(async () => {
  rig = await new OrderRig().open()
})
afterEach(() => rig.close())

/** An intent of the strategy in its worker, with the permit that gate 1 gave it there; null where gate 1 is shut. */
function decide(): Intent | null {
  const permit = new Int32Array(5)
  const instrument = rig.assembly.desk.instruments[0] as never
  if (!gate1(routeOf(rig.plane, rig.scopes, 0, instrument), permit)) return null
  return {
    strategy: 0,
    instrument: 0,
    action: TradingAction.BUY,
    tickSeq: 0,
    tickRecvNs: rig.nowNs,
    tickEventNs: rig.nowNs,
    decidedNs: rig.nowNs,
    referencePrice: 6_000_000,
    limitPrice: Number.NaN,
    qty: Number.NaN,
    permit: [...permit] as unknown as Intent['permit'],
    features: new Float64Array(1),
  }
}

describe('a strategy in a worker, killed and re-armed', () => {
  it.each<[Scope]>([[ALL_SCOPE], [{ kind: 'symbol', index: 0 }], [{ kind: 'venue', index: 0 }]])(
    'K5 K8: trades again after a kill of %j that caught an order between the gates',
    (scope) => {
      const { halts, trader, desk } = rig.assembly
      rig.submit = () => 'BACK_PRESSURE'
      trader.onIntent(decide() as Intent)
      const caught = decide() as Intent
      halts.halt(scope, 'KILL', 'drill', CAUSE)
      expect(decide()).toBeNull()
      trader.onIntent(caught)
      halts.clear(scope, REASON.KILL, 'operator', rig.plane.scope(scope).load(), { text: 'fine' }, CAUSE)
      trader.onIntent(decide() as Intent)
      expect(rig.taken).toHaveLength(2)
      expect(desk.counters.ordersDocument()).toMatchObject({ denied: { BACK_PRESSURE: 2, KILL_SWITCH: 1 } })
    },
  )
})
