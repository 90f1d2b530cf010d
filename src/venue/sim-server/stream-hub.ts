import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../../core/clock.ts'
import { RateWindow } from '../../core/rate-window.ts'

/** Most streams of one connection, as at Binance. */
export const STREAMS_MAX = 1_024
/** Most messages of one connection in a second, as at Binance: requests, pings and pongs. */
const MESSAGES_MAX = 5
const SECOND_NS = 1e9
/** A request in a frame of more than 4,096 bytes, eight of which are its head, is read by Binance and never answered. */
const REQUEST_BYTES_MAX = 4_088
/** Unsent bytes of one subscriber above which playing waits. */
export const UNSENT_BYTES_HIGH = 4_194_304

interface Subscriber {
  readonly ws: WebSocket
  readonly socket: Socket
  combined: boolean
  readonly streams: Set<string>
  readonly messages: RateWindow
}

const DATA_KEY = Buffer.from('","data":')

/** Market stream connections: who listens to what, and the sending of the recording's frames. */
export class StreamHub {
  readonly #subscribers = new Set<Subscriber>()
  readonly #byStream = new Map<string, Set<Subscriber>>()
  /** Called when the first stream is subscribed to. */
  onFirstSubscriber: () => void = () => {}
  readonly #clock: Pick<Clock, 'monoNs'>
  #started = false
  #delivered = 0

  constructor(clock: Pick<Clock, 'monoNs'>) {
    this.#clock = clock
  }

  /** Frames handed to sockets, counted once for each subscriber. */
  get delivered(): number {
    return this.#delivered
  }

  get connections(): number {
    return this.#subscribers.size
  }

  get listening(): boolean {
    return this.#byStream.size > 0
  }

  add(ws: WebSocket, socket: Socket, combined: boolean, streams: readonly string[]): void {
    const messages = new RateWindow(MESSAGES_MAX, SECOND_NS)
    const subscriber: Subscriber = { ws, socket, combined, streams: new Set(), messages }
    this.#subscribers.add(subscriber)
    ws.on('message', (data) => {
      if (this.#takes(subscriber)) this.#onMessage(subscriber, data as Buffer)
    })
    ws.on('ping', () => this.#takes(subscriber))
    ws.on('pong', () => this.#takes(subscriber))
    ws.on('error', () => socket.destroy())
    ws.on('close', () => this.#remove(subscriber))
    this.#subscribe(subscriber, streams)
  }

  /**
   * Sends one recorded frame to those who listen. The bytes are copied, the caller may reuse them.
   *
   * A combined frame (`{"stream":NAME,"data":…}`) goes as it is to combined connections and as its `data` to raw ones.
   * @returns false for a frame that names no stream
   */
  publish(bytes: Uint8Array, start: number, end: number): boolean {
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
    const nameEnd = frame.indexOf(DATA_KEY)
    if (nameEnd < 0 || frame.toString('latin1', 0, 11) !== '{"stream":"') return false
    const subscribers = this.#byStream.get(frame.toString('latin1', 11, nameEnd))
    if (subscribers === undefined) return true
    let whole: Buffer | null = null
    let data: Buffer | null = null
    for (const subscriber of subscribers) {
      if (subscriber.combined) whole ??= Buffer.from(frame)
      else data ??= Buffer.from(frame.subarray(nameEnd + DATA_KEY.length, frame.length - 1))
      subscriber.ws.send((subscriber.combined ? whole : data) as Buffer, { binary: false })
      this.#delivered++
    }
    return true
  }

  /** Largest number of bytes that one subscriber has not been sent yet. */
  unsentBytes(): number {
    let most = 0
    for (const { ws } of this.#subscribers) most = Math.max(most, ws.bufferedAmount)
    return most
  }

  /** Ends connections that have more unsent bytes than that: slow consumers. */
  dropSlow(bytes: number): void {
    for (const { ws, socket } of this.#subscribers) if (ws.bufferedAmount > bytes) socket.destroy()
  }

  /**
   * Cuts stream connections without a closing handshake.
   *
   * @param midFrame first writes the head and half of a frame, so that the peer is left inside it
   * @param reset ends with a TCP reset instead of a FIN
   * @param stream only those that listen to it; null: all
   */
  cut(midFrame: boolean, reset: boolean, stream: string | null): number {
    const cut = [...(stream === null ? this.#subscribers : (this.#byStream.get(stream) ?? []))]
    for (const { socket } of cut) cutSocket(socket, midFrame, reset)
    return cut.length
  }

  ping(): void {
    for (const { ws } of this.#subscribers) ws.ping(String(this.#delivered))
  }

  #subscribe(subscriber: Subscriber, names: readonly string[]): void {
    for (const name of names) {
      subscriber.streams.add(name)
      let set = this.#byStream.get(name)
      if (set === undefined) {
        set = new Set()
        this.#byStream.set(name, set)
      }
      set.add(subscriber)
    }
    if (!this.#started && names.length > 0) {
      this.#started = true
      this.onFirstSubscriber()
    }
  }

  #unsubscribe(subscriber: Subscriber, names: Iterable<string>): void {
    for (const name of [...names]) {
      subscriber.streams.delete(name)
      const set = this.#byStream.get(name)
      set?.delete(subscriber)
      if (set?.size === 0) this.#byStream.delete(name)
    }
  }

  #remove(subscriber: Subscriber): void {
    this.#unsubscribe(subscriber, subscriber.streams)
    this.#subscribers.delete(subscriber)
  }

  /** Counts a message; false where it is one too many: the connection ends. */
  #takes(subscriber: Subscriber): boolean {
    const nowNs = this.#clock.monoNs()
    if (subscriber.messages.waitNs(nowNs) > 0) {
      this.#remove(subscriber)
      subscriber.ws.close(1008, 'Too many requests')
      return false
    }
    subscriber.messages.note(nowNs)
    return true
  }

  #onMessage(subscriber: Subscriber, data: Buffer): void {
    if (data.length > REQUEST_BYTES_MAX) return
    subscriber.ws.send(JSON.stringify(this.#answer(subscriber, messageText(data))))
  }

  #answer(subscriber: Subscriber, text: string): object {
    let request: { method?: unknown; params?: unknown; id?: unknown }
    try {
      request = JSON.parse(text) as typeof request
    } catch {
      return { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' }
    }
    const id = request.id ?? null
    const params = Array.isArray(request.params) ? (request.params as unknown[]) : []
    const names = params.filter((name): name is string => typeof name === 'string')
    switch (request.method) {
      case 'SUBSCRIBE':
        if (names.length !== params.length)
          return { code: 2, msg: 'Invalid request: stream names are strings', id }
        if (subscriber.streams.size + names.length > STREAMS_MAX)
          return { code: 2, msg: 'Invalid request: too many parameters', id }
        this.#subscribe(subscriber, names)
        return { result: null, id }
      case 'UNSUBSCRIBE':
        this.#unsubscribe(subscriber, names)
        return { result: null, id }
      case 'LIST_SUBSCRIPTIONS':
        return { result: [...subscriber.streams], id }
      case 'SET_PROPERTY':
        if (params[0] !== 'combined') return { code: 0, msg: 'Unknown property', id }
        if (typeof params[1] !== 'boolean') return { code: 1, msg: 'Invalid value type: expected Boolean' }
        subscriber.combined = params[1]
        return { result: null, id }
      case 'GET_PROPERTY':
        if (params[0] !== 'combined') return { code: 0, msg: 'Unknown property', id }
        return { result: subscriber.combined, id }
      case undefined:
        return { code: 2, msg: 'Invalid request: missing field `method` at line 1 column 1' }
      default:
        return {
          code: 2,
          msg: `Invalid request: unknown variant ${String(request.method)}, expected one of \`SUBSCRIBE\`, \`UNSUBSCRIBE\`, \`LIST_SUBSCRIPTIONS\`, \`SET_PROPERTY\`, \`GET_PROPERTY\` at line 1 column 1`,
        }
    }
  }
}

/** Text of a message as `ws` hands it over with its default binary type. */
export function messageText(data: RawData): string {
  return (data as Buffer).toString('utf8')
}

/** Ends a connection the hard way; half a text frame of 1,000 bytes first where `midFrame`. */
export function cutSocket(socket: Socket, midFrame: boolean, reset: boolean): void {
  if (midFrame && socket.writable) {
    const head = Buffer.alloc(504, 0x20)
    head[0] = 0x81
    head[1] = 126
    head.writeUInt16BE(1_000, 2)
    socket.write(head)
  }
  if (reset) socket.resetAndDestroy()
  else if (midFrame) socket.destroySoon()
  else socket.destroy()
}
