import { randomFillSync } from 'node:crypto'
import type { Socket } from 'node:net'

export const OPCODE = { TEXT: 1, CLOSE: 8, PING: 9, PONG: 10 } as const
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE]

/** The payload starts here in the frame buffer; the head (at most 14 bytes) ends here. A multiple of 4. */
const PAYLOAD_AT = 16
/** Masks in the pool; it is refilled off the order path when half of it is used. */
export const MASK_POOL_SIZE = 4_096

/** Masks of client frames from a pool of random bytes, so that no system call stands before an order. */
export class MaskPool {
  readonly #masks: Int32Array = new Int32Array(MASK_POOL_SIZE)
  #next = 0
  #refills = 0

  constructor() {
    randomFillSync(this.#masks)
  }

  /** Times the pool had to be refilled on the path, because `refill` came too late. */
  get lateRefills(): number {
    return this.#refills
  }

  take(): number {
    if (this.#next === MASK_POOL_SIZE) {
      this.#refills++
      this.#fill()
    }
    return this.#masks[this.#next++] as number
  }

  /** Off the path: draws new masks where half are used. */
  refill(): void {
    if (this.#next > MASK_POOL_SIZE / 2) this.#fill()
  }

  #fill(): void {
    randomFillSync(this.#masks)
    this.#next = 0
  }
}

/**
 * Writes masked client frames (RFC 6455) as one buffer and one `socket.write` each, nothing queued: a frame is written
 * only while the socket has nothing left to write, and that is also what makes the one buffer reusable.
 */
export class FrameWriter {
  readonly #masks: MaskPool
  #buffer: Buffer
  #words: Int32Array

  constructor(masks: MaskPool, bytes = 4_096) {
    this.#masks = masks
    this.#buffer = Buffer.alloc(0)
    this.#words = new Int32Array(0)
    this.#grow(bytes)
  }

  /**
   * Writes a frame.
   *
   * @returns false where the socket still has bytes to write: nothing was written then
   */
  write(socket: Socket, opcode: Opcode, text: string): boolean {
    if (socket.writableLength > 0) return false
    socket.write(this.frame(opcode, text))
    return true
  }

  /** The frame's bytes, in the writer's own buffer: valid until the next frame. */
  frame(opcode: Opcode, text: string): Buffer {
    if (PAYLOAD_AT + text.length * 3 > this.#buffer.length) this.#grow(PAYLOAD_AT + text.length * 3)
    const length = this.#buffer.write(text, PAYLOAD_AT)
    const head = length < 126 ? 6 : length < 65_536 ? 8 : 14
    const start = PAYLOAD_AT - head
    this.#writeHead(start, opcode, length)
    const mask = this.#masks.take()
    this.#buffer.writeInt32LE(mask, PAYLOAD_AT - 4)
    const from = PAYLOAD_AT >> 2
    const to = (PAYLOAD_AT + length + 3) >> 2
    for (let word = from; word < to; word++) this.#words[word] = (this.#words[word] as number) ^ mask
    return this.#buffer.subarray(start, PAYLOAD_AT + length)
  }

  /**
   * A control frame in memory of its own, which may be written whatever the socket still holds.
   *
   * @param payload at most 125 bytes
   */
  control(opcode: Opcode, payload: Uint8Array): Buffer {
    const frame = Buffer.allocUnsafe(6 + payload.length)
    frame[0] = 0x80 | opcode
    frame[1] = 0x80 | payload.length
    frame.writeInt32LE(this.#masks.take(), 2)
    for (let n = 0; n < payload.length; n++) {
      frame[6 + n] = (payload[n] as number) ^ (frame[2 + (n & 3)] as number)
    }
    return frame
  }

  #writeHead(start: number, opcode: Opcode, length: number): void {
    const buffer = this.#buffer
    buffer[start] = 0x80 | opcode
    if (length < 126) {
      buffer[start + 1] = 0x80 | length
    } else if (length < 65_536) {
      buffer[start + 1] = 0x80 | 126
      buffer.writeUInt16BE(length, start + 2)
    } else {
      buffer[start + 1] = 0x80 | 127
      buffer.writeUInt32BE(0, start + 2)
      buffer.writeUInt32BE(length, start + 6)
    }
  }

  /** Its own memory, outside Buffer's shared pool, so that 32-bit words line up. */
  #grow(bytes: number): void {
    const memory = new ArrayBuffer((bytes + 7) & ~3)
    this.#buffer = Buffer.from(memory)
    this.#words = new Int32Array(memory)
  }
}
