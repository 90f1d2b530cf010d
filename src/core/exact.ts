/**
 * A whole number that is exact whatever its size: a double below 2^53, a BigInt above. `<`, `<=` and `===` between
 * doubles compare exactly, and JavaScript compares a double with a BigInt by value, so limits need no conversion.
 */
export type Exact = number | bigint

/**
 * `a` × `b` for whole doubles. A true product of 2^53 or more never rounds below 2^53, so a result within the safe
 * range is the product itself.
 */
export function exactProduct(a: number, b: number): Exact {
  const product = a * b
  return Number.isSafeInteger(product) ? product : BigInt(a) * BigInt(b)
}

export function exactTimes(a: Exact, b: number): Exact {
  return typeof a === 'number' ? exactProduct(a, b) : narrow(a * BigInt(b))
}

export function exactSum(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    return Number.isSafeInteger(sum) ? sum : BigInt(a) + BigInt(b)
  }
  return narrow(BigInt(a) + BigInt(b))
}

/** The double where it is exact, else the BigInt itself. */
export function narrow(value: bigint): Exact {
  const double = Number(value)
  return Number.isSafeInteger(double) ? double : value
}

/** Shares and ratios are whole millionths, so that a limit of a share is an exact whole number. */
export const PPM = 1_000_000

/**
 * floor(`value` × `ppm` / 10^6) exactly, for `ppm` up to 10^9. Splitting `value` into millions and a rest keeps every
 * product below 2^53; a quotient that rounds up gives a negative rest, and the identity still holds.
 */
export function floorPpm(value: Exact, ppm: number): Exact {
  if (typeof value === 'number') {
    const millions = Math.floor(value / PPM)
    const rest = value - millions * PPM
    const whole = millions * ppm + Math.floor((rest * ppm) / PPM)
    if (Number.isSafeInteger(whole)) return whole
  }
  const product = BigInt(value) * BigInt(ppm)
  const quotient = product / BigInt(PPM)
  return narrow(product < 0n && product % BigInt(PPM) !== 0n ? quotient - 1n : quotient)
}

/**
 * floor(`a` / `b`) for a whole `a` and a whole `b` > 0. The double quotient needs no correction: it lies at least 1/b
 * from a whole number k that it does not equal, and rounding moves it by at most k × 2^-53, which is less, as
 * k × b < 2^53.
 */
export function floorDivide(a: Exact, b: number): Exact {
  if (typeof a === 'number') return Math.floor(a / b)
  const divisor = BigInt(b)
  const quotient = a / divisor
  return narrow(a < 0n && quotient * divisor !== a ? quotient - 1n : quotient)
}
