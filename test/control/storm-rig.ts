import { loadConfig } from '../../src/config/load.ts'
import { OperatorDesk } from '../../src/control/operator-desk.ts'
import { VirtualClock } from '../../src/core/clock.ts'
import { TradingAction } from '../../src/domain/action.ts'
import type { Intent } from '../../src/domain/intent.ts'
import type { JournalPort } from '../../src/domain/journal.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { createTickSlots, TICK } from '../../src/domain/tick.ts'
import type { ApprovedOrder } from '../../src/domain/venue.ts'
import { type Assembly, assemble } from '../../src/engine/assemble.ts'
import { bootHalt, clearBoot, openScopes } from '../../src/engine/boot.ts'
import { instrumentTable } from '../../src/engine/from-config.ts'
import { scopeText } from '../../src/engine/halts.ts'
import { loadStrategies, routeOf, scopeTable } from '../../src/engine/strategies.ts'
import { type GateRoute, gate1 } from '../../src/gate/gate.ts'
import { ClientOrderIds } from '../../src/order/client-order-id.ts'
import { ControlPlane, SCOPE_KINDS } from '../../src/shm/control-plane.ts'
import { generationOf } from '../../src/shm/control-word.ts'
import { SimVenue } from '../../src/venue/sim/sim-venue.ts'
import { writeConfig } from '../config/sample.ts'
import { quietAssembly } from '../engine/quiet-assembly.ts'
import { effectiveAt, STORM_NAMES, STORM_ROLES, STORM_SCOPES, TALLY } from './storm-data.ts'

/** Intents that wait between the gates. */
const LAG = 8
/** Looks that a write to the venue takes: kills are to meet it. */
const WRITE_LOOKS = 200

const CONFIG = `
node: {id: storm}
mode: dry-run
instruments:
  - {symbol: BTCUSDT, venue: sim, price_increment: "0.01", qty_increment: "0.00001", calendar: "24/7"}
  - {symbol: ETHUSDT, venue: sim, price_increment: "0.01", qty_increment: "0.00001", calendar: "24/7"}
venues: {sim: {kind: sim}}
strategies:
  - {id: up, file: examples/strategies/every-tick.ts, symbols: [BTCUSDT, ETHUSDT], order: {sizing: {fixed: "0.001"}}}
  - {id: down, file: examples/strategies/every-tick.ts, symbols: [BTCUSDT, ETHUSDT], order: {sizing: {fixed: "0.001"}}}
risk: {long_only: false, orders_per_second_max: 100000, open_orders_max: 100000, order_value_min: "0"}
breakers: {executions_max: null}
`

/** A journal that only counts: the storm is about words, not about a disk. */
function countingJournal(): JournalPort {
  let events = 0
  const append = (): number => ++events
  const port = { failure: null, head: '', contentHead: '', lagNs: 0, onFailure: () => {}, flush: () => true }
  return {
    ...port,
    events,
    append,
    appendText: append,
    maintain: () => {},
    catchUp: () => {},
    close: () => {},
  }
}

/** The main thread in the storm: the engine's own order side, a venue, and an operator who re-arms whatever was killed. */
export class StormRig {
  readonly plane: ControlPlane = ControlPlane.create()
  readonly tally: Int32Array = new Int32Array(new SharedArrayBuffer(TALLY.words * 4))
  /** orders that were written after a kill of theirs was effective */
  violations = 0
  /** generations that re-arms made, by scope */
  readonly rearms: Map<string, number[]> = new Map(
    STORM_SCOPES.map((scope) => [scopeText(scope, STORM_NAMES), []]),
  )
  /** re-arms that a kill made fail while they were judged */
  moved = 0
  assembly!: Assembly
  #venue!: SimVenue
  #desk!: OperatorDesk
  #nowNs = 1e9
  #judgement = 0
  readonly #slots = createTickSlots(1)
  readonly #permit = new Int32Array(5)
  readonly #decided: Intent[] = []
  #sending: Intent | null = null
  readonly #routes: GateRoute[] = []

  async open(): Promise<this> {
    const config = loadConfig(writeConfig(CONFIG), {})
    const table = instrumentTable(config)
    const scopes = scopeTable(config)
    this.#venue = new SimVenue({
      id: 'sim',
      instruments: table,
      fillModel: 'next-trade',
      fees: config.fees,
      eventBaseUtcNs: 0n,
    })
    await this.#venue.connect()
    const submit = this.#venue.submit.bind(this.#venue)
    this.#venue.submit = (order: ApprovedOrder) => {
      this.#written(order)
      return submit(order)
    }
    this.assembly = await assemble({
      ...quietAssembly(),
      config,
      table,
      plane: this.plane,
      scopes,
      strategies: await loadStrategies(config, table),
      journal: countingJournal(),
      time: { nowNs: () => this.#nowNs, utcNsText: () => '0', eventBaseUtcS: 0, recvBaseUtcS: 0 },
      stopwatch: new VirtualClock(0n),
      runnerClock: new VirtualClock(0n),
      venues: table.all().map(() => this.#venue),
      ids: new ClientOrderIds('storm', 1),
      restDurability: 'buffered',
    })
    this.#venue.onReport = (report) => this.assembly.reports.onReport(report)
    const { halts } = this.assembly
    for (const strategy of [0, 1]) {
      for (const instrument of table.all())
        this.#routes.push(routeOf(this.plane, scopes, strategy, instrument))
    }
    this.#desk = new OperatorDesk({ halts, cannotArm: () => this.#judge() })
    openScopes(this.plane, scopes, 2, 2)
    bootHalt(halts, 'start')
    clearBoot(halts, this.plane.all.load(), true, { code: 'OTHER', text: 'storm', source: 'test' })
    return this
  }

  /**
   * A trade in a symbol; both strategies want an order of it. They are as workers are: gate 1 reads routes of their own,
   * and what they decided some ticks ago goes out now, with the permit of then.
   */
  tick(n: number): void {
    const instrument = n % 2
    this.#nowNs += 1e6
    const price = 6_000_000 + (n % 50)
    this.#slots.i32[0] = TICK.TRADE
    this.#slots.i32[1] = instrument
    this.#slots.f64.set([this.#nowNs, this.#nowNs, price, 100_000, 1, 0, n], 1)
    const { desk, trader } = this.assembly
    desk.market.onTick(this.#slots, 0)
    desk.portfolio.mark(instrument, price)
    this.#venue.onTick(this.#slots, 0)
    for (const { index } of desk.strategies) {
      if (!gate1(this.#routes[index * 2 + instrument] as GateRoute, this.#permit)) continue
      const action = (n >> 1) % 2 === index ? TradingAction.BUY : TradingAction.SELL
      this.#decided.push(this.#intent(index, instrument, action, price))
    }
    while (this.#decided.length > LAG) {
      this.#sending = this.#decided.shift() as Intent
      trader.onIntent(this.#sending)
    }
  }

  /** An operator who re-arms all that is killed. @param told the control thread hears of it */
  rearm(told: (rearmed: { scope: string; generation: number }) => void): void {
    for (const place of STORM_SCOPES) {
      const word = this.plane.scope(place).load()
      if ((word & REASON.KILL) === 0) continue
      const scope = scopeText(place, STORM_NAMES)
      const request = { scope, text: 'storm', generation: generationOf(word), actor: 'ada' }
      const { status, body } = this.#desk.rearm({ action: 'rearm', ...request })
      if (status === 409) this.moved++
      if (status !== 200) continue
      const { generation } = body as { generation: number }
      this.rearms.get(scope)?.push(generation)
      told({ scope, generation })
    }
  }

  /** Judges for a while, now shorter, now longer, and finds nothing against it. Now and then it lets the killers on. */
  #judge(): null {
    if (this.#judgement % 64 === 0) Atomics.wait(this.tally, TALLY.idle, 0, 1)
    for (let look = 0; look < this.#judgement; look++) Atomics.load(this.tally, TALLY.done)
    this.#judgement = (this.#judgement + 37) % 448
    return null
  }

  /**
   * The venue's port writes an order. Was one of its five scopes killed since its permit, also where it was re-armed, and
   * was that kill effective already?
   */
  #written(order: ApprovedOrder): void {
    for (let look = 0; look < WRITE_LOOKS; look++) Atomics.load(this.tally, TALLY.done)
    Atomics.add(this.tally, TALLY.orders, 1)
    const { permit } = this.#sending as Intent
    for (const [at, { kind, index }] of STORM_SCOPES.entries()) {
      if (kind === 'strategy' && index !== order.strategy) continue
      if (kind === 'symbol' && index !== order.instrument) continue
      const born = permit[SCOPE_KINDS.indexOf(kind)] as number
      const killed = STORM_ROLES.map((role) => Atomics.load(this.tally, effectiveAt(role, at)))
      const bornKilled = (born & REASON.KILL) !== 0
      if (killed.some((kill) => kill > generationOf(born) || (bornKilled && kill === generationOf(born))))
        this.violations++
    }
  }

  #intent(strategy: number, instrument: number, action: TradingAction, price: number): Intent {
    return {
      strategy,
      instrument,
      action,
      tickSeq: 0,
      tickRecvNs: this.#nowNs,
      tickEventNs: this.#nowNs,
      decidedNs: this.#nowNs,
      referencePrice: price,
      limitPrice: Number.NaN,
      qty: Number.NaN,
      permit: [...this.#permit] as unknown as Intent['permit'],
      features: new Float64Array(1),
    }
  }
}
