/**
 * Receive times of recordings, as ns from a base in whole seconds. NaN where the text is no such time.
 */

/** 19 digits, nanoseconds since 1970, at `start`. */
export function nanosecondsAt(bytes: Uint8Array, start: number, end: number, baseSeconds: number): number {
  if (end - start < 19) return Number.NaN
  const seconds = digits(bytes, start, start + 10)
  return (seconds - baseSeconds) * 1e9 + digits(bytes, start + 10, start + 19)
}

/** Seconds since 1970 with any fraction, digits beyond nanoseconds dropped: all of `bytes[start..end)`. */
export function secondsAt(bytes: Uint8Array, start: number, end: number, baseSeconds: number): number {
  let point = start
  while (point < end && bytes[point] !== 0x2e) point++
  if (point === start || point - start > 12) return Number.NaN
  const seconds = digits(bytes, start, point)
  if (point === end) return (seconds - baseSeconds) * 1e9
  return (seconds - baseSeconds) * 1e9 + fraction(bytes, point + 1, end, 9)
}

/** Milliseconds since 1970 with any fraction, from `start` up to a byte that belongs to no number. */
export function millisecondsAt(bytes: Uint8Array, start: number, end: number, baseSeconds: number): number {
  let point = start
  while (point < end && isDigit(bytes[point] as number)) point++
  if (point === start || point - start > 15) return Number.NaN
  const ns = (digits(bytes, start, point) - baseSeconds * 1e3) * 1e6
  if (point >= end || bytes[point] !== 0x2e) return ns
  let last = point + 1
  while (last < end && isDigit(bytes[last] as number)) last++
  return ns + fraction(bytes, point + 1, last, 6)
}

/** "2014.05.01<tab>00:00:00.292" at `start` (UTC); seconds may have any fraction, which ends in a tab. */
export function csvTimeAt(bytes: Uint8Array, start: number, end: number, baseSeconds: number): number {
  if (end - start < 19 || bytes[start + 4] !== 0x2e || bytes[start + 7] !== 0x2e) return Number.NaN
  const days =
    Date.UTC(
      digits(bytes, start, start + 4),
      digits(bytes, start + 5, start + 7) - 1,
      digits(bytes, start + 8, start + 10),
    ) / 1e3
  const clock = start + 11
  const seconds =
    digits(bytes, clock, clock + 2) * 3600 +
    digits(bytes, clock + 3, clock + 5) * 60 +
    digits(bytes, clock + 6, clock + 8)
  const ns = (days + seconds - baseSeconds) * 1e9
  if (bytes[clock + 8] !== 0x2e) return ns
  let last = clock + 9
  while (last < end && isDigit(bytes[last] as number)) last++
  return ns + fraction(bytes, clock + 9, last, 9)
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39
}

function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let p = start; p < end; p++) {
    const c = bytes[p] as number
    if (!isDigit(c)) return Number.NaN
    value = value * 10 + c - 0x30
  }
  return value
}

/** The first `places` digits of a fraction as a whole number, missing ones zero. */
function fraction(bytes: Uint8Array, start: number, end: number, places: number): number {
  let value = 0
  for (let p = start; p < start + places; p++) {
    const c = p < end ? (bytes[p] as number) : 0x30
    if (!isDigit(c)) return Number.NaN
    value = value * 10 + c - 0x30
  }
  return value
}
