/** How the fast path reads a member of an Alpaca message. */
export const ALPACA_ACTION = {
  NONE: 0,
  SYMBOL: 1,
  WHOLE: 2,
  PRICE: 3,
  QTY: 4,
  /** a string of one character */
  LETTER: 5,
  /** an array of plain strings */
  STRINGS: 6,
  TIME: 7,
} as const

/** Places of keys: the char code of one letter, and one place for each pair of small letters; "tks" has one of its own. */
export const KEY_PLACES = 1_024
const PAIRS = 128
const LETTER_A = 97
const LETTERS = 26
export const TKS: number = PAIRS + LETTERS * LETTERS

/** Place of a key of one letter (or "tks") or two. */
export function keyPlace(key: string): number {
  if (key === 'tks') return TKS
  if (key.length === 1) return key.charCodeAt(0)
  return pairPlace(key.charCodeAt(0), key.charCodeAt(1))
}

/** Place of the key of two letters; 0, which no key has, when they are no small letters. */
export function pairPlace(first: number, second: number): number {
  const a = (first - LETTER_A) >>> 0
  const b = (second - LETTER_A) >>> 0
  return a < LETTERS && b < LETTERS ? PAIRS + a * LETTERS + b : 0
}

/** One kind of message: what each key means, and which it cannot lack. "T" has been read before. */
export interface AlpacaSpec {
  readonly action: Uint8Array
  readonly bit: Int32Array
  readonly required: number
}

function alpacaSpec(
  keys: readonly (readonly [key: string, action: number, required: boolean])[],
): AlpacaSpec {
  const action = new Uint8Array(KEY_PLACES)
  const bit = new Int32Array(KEY_PLACES)
  let required = 0
  keys.forEach(([key, keyAction, isRequired], n) => {
    action[keyPlace(key)] = keyAction
    bit[keyPlace(key)] = 1 << n
    if (isRequired) required |= 1 << n
  })
  return { action, bit, required }
}

export const ALPACA_TRADE: AlpacaSpec = alpacaSpec([
  ['S', ALPACA_ACTION.SYMBOL, true],
  ['i', ALPACA_ACTION.WHOLE, true],
  ['x', ALPACA_ACTION.LETTER, false],
  ['p', ALPACA_ACTION.PRICE, true],
  ['s', ALPACA_ACTION.QTY, true],
  ['t', ALPACA_ACTION.TIME, true],
  ['c', ALPACA_ACTION.STRINGS, false],
  ['z', ALPACA_ACTION.LETTER, false],
  ['tks', ALPACA_ACTION.LETTER, false],
])

export const ALPACA_QUOTE: AlpacaSpec = alpacaSpec([
  ['S', ALPACA_ACTION.SYMBOL, true],
  ['bx', ALPACA_ACTION.LETTER, false],
  ['bp', ALPACA_ACTION.PRICE, true],
  ['bs', ALPACA_ACTION.QTY, true],
  ['ax', ALPACA_ACTION.LETTER, false],
  ['ap', ALPACA_ACTION.PRICE, true],
  ['as', ALPACA_ACTION.QTY, true],
  ['t', ALPACA_ACTION.TIME, true],
  ['c', ALPACA_ACTION.STRINGS, false],
  ['z', ALPACA_ACTION.LETTER, false],
])
