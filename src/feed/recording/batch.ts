import type { FrameBatch } from './recording.ts'

const FRAMES_MAX = 8_192

/** A batch being filled; its arrays are reused, so one batch is alive at a time. */
export class BatchBuilder implements FrameBatch {
  bytes: Uint8Array
  count = 0
  readonly starts: Uint32Array = new Uint32Array(FRAMES_MAX)
  readonly ends: Uint32Array = new Uint32Array(FRAMES_MAX)
  readonly recvNs: Float64Array = new Float64Array(FRAMES_MAX)
  readonly types: Uint8Array = new Uint8Array(FRAMES_MAX)
  readonly lines: Uint32Array = new Uint32Array(FRAMES_MAX)
  readonly symbols: Map<number, string> = new Map()
  readonly file: string
  #lastNs = 0

  constructor(file: string, bytes: Uint8Array = new Uint8Array(0)) {
    this.file = file
    this.bytes = bytes
  }

  get full(): boolean {
    return this.count === FRAMES_MAX
  }

  /** Receive time of the newest frame, also where it was in the batch before. */
  get lastRecvNs(): number {
    return this.count === 0 ? this.#lastNs : (this.recvNs[this.count - 1] as number)
  }

  clear(bytes: Uint8Array): void {
    this.#lastNs = this.lastRecvNs
    this.bytes = bytes
    this.count = 0
    this.symbols.clear()
  }

  add(start: number, end: number, recvNs: number, type: number, line: number): void {
    const i = this.count++
    this.starts[i] = start
    this.ends[i] = end
    this.recvNs[i] = recvNs
    this.types[i] = type
    this.lines[i] = line
  }

  addSnapshot(start: number, end: number, recvNs: number, type: number, line: number, symbol: string): void {
    this.symbols.set(this.count, symbol)
    this.add(start, end, recvNs, type, line)
  }
}
