import type { Writable } from 'node:stream'
import * as ws from 'ws'

/** `ws`'s parser of WebSocket frames: a Writable that takes bytes and emits messages. Its types are not published. */
export interface FrameReceiver extends Writable {
  on(event: 'message', listener: (data: Buffer, binary: boolean) => void): this
  on(event: 'ping' | 'pong', listener: (data: Buffer) => void): this
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(event: string, listener: (...args: never[]) => void): this
}

interface ReceiverOptions {
  readonly isServer: boolean
  readonly maxPayload: number
}

const { Receiver } = ws as unknown as { readonly Receiver: new (options: ReceiverOptions) => FrameReceiver }

/** Longest message taken from a venue: a full allOrders answer fits. */
export const MESSAGE_BYTES_MAX = 16_777_216

/** A parser for the client's side. The buffers of its messages are slices of what was read: never keep one. */
export function createReceiver(): FrameReceiver {
  return new Receiver({ isServer: false, maxPayload: MESSAGE_BYTES_MAX })
}
