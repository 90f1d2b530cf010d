import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ExecutionReport } from '../../src/domain/report.ts'
import { OrderStore } from '../../src/order/order-store.ts'
import { fill, request } from './orders.ts'

interface Step {
  msg: string
  exec_type: string | null
  ord_status: string | null
  order_qty?: number
  cum_qty?: number
  leaves_qty?: number
  last_qty?: number
}

const { scenarios } = JSON.parse(
  readFileSync(new URL('../fixtures/order-fsm/fix_matrices.json', import.meta.url), 'utf8'),
) as { scenarios: { ref: string; title: string; steps: Step[] }[] }

const STATUS: Readonly<Record<string, string>> = {
  New: 'ACCEPTED',
  'Partially Filled': 'PARTIALLY_FILLED',
  Filled: 'FILLED',
  Canceled: 'CANCELED',
  'Pending Cancel': 'PENDING_CANCEL',
  'Pending Replace': 'PENDING_REPLACE',
}

/** Plays one matrix: ids of cancel and replace requests stand for the order that they are about. */
class Matrix {
  readonly store = new OrderStore()
  readonly #orderOf = new Map<string, string>()
  readonly #requestOf = new Map<string, 'CXL' | 'RPL'>()
  #trades = 0

  play(step: Step): void {
    const match = /^(\w+)\((\w)(?:,(\w))?\)$/.exec(step.msg)
    const [, type, id, about] = match as unknown as [string, string, string, string | undefined]
    if (type === 'NEW') this.#create(id, step)
    else if (type === 'CXL' || type === 'RPL') this.#request(type, id, about as string)
    else this.#report(id, step, type === 'CXLREJ' ? this.#refusal(id) : step.exec_type)
  }

  #create(id: string, step: Step): void {
    const make = (): unknown =>
      this.store.create(request({ clientOrderId: id, qty: step.order_qty as number }), 1, '1')
    // A possible resend carries the id of an order that exists: it must not make a second one.
    if (this.store.get(id) !== undefined) expect(make).toThrow(/used twice/)
    else {
      make()
      this.store.submitted(id)
    }
  }

  #request(type: 'CXL' | 'RPL', id: string, about: string): void {
    this.#orderOf.set(id, this.#orderOf.get(about) ?? about)
    this.#requestOf.set(id, type)
  }

  #refusal(id: string): string {
    return this.#requestOf.get(id) === 'CXL' ? 'Cancel Rejected' : 'Replace Rejected'
  }

  #report(id: string, step: Step, type: string | null): void {
    const clientOrderId = this.#orderOf.get(id) ?? id
    const result = this.store.apply(this.#translate(clientOrderId, step, type))
    const order = this.store.get(clientOrderId)
    if (order === undefined) {
      expect([result.outcome, result.note, step.ord_status]).toEqual([
        'quarantined',
        'ORDER_UNKNOWN',
        'Rejected',
      ])
      return
    }
    expect(result.outcome).not.toBe('quarantined')
    if (step.cum_qty !== undefined) expect(order.cumQty).toBe(step.cum_qty)
    if (step.leaves_qty !== undefined) expect(order.leavesQty).toBe(step.leaves_qty)
    if (step.order_qty !== undefined) expect(order.request.qty).toBe(step.order_qty)
    // FIX lets a pending request outrank "Filled"; we close an order with nothing left at once.
    const filledWhilePending = step.ord_status === 'Pending Cancel' && step.leaves_qty === 0
    expect(order.state).toBe(filledWhilePending ? 'FILLED' : STATUS[step.ord_status as string])
  }

  #translate(clientOrderId: string, step: Step, type: string | null): ExecutionReport {
    const head = { clientOrderId, ts: '1' }
    this.#trades += 1
    const trade = fill(`t${this.#trades}`, step.last_qty ?? 0)
    switch (type) {
      case 'New':
      case 'Order Status':
        return { kind: 'accepted', ...head, venueOrderId: '1' }
      case 'Trade':
        return { kind: 'fill', ...head, fill: trade }
      case 'Pending Cancel':
        return { kind: 'pending_cancel', ...head }
      case 'Pending Replace':
        return { kind: 'pending_replace', ...head }
      case 'Replace':
        return { kind: 'replaced', ...head, qty: step.order_qty as number, price: 1 }
      case 'Canceled':
        return { kind: 'canceled', ...head, reason: '' }
      case 'Cancel Rejected':
        return { kind: 'cancel_rejected', ...head, reason: '' }
      case 'Replace Rejected':
        return { kind: 'replace_rejected', ...head, reason: '' }
      default:
        throw new Error(`no report for ${type}`)
    }
  }
}

describe('FIX order state change matrices', () => {
  it('has all ten', () => {
    expect(scenarios).toHaveLength(10)
  })

  it.each(scenarios)('O1: $ref $title: state, cum and leaves after every step', ({ steps }) => {
    const matrix = new Matrix()
    for (const step of steps) matrix.play(step)
    expect(matrix.store.quarantine.total).toBe(
      steps.some(({ ord_status }) => ord_status === 'Rejected') ? 1 : 0,
    )
  })
})
