import { resolveAscii } from './json.ts'
import { RESOLVED_BYTES_MAX } from './limits.ts'

/**
 * The content of a JSON string: `bytes[start..end)`, where it lies or, with escapes, resolved. Only ASCII of at most
 * RESOLVED_BYTES_MAX is resolved; anything else stays as it lies.
 */
export class StringContent {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0
  readonly #resolved = new Uint8Array(RESOLVED_BYTES_MAX)

  /** @param start behind the opening quote @param end at the closing one */
  read(bytes: Uint8Array, start: number, end: number): void {
    const length = resolveAscii(bytes, start, end, this.#resolved)
    this.bytes = length < 0 ? bytes : this.#resolved
    this.start = length < 0 ? start : 0
    this.end = length < 0 ? end : length
  }
}
