import { readdirSync, readFileSync } from 'node:fs'
import { openTimers, type TimersInfo } from '../core/timers.ts'
import type { Order } from '../domain/order.ts'
import type { Desk } from '../engine/desk.ts'
import type { ControlPlane } from '../shm/control-plane.ts'
import { readHeartbeat } from '../shm/heartbeat.ts'
import { ROLE_THREADS, THREADS_MAX } from '../shm/layout.ts'

/** Orders that are listed by name; more are only counted. */
const ORDERS_MAX = 200

export interface ThreadInfo {
  /** "main", "control", "worker-0" */
  readonly name: string
  readonly kind: 'role' | 'strategy worker'
  /** what it works for: the engine, or a strategy's id */
  readonly owner: string
  readonly state: string
  readonly progress: number
  readonly heartbeat_age_ms: number
}

export interface OrderInfo {
  readonly id: string
  readonly venue_order_id: string | null
  readonly symbol: string
  readonly side: string
  readonly state: string
}

/** S10: what the process consists of right now. */
export interface ThreadDump {
  readonly occasion: string
  readonly threads: readonly ThreadInfo[]
  /** threads of the process as the system names them, by name; empty where it does not tell */
  readonly os_threads: Readonly<Record<string, number>>
  /** Node's handles and requests by type */
  readonly handles: Readonly<Record<string, number>>
  /** timers and loops of ours, by owner */
  readonly timers: readonly TimersInfo[]
  readonly submitting: number
  readonly in_flight: readonly string[]
  readonly open: readonly OrderInfo[]
  readonly open_count: number
}

export interface DumpSource {
  readonly plane: ControlPlane
  readonly desk: Desk
  /** strategy ids by worker index */
  readonly workers: readonly string[]
  /** ms from the run's base */
  readonly nowMs: number
}

/** Reads threads, handles and orders; changes nothing and never throws. */
export function threadDump(occasion: string, source: DumpSource): ThreadDump {
  const { desk } = source
  const orders = [...desk.orders.open()]
  return {
    occasion,
    threads: threads(source),
    os_threads: systemThreads(),
    handles: counted(process.getActiveResourcesInfo()),
    timers: openTimers(),
    submitting: desk.guard.submitting(),
    in_flight: [...desk.awaiting].slice(0, ORDERS_MAX),
    open: orders.slice(0, ORDERS_MAX).map((order) => orderInfo(order, desk)),
    open_count: orders.length,
  }
}

function threads({ plane, workers, nowMs }: DumpSource): ThreadInfo[] {
  const found: ThreadInfo[] = []
  for (let index = 0; index < THREADS_MAX; index++) {
    const { thread, state, progress, ageMs } = readHeartbeat(plane, index, nowMs)
    if (state === 'absent') continue
    const strategy = workers[index - ROLE_THREADS.length]
    found.push({
      name: thread,
      kind: index < ROLE_THREADS.length ? 'role' : 'strategy worker',
      owner: strategy ?? 'engine',
      state,
      progress,
      heartbeat_age_ms: ageMs,
    })
  }
  return found
}

/** Linux names every thread of a process; elsewhere nothing is told. */
export function systemThreads(pid: number | 'self' = 'self'): Record<string, number> {
  try {
    const folder = `/proc/${pid}/task`
    return counted(readdirSync(folder).map((id) => readFileSync(`${folder}/${id}/comm`, 'utf8').trim()))
  } catch {
    return {}
  }
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function orderInfo({ request, venueOrderId, state }: Order, desk: Desk): OrderInfo {
  return {
    id: request.clientOrderId,
    venue_order_id: venueOrderId,
    symbol: desk.instruments[request.instrument]?.symbol ?? String(request.instrument),
    side: request.side,
    state,
  }
}
