import fc from 'fast-check'
import type { Frame } from './frames.ts'

/** JSON values that decoders treat apart. */
const VALUES: readonly string[] = [
  ...[
    'null',
    'true',
    'false',
    '{}',
    '[]',
    '""',
    '0',
    '-0',
    '-1',
    '1',
    '1.5',
    '1e5',
    '1E-2',
    '0.0',
    '-1.5e-3',
    '1e400',
  ],
  ...[
    '"0"',
    '"0.00000000"',
    '"-1.5"',
    '"-0"',
    '"NaN"',
    '"Infinity"',
    '"-inf"',
    '"+INF"',
    '"1e999"',
    '"0e999"',
    '"1e3"',
  ],
  ...[
    '"0.1234567890123456789"',
    '"0.123456789012345678"',
    '"0.100000000000000000000"',
    '"007.5"',
    '"1."',
    '".5"',
    '"+1"',
  ],
  ...[
    '"90071992.54740991"',
    '"90071992547409.91"',
    '"90071992547409.92"',
    '"9007199254740993"',
    '"1"',
    '" 1"',
    '"1,5"',
  ],
  ...[
    '"123456789012345678901234567890"',
    '"0.000001"',
    '"0.0000123456789012345"',
    '"1.05"',
    '"1.003"',
    '"2.10"',
    '"61837.63"',
  ],
  ...[
    '9007199254740991',
    '9007199254740981',
    '9007199254740992',
    '12345678901234567',
    '1723161255343000',
    '172316125534',
  ],
  ...[
    '"\\u0065"',
    '"tr\\u0061de"',
    '"aggTrade"',
    '"trade"',
    '"bookTicker"',
    '"depthUpdate"',
    '"kline"',
    '"24hrTicker"',
  ],
  ...[
    '"BTCUSDT"',
    '"ETHUSDT"',
    '"btcusdt"',
    '"btcusdt@trade"',
    '"btcusdt@depth"',
    '"btcusdt@depth@1000ms"',
    '"é€😀"',
  ],
  ...[
    '"btcusdt@depth20"',
    '"!bookTicker"',
    '"!ticker@arr"',
    '"ethusdt@bookTicker"',
    '"@"',
    '"x"',
    '"Infinitx"',
    '1000',
  ],
  ...[
    '[["1.00","2"]]',
    '[["1.00"]]',
    '[[]]',
    '[["1","0","x"]]',
    '[["1","2"],["3","4"]]',
    '[["0","1"]]',
    '[[1,2]]',
    '["1","2"]',
  ],
  ...[
    '[ [ "1.00" , "2" ] , [ "3.05","0.0000004"] ]',
    '{"a":1}',
    '1700000000000.5',
    '"2013-10-07T13:25:04.422Z"',
    '167.4',
  ],
  ...[
    '"2013-10-07T13:25:04.123456789Z"',
    '"2013-10-07T13:25:04Z"',
    '"2013-02-29T00:00:00Z"',
    '"2013-10-07"',
    '["@","T"]',
  ],
]
/** Members to put before another one. */
const MEMBERS: readonly string[] = [
  ...[
    '"__proto__":1,',
    '"constructor":{},',
    '"\\u005f_proto__":0,',
    '"prototype":0,',
    '"e":"trade",',
    '"p":"1",',
    '"x":1,',
  ],
  ...[
    '"x":1,"x":2,',
    '"\\u0070":"1",',
    '"pu":7,',
    '"p\\u0075":8,',
    '"result":null,',
    '"code":-1,"msg":"m",',
    '"status":400,',
  ],
  ...[
    '"status":200,',
    '"error":{},',
    '"lastUpdateId":5,',
    '"stream":"btcusdt@trade",',
    '"data":{},',
    '"E":1,',
    '"T":2,',
  ],
  ...[
    '"S":"IBM",',
    '"T":"t",',
    '"t":"2013-10-07T13:25:04.422Z",',
    '"i":7,',
    '"s":1,',
    '"deep":[[[[{"a":[]}]]]],',
    ' ',
  ],
]
const JUNK: readonly string[] = [
  ...[
    ' ',
    '\t',
    '\r\n',
    ',',
    ':',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    '\\u12',
    '\\x',
    '\u0000',
    '\u0001',
    'é',
    '€',
    '😀',
    '-',
  ],
  ...[
    'btcusdt@depth',
    '@',
    '01',
    '1.',
    '.5',
    '1e',
    'nul',
    'NaN',
    '/**/',
    '\ufeff',
    '[['.repeat(20),
    '{"a":'.repeat(33),
  ],
]
const RAW_BYTES: readonly (readonly number[])[] = [
  [0x80],
  [0xc0, 0xaf],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xff],
  [0x22, 0x01, 0x22, 0x3a, 0x31, 0x2c],
]
const encoder = new TextEncoder()
const encode = (tokens: readonly string[]): readonly Uint8Array[] =>
  tokens.map((token) => encoder.encode(token))
const VALUE_TOKENS = encode(VALUES)
const MEMBER_TOKENS = encode(MEMBERS)
const INSERTS: readonly Uint8Array[] = [
  ...encode(JUNK),
  ...VALUE_TOKENS,
  ...RAW_BYTES.map((bytes) => Uint8Array.from(bytes)),
]

/** The token that a mutation's number stands for. */
function tokenOf(tokens: readonly Uint8Array[], token: number): Uint8Array {
  return tokens[token % tokens.length] as Uint8Array
}

export interface Mutation {
  readonly kind: 'flip' | 'cut' | 'insert' | 'repeat' | 'truncate' | 'value' | 'member'
  readonly at: number
  readonly length: number
  readonly token: number
}

/** the kinds that mostly leave good JSON behind */
const VALID = ['value', 'member', 'value', 'member'] as const

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'repeat', 'truncate', ...VALID, ...VALID, ...VALID),
  // not fc.double: that is even over bit patterns, so nearly always close to 0
  at: fc.noBias(fc.nat({ max: 0xfffff })).map((n) => n / 0x100000),
  length: fc.integer({ min: 1, max: 24 }),
  token: fc.noBias(fc.nat({ max: 0xfffff })),
})

/** `bytes` with `[from..to)` replaced. */
function splice(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length - (to - from) + by.length)
  out.set(bytes.subarray(0, from))
  out.set(by, from)
  out.set(bytes.subarray(to), from + by.length)
  return out
}

/** A place where `pattern` matches, picked by `at`, as [start, end]; the whole text where it does not match. */
function pick(bytes: Uint8Array, pattern: RegExp, at: number): [number, number] {
  const text = Buffer.from(bytes).toString('latin1')
  const matches = [...text.matchAll(pattern)]
  const match = matches[Math.floor(at * matches.length)]
  return match === undefined ? [0, bytes.length] : [match.index, match.index + match[0].length]
}

function mutateOnce(bytes: Uint8Array, { kind, at, length, token }: Mutation): Uint8Array {
  const place = Math.floor(at * bytes.length)
  const end = Math.min(place + length, bytes.length)
  switch (kind) {
    case 'flip': {
      if (bytes.length === 0) return bytes
      const copy = bytes.slice()
      copy[place] = token & 0xff
      return copy
    }
    case 'cut':
      return splice(bytes, place, end, new Uint8Array(0))
    case 'insert':
      return splice(bytes, place, place, tokenOf(INSERTS, token))
    case 'repeat':
      return splice(bytes, place, place, bytes.slice(place, end))
    case 'truncate':
      return bytes.slice(0, place)
    case 'value': {
      const [from, to] = pick(bytes, /(?<=[:[,])("[^"]*"(?!:)|[-\w.]+)/g, at)
      return splice(bytes, from, to, tokenOf(VALUE_TOKENS, token))
    }
    case 'member': {
      const [from, to] = pick(bytes, /(?<=[{,])"\w+":("[^"]*"|[-\w.]+),?/g, at)
      const insert = token % 3 === 1 ? bytes.slice(from, to) : tokenOf(MEMBER_TOKENS, token)
      return token % 3 === 0 ? splice(bytes, from, to, new Uint8Array(0)) : splice(bytes, from, from, insert)
    }
  }
}

/** One of `frames`, with up to four mutations. */
export function mutatedFrame(frames: readonly Frame[]): fc.Arbitrary<Frame> {
  return fc
    .tuple(fc.nat({ max: frames.length - 1 }), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([n, mutations]) => {
      const frame = frames[n] as Frame
      return { ...frame, text: mutations.reduce(mutateOnce, Uint8Array.from(frame.text)) }
    })
}
