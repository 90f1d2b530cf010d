import { describe, expect, it } from 'vitest'
import { ORDER_STATES, type OrderState, TERMINAL_STATES } from '../../src/domain/order.ts'
import { ORDER_EVENTS, type OrderEvent, TRANSITIONS, transition } from '../../src/order/fsm.ts'

/** One letter a state; "." quarantined, "<" back to the state before the request, "!" a surprise. */
const LETTERS: Readonly<Record<string, string>> = {
  INITIALIZED: 'I',
  DENIED: 'D',
  SUBMITTED: 'S',
  UNKNOWN: 'U',
  ACCEPTED: 'A',
  TRIGGERED: 'T',
  PARTIALLY_FILLED: 'P',
  PENDING_CANCEL: 'c',
  PENDING_REPLACE: 'r',
  FILLED: 'F',
  CANCELED: 'C',
  REJECTED: 'R',
  EXPIRED: 'E',
  PREVIOUS: '<',
}

/** Every state against every event, events in the order of `ORDER_EVENTS`. */
const MATRIX: Readonly<Record<OrderState, string>> = {
  INITIALIZED: 'D S U A R T P! F! . . C E . I . . .',
  DENIED: '. . . . . . D! D! . . . . . . . D! D!',
  SUBMITTED: '. . U A R T P F c S C E r S S . .',
  UNKNOWN: '. . U A R T P F U U C E . A U U U',
  ACCEPTED: '. . A A R T P F c A C E r A A A A',
  TRIGGERED: '. . T T R T P F c T C E r T T T T',
  PARTIALLY_FILLED: '. . P P . P P F c P C E r P P P P',
  PENDING_CANCEL: '. . U c R c c F c < C E . c c c c',
  PENDING_REPLACE: '. . U r R r r F c r C E r < < r r',
  FILLED: '. . F F . F F! F! F F F . F . F F! F!',
  CANCELED: '. . C C . C C! F! C C C C C . C C! C!',
  REJECTED: '. . R . R . R! R! R R . . . . R R! R!',
  EXPIRED: '. . E E . E E! E! E E E E E . E E! E!',
}

/**
 * Legal transitions of NautilusTrader (crates/model/src/orders/mod.rs, OrderStatus::transition, at a95c8042), as facts in our
 * words: updated is our replaced, modify-rejected our replace_rejected, filled our full_fill. Its states EMULATED and
 * RELEASED do not exist here. "same" stands for its two rows that return to the state before the request.
 */
const NAUTILUS: Readonly<Record<string, string>> = {
  INITIALIZED:
    'denied>DENIED submitted>SUBMITTED rejected>REJECTED accepted>ACCEPTED canceled>CANCELED expired>EXPIRED triggered>TRIGGERED replaced>INITIALIZED',
  SUBMITTED:
    'pending_replace>PENDING_REPLACE pending_cancel>PENDING_CANCEL rejected>REJECTED canceled>CANCELED accepted>ACCEPTED replaced>SUBMITTED full_fill>FILLED',
  ACCEPTED:
    'rejected>REJECTED pending_replace>PENDING_REPLACE pending_cancel>PENDING_CANCEL canceled>CANCELED triggered>TRIGGERED replaced>ACCEPTED expired>EXPIRED full_fill>FILLED',
  CANCELED: 'full_fill>FILLED',
  PENDING_REPLACE:
    'rejected>REJECTED accepted>ACCEPTED canceled>CANCELED expired>EXPIRED triggered>TRIGGERED pending_replace>PENDING_REPLACE pending_cancel>PENDING_CANCEL replace_rejected>same replaced>same full_fill>FILLED',
  PENDING_CANCEL:
    'rejected>REJECTED pending_cancel>PENDING_CANCEL cancel_rejected>same canceled>CANCELED expired>EXPIRED accepted>ACCEPTED full_fill>FILLED',
  TRIGGERED:
    'rejected>REJECTED pending_replace>PENDING_REPLACE pending_cancel>PENDING_CANCEL canceled>CANCELED expired>EXPIRED full_fill>FILLED replaced>TRIGGERED',
  PARTIALLY_FILLED:
    'pending_replace>PENDING_REPLACE pending_cancel>PENDING_CANCEL canceled>CANCELED expired>EXPIRED full_fill>FILLED accepted>ACCEPTED replaced>PARTIALLY_FILLED',
}

/** Where we keep the later or the pending state and Nautilus goes back to an earlier live one: live both ways. */
const KEPT = new Set([
  'PARTIALLY_FILLED accepted',
  'PENDING_CANCEL accepted',
  'PENDING_REPLACE accepted',
  'PENDING_REPLACE triggered',
])

const isTerminal = (state: string): boolean => TERMINAL_STATES.has(state as OrderState)
const pairs = ORDER_STATES.flatMap((state) => ORDER_EVENTS.map((event) => [state, event] as const))

describe('the table of order states', () => {
  it('O1: covers every state against every event, cell by cell', () => {
    expect(pairs).toHaveLength(13 * 17)
    for (const state of ORDER_STATES) {
      const cells = ORDER_EVENTS.map((event) => {
        const row = transition(state, event)
        return row === undefined ? '.' : `${LETTERS[row.to]}${row.surprise ? '!' : ''}`
      })
      expect(cells.join(' '), state).toBe(MATRIX[state])
    }
  })

  it('O1: is flat: one row a pair, and every surprise or standing still says why', () => {
    const keys = TRANSITIONS.map(({ from, event }) => `${from} ${event}`)
    expect(new Set(keys).size).toBe(keys.length)
    const silent = TRANSITIONS.filter(({ note, surprise, from, to, event }) => {
      const repeats = from === to && event !== 'replaced' && event !== 'partial_fill'
      return note === '' && (surprise || repeats)
    })
    expect(silent).toEqual([])
  })

  it('O1, O6: takes a fill in every state, and only a fill moves a terminal order to another end', () => {
    for (const state of ORDER_STATES) {
      expect(transition(state, 'partial_fill'), state).toBeDefined()
      expect(transition(state, 'full_fill'), state).toBeDefined()
    }
    const moves = TRANSITIONS.filter(({ from, to }) => isTerminal(from) && to !== from)
    expect(moves.map(({ from, event, to }) => `${from} ${event} ${to}`)).toEqual([
      'CANCELED full_fill FILLED',
    ])
  })

  it('O4: UNKNOWN ends by evidence only', () => {
    const evidence: OrderEvent[] = [
      'accepted',
      'rejected',
      'triggered',
      'partial_fill',
      'full_fill',
      'canceled',
      'expired',
      'replaced',
    ]
    const ends = TRANSITIONS.filter(({ from, to }) => from === 'UNKNOWN' && to !== 'UNKNOWN')
    expect(ends.map(({ event }) => event)).toEqual(evidence)
  })

  it('O1: agrees with every transition of NautilusTrader that applies', () => {
    let seen = 0
    for (const [from, rows] of Object.entries(NAUTILUS)) {
      for (const row of rows.split(' ')) {
        const [event, to] = row.split('>') as [OrderEvent, string]
        const ours = transition(from as OrderState, event)
        seen += 1
        if (to === 'same') expect(ours?.to, row).toBe('PREVIOUS')
        else if (KEPT.has(`${from} ${event}`)) expect(ours?.to, row).toBe(from)
        else expect(ours?.to, `${from} ${row}`).toBe(to)
      }
    }
    // 65 rows of its table less the 10 from and to EMULATED and RELEASED.
    expect(seen).toBe(65 - 10)
  })

  it('O1: lets nothing end that Nautilus keeps, and keeps nothing that it ends', () => {
    for (const [from, rows] of Object.entries(NAUTILUS)) {
      for (const row of rows.split(' ')) {
        const [event, to] = row.split('>') as [OrderEvent, string]
        if (to === 'same') continue
        expect(isTerminal(transition(from as OrderState, event)?.to ?? ''), `${from} ${row}`).toBe(
          isTerminal(to),
        )
      }
    }
  })
})
