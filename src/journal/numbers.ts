import {
  formatDecimal,
  type Increment,
  incrementsToText,
  parseDecimal,
  parseIncrement,
} from '../core/decimal.ts'
import type { BootData, InstrumentData } from '../domain/journal-records.ts'

/** Increments back to decimal text, by the instrument that the run's BOOT record defines. */
export class Numbers {
  readonly #price: Increment | null
  readonly #qty: Increment | null
  readonly #notionalUnit: string | null

  constructor(boot: BootData | null, symbol: string) {
    const known: InstrumentData | undefined = boot?.instruments.find((one) => one.symbol === symbol)
    this.#price = known === undefined ? null : parseIncrement(known.price_increment)
    this.#qty = known === undefined ? null : parseIncrement(known.qty_increment)
    this.#notionalUnit = boot?.notional_unit ?? null
  }

  /** A mid may end in half an increment. */
  price(value: number | null | undefined): string | null {
    return scaled(value, this.#price)
  }

  qty(value: number | null | undefined): string | null {
    return scaled(value, this.#qty)
  }

  of(value: number | string | null, unit: string): string | null {
    if (value === null) return null
    if (unit === 'price') return this.price(Number(value))
    if (unit === 'qty') return this.qty(Number(value))
    if (unit !== 'notional' || this.#notionalUnit === null) return String(value)
    const whole = parseDecimal(this.#notionalUnit)
    const count = parseDecimal(String(value))
    return formatDecimal(whole.units * count.units, whole.scale + count.scale)
  }
}

function scaled(value: number | null | undefined, increment: Increment | null): string | null {
  if (value === null || value === undefined) return null
  if (increment === null) return `${value} increments`
  if (Number.isSafeInteger(value)) return incrementsToText(value, increment)
  const count = parseDecimal(String(value))
  return formatDecimal(count.units * BigInt(increment.unitsPerIncrement), count.scale + increment.scale)
}

/** UTC ns text as ISO text with all nine places. */
export function isoNs(utcNs: string): string {
  const ns = BigInt(utcNs)
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const seconds = Number((ns - fraction) / 1_000_000_000n)
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19)
  return `${whole}.${String(fraction).padStart(9, '0')}Z`
}
