import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TERMINAL_STATES } from '../../../src/domain/order.ts'
import { alpacaEvent, alpacaStatus } from '../../../src/venue/alpaca/names.ts'

const names = JSON.parse(
  readFileSync(new URL('../../fixtures/order-fsm/alpaca_names.json', import.meta.url), 'utf8'),
) as { order_status: string[]; trade_event: string[]; documented_but_rare_events: string[] }

describe('Alpaca names', () => {
  it('O1: every documented order status has a state', () => {
    expect(names.order_status).toHaveLength(18)
    for (const name of names.order_status) {
      expect(alpacaStatus(name), name).toMatchObject({ text: name, known: true })
      expect(alpacaStatus(name).meaning, name).not.toBeNull()
    }
    const ends = names.order_status.filter((name) =>
      TERMINAL_STATES.has(alpacaStatus(name).meaning ?? 'ACCEPTED'),
    )
    expect(ends).toEqual(['filled', 'canceled', 'expired', 'replaced', 'rejected'])
  })

  it('O1: every documented event, rare ones included, is known', () => {
    const events = [...names.trade_event, ...names.documented_but_rare_events]
    expect(events).toHaveLength(18)
    expect(events.filter((name) => !alpacaEvent(name).known)).toEqual([])
    expect(events.filter((name) => alpacaEvent(name).meaning === null)).toEqual([
      'pending_new',
      'restated',
      'done_for_day',
      'stopped',
      'calculated',
      'suspended',
    ])
  })

  it.each(['', 'FILLED', 'filled ', 'liquidated', 'toString', '__proto__'])(
    'O1: an unknown name (%j) is kept, flagged and never an end',
    (text) => {
      expect(alpacaStatus(text)).toEqual({ text, known: false, meaning: null })
      expect(alpacaEvent(text)).toEqual({ text, known: false, meaning: null })
    },
  )
})
