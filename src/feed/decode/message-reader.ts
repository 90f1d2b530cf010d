import { DECODE_CODE } from '../../domain/decode-codes.ts'
import type { TickSlots } from '../../domain/tick.ts'
import type { FieldReader } from './field-reader.ts'
import { type FieldTable, JSON_KIND } from './fields.ts'
import { writeError } from './slots.ts'

/**
 * One message being read on the general path: its members, the reader of their values, and where it lies, so that errors
 * name the right place of the frame.
 */
export class MessageReader {
  readonly fields: FieldTable
  readonly values: FieldReader
  /** first byte of the frame */
  frameStart = 0
  /** brace of the object being read */
  object = 0

  constructor(fields: FieldTable, values: FieldReader) {
    this.fields = fields
    this.values = values
  }

  /** Reads the members of the object at `open`; an ERROR slot and false when a key is repeated. */
  enter(bytes: Uint8Array, open: number, out: TickSlots, slot: number): boolean {
    this.object = open
    this.fields.read(bytes, open)
    if (this.fields.duplicateAt < 0) return true
    this.errorAt(out, slot, DECODE_CODE.duplicate_keys.n, this.fields.duplicateAt)
    return false
  }

  has(key: number): boolean {
    return this.fields.kind[key] !== JSON_KIND.ABSENT
  }

  hasAll(keys: readonly number[]): boolean {
    for (const key of keys) if (this.fields.kind[key] === JSON_KIND.ABSENT) return false
    return true
  }

  /** Value of a price, in `values.value`; false with its code when it is refused. */
  price(bytes: Uint8Array, key: number, instrument: number, zeroAllowed: boolean): boolean {
    const { start, end } = this.fields
    return this.values.price(bytes, start[key] as number, end[key] as number, instrument, zeroAllowed)
  }

  qty(bytes: Uint8Array, key: number, instrument: number, role: number): boolean {
    const { start, end } = this.fields
    return this.values.qty(bytes, start[key] as number, end[key] as number, instrument, role)
  }

  /** A whole JSON number below 2^53. */
  id(bytes: Uint8Array, key: number): boolean {
    return this.values.id(bytes, this.fields.start[key] as number, this.fields.end[key] as number)
  }

  /** First byte of a member's value. */
  startOf(key: number): number {
    return this.fields.start[key] as number
  }

  endOf(key: number): number {
    return this.fields.end[key] as number
  }

  /** An ERROR slot for the byte at `at` of the buffer. Returns 1, like its fellows below. */
  errorAt(out: TickSlots, slot: number, code: number, at: number): number {
    return writeError(out, slot, code, at - this.frameStart)
  }

  /** An ERROR slot for a member's value. */
  errorOf(out: TickSlots, slot: number, code: number, key: number): number {
    return this.errorAt(out, slot, code, this.fields.start[key] as number)
  }

  /** An ERROR slot for what `values` refused last. */
  refused(out: TickSlots, slot: number): number {
    return this.errorAt(out, slot, this.values.code, this.values.at)
  }

  /** An ERROR slot for a member that the object lacks. */
  missing(out: TickSlots, slot: number): number {
    return this.errorAt(out, slot, DECODE_CODE.missing_field.n, this.object)
  }

  timeMissing(out: TickSlots, slot: number): number {
    return this.errorAt(out, slot, DECODE_CODE.time_missing.n, this.object)
  }
}
