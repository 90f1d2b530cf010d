import type { InstrumentTable } from '../../domain/instrument.ts'
import { StringContent } from './string-content.ts'

const EMPTY = -1

/**
 * Finds instruments by the bytes of their symbol, without making strings: open addressing over a hash of the symbol as
 * given and of its lower case (the prefix of Binance stream names). Follows the table, which only grows.
 */
export class SymbolIndex {
  /** decimal places and units of price and quantity increments, by instrument index */
  priceScale: Int32Array = new Int32Array(0)
  qtyScale: Int32Array = new Int32Array(0)
  priceUnits: Float64Array = new Float64Array(0)
  qtyUnits: Float64Array = new Float64Array(0)
  /** 1 where negative prices are legal */
  negativePrice: Uint8Array = new Uint8Array(0)
  readonly #instruments: InstrumentTable
  #names: Uint8Array[] = []
  #lowerNames: Uint8Array[] = []
  #exact: Int32Array = new Int32Array(0)
  #lower: Int32Array = new Int32Array(0)
  #mask = 0
  readonly #content = new StringContent()

  constructor(instruments: InstrumentTable) {
    this.#instruments = instruments
    this.#rebuild()
  }

  /** Takes in instruments that were added since; cheap when there are none. */
  follow(): void {
    if (this.#names.length !== this.#instruments.size) this.#rebuild()
  }

  /** Instrument whose symbol is `bytes[start..end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return lookup(this.#exact, this.#mask, this.#names, bytes, start, end)
  }

  /** As `find`, for the content of a JSON string: escapes are resolved where it is ASCII of at most RESOLVED_BYTES_MAX. */
  findText(bytes: Uint8Array, start: number, end: number): number {
    const instrument = this.find(bytes, start, end)
    if (instrument >= 0) return instrument
    const content = this.#content
    content.read(bytes, start, end)
    return content.bytes === bytes ? -1 : this.find(content.bytes, content.start, content.end)
  }

  /** Instrument whose symbol in lower case is `bytes[start..end)`, or -1. */
  findLower(bytes: Uint8Array, start: number, end: number): number {
    return lookup(this.#lower, this.#mask, this.#lowerNames, bytes, start, end)
  }

  /** Byte after the instrument's symbol when it stands at `start`, else -1. */
  matchAt(bytes: Uint8Array, start: number, instrument: number): number {
    return matchName(this.#names[instrument] as Uint8Array, bytes, start)
  }

  /** Byte after the instrument's symbol in lower case when it stands at `start`, else -1. */
  matchLowerAt(bytes: Uint8Array, start: number, instrument: number): number {
    return matchName(this.#lowerNames[instrument] as Uint8Array, bytes, start)
  }

  get size(): number {
    return this.#names.length
  }

  #rebuild(): void {
    const all = this.#instruments.all()
    const encoder = new TextEncoder()
    this.#names = all.map((instrument) => encoder.encode(instrument.symbol))
    this.#lowerNames = all.map((instrument) => encoder.encode(instrument.symbol.toLowerCase()))
    this.priceScale = Int32Array.from(all, (instrument) => instrument.priceIncrement.scale)
    this.qtyScale = Int32Array.from(all, (instrument) => instrument.qtyIncrement.scale)
    this.priceUnits = Float64Array.from(all, (instrument) => instrument.priceIncrement.unitsPerIncrement)
    this.qtyUnits = Float64Array.from(all, (instrument) => instrument.qtyIncrement.unitsPerIncrement)
    this.negativePrice = Uint8Array.from(all, (instrument) => (instrument.allowsNegativePrice ? 1 : 0))
    let size = 16
    while (size < all.length * 4) size *= 2
    this.#mask = size - 1
    this.#exact = fillTable(size, this.#names)
    this.#lower = fillTable(size, this.#lowerNames)
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 7
  for (let p = start; p < end; p++) hash = (Math.imul(hash, 31) + (bytes[p] as number)) | 0
  return hash ^ (hash >>> 15)
}

function fillTable(size: number, names: readonly Uint8Array[]): Int32Array {
  const table = new Int32Array(size).fill(EMPTY)
  names.forEach((name, index) => {
    let at = hashOf(name, 0, name.length) & (size - 1)
    while (table[at] !== EMPTY) at = (at + 1) & (size - 1)
    table[at] = index
  })
  return table
}

function lookup(
  table: Int32Array,
  mask: number,
  names: readonly Uint8Array[],
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let at = hashOf(bytes, start, end) & mask
  for (;;) {
    const index = table[at] as number
    if (index === EMPTY) return -1
    const name = names[index] as Uint8Array
    if (name.length === end - start && matchName(name, bytes, start) === end) return index
    at = (at + 1) & mask
  }
}

function matchName(name: Uint8Array, bytes: Uint8Array, start: number): number {
  const length = name.length
  for (let i = 0; i < length; i++) if (bytes[start + i] !== name[i]) return -1
  return start + length
}
