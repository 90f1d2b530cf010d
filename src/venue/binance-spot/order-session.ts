import type { Clock } from '../../core/clock.ts'
import { TidegateError } from '../../core/errors.ts'
import { Timers } from '../../core/timers.ts'
import type { Instrument } from '../../domain/instrument.ts'
import type { OrderRequest } from '../../domain/order.ts'
import type { SendResult } from '../../domain/venue.ts'
import { FrameWriter, type MaskPool, OPCODE } from './frame-writer.ts'
import type { Upgraded } from './handshake.ts'
import type { OrderText } from './order-text.ts'
import { type Outcome, orderOutcome } from './outcome.ts'
import { createReceiver, type FrameReceiver } from './receiver.ts'
import type { LimitError, RequestLimits } from './request-limits.ts'
import { ORDER_WEIGHT, SESSION_WEIGHT } from './request-weight.ts'

/** Orders without an answer at the same time; beyond it a submission is refused as BUSY. */
export const IN_FLIGHT_MAX = 1_000
/** Orders whose answer is overdue and that are still listened for. */
const LATE_MAX = 10_000
const SWEEP_MS = 20
/** Looks without a byte after which a connection is asked, and again as many after which it is given up. */
const SILENT_LOOKS = 4
const CLOSE_NORMAL = Buffer.from([0x03, 0xe8])

export interface OrderSessionEvents {
  /** The answer to an order, or that none came (also: none will come, when the session ends). */
  onOutcome(clientOrderId: string, outcome: Outcome): void
  /** The `event` of a user data message. */
  onEvent(event: Readonly<Record<string, unknown>>): void
  /** The session has ended; called once. */
  onEnd(reason: string): void
}

export interface OrderSessionConfig {
  readonly text: OrderText
  readonly masks: MaskPool
  /** of the host, shared by everything that asks it */
  readonly limits: RequestLimits
  readonly clock: Clock
  /** the venue's time, ms since 1970 */
  readonly venueMs: () => number
  readonly requestTimeoutMs: number
  /** a connection that stays silent for this long is asked, and given up after as long again, ms */
  readonly silenceMs: number
  readonly events: OrderSessionEvents
}

interface Pending {
  readonly clientOrderId: string
  readonly sentNs: number
}

/** The parts of a message that are looked at first. */
interface Message {
  readonly id?: unknown
  readonly status?: unknown
  readonly error?: LimitError
  readonly event?: Readonly<Record<string, unknown>>
}

/**
 * One WebSocket API connection, from handshake to end. Orders are written by `place` in one piece or not at all;
 * answers are matched by request id; whatever has no answer at the end of the connection has an unknown outcome.
 */
export class OrderSession {
  readonly #socket: Upgraded['socket']
  readonly #config: OrderSessionConfig
  readonly #writer: FrameWriter
  readonly #receiver: FrameReceiver = createReceiver()
  readonly #timers = new Timers('binance-spot order session')
  readonly #pending = new Map<number, Pending>()
  readonly #late = new Map<number, string>()
  readonly #requests = new Map<number, (answer: Message) => void>()
  #nextId = 1
  /** looks at the connection since it sent a byte */
  #silentLooks = 0
  #ended = false

  constructor({ socket, head }: Upgraded, config: OrderSessionConfig) {
    this.#socket = socket
    this.#config = config
    this.#writer = new FrameWriter(config.masks)
    this.#receiver.on('message', (data) => this.#onMessage(data))
    this.#receiver.on('ping', (data) => this.#socket.write(this.#writer.control(OPCODE.PONG, data)))
    this.#receiver.on('conclude', () => this.end('CLOSED_BY_VENUE'))
    this.#receiver.on('error', () => this.end('PROTOCOL_ERROR'))
    socket.on('data', (chunk: Buffer) => {
      this.#silentLooks = 0
      this.#receiver.write(chunk)
    })
    socket.on('error', () => this.end('CONNECTION_LOST'))
    socket.on('close', () => this.end('CONNECTION_LOST'))
    this.#timers.every(SWEEP_MS, () => this.#sweep())
    this.#timers.every(Math.max(SWEEP_MS, config.silenceMs / SILENT_LOOKS), () => this.#watch())
    if (head.length > 0) this.#receiver.write(head)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Orders without an answer. */
  get inFlight(): number {
    return this.#pending.size
  }

  /** Writes the order: one buffer, one `socket.write`, in this turn. */
  place(order: OrderRequest, instrument: Instrument): SendResult {
    const socket = this.#socket
    if (this.#ended || !socket.writable) return 'NOT_CONNECTED'
    if (socket.writableLength > 0) return 'BACK_PRESSURE'
    if (this.#pending.size >= IN_FLIGHT_MAX) return 'BUSY'
    const nowNs = this.#config.clock.monoNs()
    if (this.#config.limits.holdsOrders(nowNs)) return 'RATE_LIMITED'
    const id = this.#nextId++
    const frame = this.#writer.frame(
      OPCODE.TEXT,
      this.#config.text.place(id, order, instrument, this.#config.venueMs()),
    )
    this.#pending.set(id, { clientOrderId: order.clientOrderId, sentNs: nowNs })
    socket.write(frame)
    this.#config.limits.count(ORDER_WEIGHT, nowNs)
    return 'sent'
  }

  /**
   * Sends a request that is not an order and gives its answer.
   *
   * @throws VENUE_TIMEOUT, NOT_CONNECTED
   */
  request(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const text = JSON.stringify({ id, method, params })
      if (this.#ended || !this.#writer.write(this.#socket, OPCODE.TEXT, text)) {
        reject(new TidegateError('NOT_CONNECTED', `${method} could not be sent`))
        return
      }
      this.#config.limits.count(SESSION_WEIGHT)
      this.#requests.set(id, (answer) => resolve(answer as Readonly<Record<string, unknown>>))
      this.#timers.after(this.#config.requestTimeoutMs, () => {
        if (!this.#requests.delete(id)) return
        reject(new TidegateError('VENUE_TIMEOUT', `no answer to ${method}`))
      })
    })
  }

  /** Ends the session; orders without an answer become unknown. */
  end(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#timers.close()
    if (reason === 'CLOSED' && this.#socket.writable && this.#socket.writableLength === 0) {
      this.#socket.write(this.#writer.control(OPCODE.CLOSE, CLOSE_NORMAL))
    }
    // What the kernel has is sent; a peer that takes nothing must not keep the socket open.
    if (this.#socket.writableLength === 0) this.#socket.destroySoon()
    else this.#socket.destroy()
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    for (const answer of this.#requests.values()) answer({ status: 0 })
    this.#requests.clear()
    for (const { clientOrderId } of lost) {
      this.#config.events.onOutcome(clientOrderId, { kind: 'unknown', reason })
    }
    this.#config.events.onEnd(reason)
  }

  #onMessage(data: Buffer): void {
    if (this.#ended) return
    let message: Message
    try {
      message = JSON.parse(data.toString('utf8')) as Message
    } catch {
      return this.end('PROTOCOL_ERROR')
    }
    if (message.event !== undefined) {
      if (message.event['e'] === 'serverShutdown') this.end('SERVER_SHUTDOWN')
      else this.#config.events.onEvent(message.event)
      return
    }
    if (message.status !== 200) {
      this.#config.limits.onAnswer(message.status, message.error, this.#config.venueMs())
    }
    if (typeof message.id === 'number') this.#onAnswer(message.id, message)
    else if (message.status === 401) this.end('SESSION_REVOKED')
  }

  #onAnswer(id: number, message: Message): void {
    const clientOrderId = this.#pending.get(id)?.clientOrderId ?? this.#late.get(id)
    if (clientOrderId !== undefined) {
      this.#pending.delete(id)
      this.#late.delete(id)
      this.#config.events.onOutcome(clientOrderId, orderOutcome(message))
      return
    }
    const answer = this.#requests.get(id)
    this.#requests.delete(id)
    answer?.(message)
  }

  /** Gives up on answers that are overdue; masks and signatures are made ready here too, off the path. */
  #sweep(): void {
    this.#config.masks.refill()
    this.#config.text.prepare()
    const overdueNs = this.#config.clock.monoNs() - this.#config.requestTimeoutMs * 1e6
    for (const [id, { clientOrderId, sentNs }] of this.#pending) {
      if (sentNs > overdueNs) return
      this.#pending.delete(id)
      if (this.#late.size < LATE_MAX) this.#late.set(id, clientOrderId)
      this.#config.events.onOutcome(clientOrderId, { kind: 'unknown', reason: 'TIMEOUT' })
    }
  }

  /** Counts looks and not time: one that comes late, as this thread was held up, is one look and no silence of the venue. */
  #watch(): void {
    this.#silentLooks++
    if (this.#silentLooks > 2 * SILENT_LOOKS) this.end('SILENT')
    else if (this.#silentLooks === SILENT_LOOKS + 1)
      this.#socket.write(this.#writer.control(OPCODE.PING, Buffer.alloc(0)))
  }
}
