import { PLANE } from './layout.ts'

/**
 * "Is `all` still this word, and the epoch still this one?" in a single call: 1 yes, 0 no. Both reads are atomic and
 * sequentially consistent.
 */
export type Freshness = (all: number, epoch: number) => number

/** Memory of a control plane: a WebAssembly memory where there is one, so that the gates read it in 2 ns. */
export type PlaneMemory = SharedArrayBuffer | SharedMemory

/** The part of `WebAssembly.Memory` that is used; a shared one can be posted to another thread. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
}

interface WebAssemblyPort {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, SharedMemory>>,
  ) => { readonly exports: Record<string, unknown> }
}

const wasm = (globalThis as unknown as { WebAssembly?: WebAssemblyPort }).WebAssembly
const PAGE_BYTES = 65_536

/** Zeroed shared memory of at least `bytes`: WebAssembly's, or a plain buffer where that cannot be had. */
export function createPlaneMemory(bytes: number): PlaneMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES)
  try {
    if (wasm !== undefined) return new wasm.Memory({ initial: pages, maximum: pages, shared: true })
  } catch {
    // A limit on address space refuses the guard regions of a WebAssembly memory; the plain buffer serves as well.
  }
  return new SharedArrayBuffer(pages * PAGE_BYTES)
}

export function bufferOf(memory: PlaneMemory): SharedArrayBuffer {
  return memory instanceof SharedArrayBuffer ? memory : memory.buffer
}

/**
 * In V8 13.6 `Atomics.load` is a call of 8 ns, while a WebAssembly atomic load is one instruction and the call into
 * it is inlined: both words together take about 5 ns instead of 16 (ADR 0002). The same answer either way.
 */
export function createFreshness(memory: PlaneMemory): Freshness {
  if (!(memory instanceof SharedArrayBuffer) && wasm !== undefined) {
    const module = new wasm.Module(freshnessModule(memory.buffer.byteLength / PAGE_BYTES))
    return new wasm.Instance(module, { m: { m: memory } }).exports['f'] as Freshness
  }
  const words = new Int32Array(bufferOf(memory))
  return (all, epoch) =>
    // Sequentially consistent loads: ordered after the guard's `submitting` + 1 of the same thread.
    Atomics.load(words, PLANE.all) === all && Atomics.load(words, PLANE.epoch) === epoch ? 1 : 0
}

/** Unsigned LEB128, the integers of the WebAssembly format. */
function leb(value: number): number[] {
  const low = value & 0x7f
  return value > 0x7f ? [low | 0x80, ...leb(value >>> 7)] : [low]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content]
}

/**
 * The module, by hand because it is one line of WebAssembly text and no tool need be installed for it:
 *
 *   (import "m" "m" (memory pages pages shared))
 *   (func (export "f") (param i32 i32) (result i32)
 *     (i32.and (i32.eq (i32.atomic.load offset=all (i32.const 0)) (local.get 0))
 *              (i32.eq (i32.atomic.load offset=epoch (i32.const 0)) (local.get 1))))
 */
function freshnessModule(pages: number): Uint8Array {
  const i32 = 0x7f
  const equals = (word: number, parameter: number): number[] => [
    ...[0x41, 0x00], // i32.const 0
    ...[0xfe, 0x10, 0x02, ...leb(word * 4)], // i32.atomic.load, aligned to 4
    ...[0x20, parameter, 0x46], // local.get, i32.eq
  ]
  const body = [0x00, ...equals(PLANE.all, 0), ...equals(PLANE.epoch, 1), 0x71, 0x0b]
  const m = 'm'.charCodeAt(0)
  const f = 'f'.charCodeAt(0)
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, i32, i32, 1, i32]),
    ...section(2, [1, 1, m, 1, m, 0x02, 0x03, ...leb(pages), ...leb(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, f, 0x00, 0x00]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ])
}
