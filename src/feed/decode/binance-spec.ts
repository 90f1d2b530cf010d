import { asciiBytes } from './fast.ts'

/** How the fast path reads a member. */
export const ACTION = {
  NONE: 0,
  WHOLE: 1,
  PRICE: 2,
  QTY: 3,
  SYMBOL: 4,
  EVENT: 5,
  BOOLEAN: 6,
  MARKET: 7,
  BIDS: 8,
  ASKS: 9,
} as const

/** Char codes of the keys; "pu" has a code that no key can have. */
export const KEY = {
  PREVIOUS: 1,
  A: 65,
  B: 66,
  E: 69,
  T: 84,
  U: 85,
  a: 97,
  b: 98,
  e: 101,
  m: 109,
  p: 112,
  q: 113,
  s: 115,
  t: 116,
  u: 117,
} as const

/** One kind of message: what each key (by char code) means, and which keys it cannot lack. */
export interface MessageSpec {
  readonly action: Uint8Array
  /** one bit a key; a repeated key is told by it */
  readonly bit: Int32Array
  readonly required: number
  /** the event's name in quotes */
  readonly event: Uint8Array
  /** the stream's type, which the event's first letter also tells */
  readonly stream: Uint8Array
}

function messageSpec(
  stream: string,
  event: string,
  keys: readonly (readonly [key: string, action: number, required?: boolean])[],
): MessageSpec {
  const action = new Uint8Array(256)
  const bit = new Int32Array(256)
  let required = 0
  keys.forEach(([key, keyAction, isRequired], place) => {
    const code = key === 'pu' ? KEY.PREVIOUS : key.charCodeAt(0)
    action[code] = keyAction
    bit[code] = 1 << place
    if (isRequired !== false) required |= 1 << place
  })
  return { action, bit, required, event: asciiBytes(`"${event}"`), stream: asciiBytes(stream) }
}

const OPTIONAL = false

export const TRADE: MessageSpec = messageSpec('trade', 'trade', [
  ['e', ACTION.EVENT],
  ['E', ACTION.WHOLE],
  ['s', ACTION.SYMBOL],
  ['t', ACTION.WHOLE],
  ['p', ACTION.PRICE],
  ['q', ACTION.QTY],
  ['T', ACTION.WHOLE],
  ['m', ACTION.BOOLEAN],
  ['M', ACTION.BOOLEAN, OPTIONAL],
  ['X', ACTION.MARKET, OPTIONAL],
  ['b', ACTION.WHOLE, OPTIONAL],
  ['a', ACTION.WHOLE, OPTIONAL],
])

export const AGG_TRADE: MessageSpec = messageSpec('aggTrade', 'aggTrade', [
  ['e', ACTION.EVENT],
  ['E', ACTION.WHOLE],
  ['s', ACTION.SYMBOL],
  ['a', ACTION.WHOLE],
  ['p', ACTION.PRICE],
  ['q', ACTION.QTY],
  ['T', ACTION.WHOLE],
  ['m', ACTION.BOOLEAN],
  ['f', ACTION.WHOLE, OPTIONAL],
  ['l', ACTION.WHOLE, OPTIONAL],
  ['M', ACTION.BOOLEAN, OPTIONAL],
])

/** On spot it has neither event name nor time. */
export const BOOK_TICKER: MessageSpec = messageSpec('bookTicker', 'bookTicker', [
  ['s', ACTION.SYMBOL],
  ['u', ACTION.WHOLE],
  ['b', ACTION.PRICE],
  ['B', ACTION.QTY],
  ['a', ACTION.PRICE],
  ['A', ACTION.QTY],
  ['e', ACTION.EVENT, OPTIONAL],
  ['T', ACTION.WHOLE, OPTIONAL],
  ['E', ACTION.WHOLE, OPTIONAL],
])

export const DEPTH: MessageSpec = messageSpec('depth', 'depthUpdate', [
  ['e', ACTION.EVENT],
  ['E', ACTION.WHOLE],
  ['s', ACTION.SYMBOL],
  ['U', ACTION.WHOLE],
  ['u', ACTION.WHOLE],
  ['b', ACTION.BIDS],
  ['a', ACTION.ASKS],
  ['T', ACTION.WHOLE, OPTIONAL],
  ['pu', ACTION.WHOLE, OPTIONAL],
])

/** The kind of message whose stream and event begin with `letter`; its text must still be compared. */
export function specOfLetter(letter: number): MessageSpec | undefined {
  switch (letter) {
    case 0x74:
      return TRADE
    case 0x61:
      return AGG_TRADE
    case 0x62:
      return BOOK_TICKER
    case 0x64:
      return DEPTH
    default:
      return undefined
  }
}
