import { gzipSync } from 'node:zlib'

/** What one faulty frame must be counted as; null where it must be accepted. */
export interface Fault {
  readonly name: string
  readonly code: string | null
  readonly make: (trade: string, fresh: number) => string | Uint8Array
}

const HOUR_MS = 3_600_000

function edit(trade: string, fresh: number, change: (data: Record<string, unknown>) => void): string {
  const frame = JSON.parse(trade) as { data: Record<string, unknown> }
  frame.data['t'] = fresh
  change(frame.data)
  return JSON.stringify(frame)
}

const price =
  (text: unknown) =>
  (trade: string, fresh: number): string =>
    edit(trade, fresh, (data) => {
      data['p'] = text
    })
const times =
  (factor: number) =>
  (trade: string, fresh: number): string =>
    edit(trade, fresh, (data) => {
      data['p'] = (Number(data['p']) * factor).toFixed(2)
    })
const shift =
  (ms: number, ...keys: string[]) =>
  (trade: string, fresh: number): string =>
    edit(trade, fresh, (data) => {
      for (const key of keys) data[key] = (data[key] as number) + ms
    })

function invalidUtf8(trade: string, fresh: number): Uint8Array {
  const bytes = Buffer.from(edit(trade, fresh, () => {}))
  bytes[bytes.indexOf('BTCUSDT') + 2] = 0xff
  return bytes
}

/** Every class of the fault sets in the form of a Binance combined stream, made from a good trade. */
export const BINANCE_FAULTS: readonly Fault[] = [
  { name: 'empty frame', code: 'empty_frame', make: () => '' },
  { name: 'text', code: 'garbage_text', make: () => '<html><body>502 Bad Gateway</body></html>' },
  { name: 'a number with a leading zero', code: 'garbage_text', make: () => '{"a":01}' },
  { name: 'truncated', code: 'truncated_json', make: (trade) => trade.slice(0, -40) },
  { name: 'truncated by a byte', code: 'truncated_json', make: (trade) => trade.slice(0, -1) },
  { name: 'ill-formed UTF-8', code: 'invalid_utf8', make: invalidUtf8 },
  { name: 'price nan', code: 'price_NaN', make: price('nan') },
  { name: 'price NaN', code: 'price_NaN', make: price('NaN') },
  { name: 'price 1e400', code: 'price_NaN', make: price('1e400') },
  { name: 'price null', code: 'price_null', make: price(null) },
  { name: 'price empty', code: 'price_empty', make: price('') },
  { name: 'price 0', code: 'price_zero', make: price('0') },
  { name: 'price 0e5', code: 'price_zero', make: price('0e5') },
  { name: 'price 0.00000000', code: 'price_zero', make: price('0.00000000') },
  { name: 'price negative', code: 'price_negative', make: price('-61824.01000000') },
  { name: 'price infinite', code: 'price_exponent_inf', make: price('Infinity') },
  { name: 'price with exponent', code: 'price_exponent_inf', make: price('6.1e4') },
  { name: 'price as a number', code: 'price_json_number', make: price(61824.01) },
  { name: 'price of 30 decimals', code: 'price_30_decimals', make: price(`61824.01${'0'.repeat(28)}`) },
  {
    name: 'negative quantity',
    code: 'qty_negative',
    make: (trade, fresh) => edit(trade, fresh, (data) => (data['q'] = '-0.1')),
  },
  {
    name: 'unknown stream',
    code: 'unknown_stream',
    make: (trade, fresh) =>
      edit(trade, fresh, (data) => (data['e'] = 'newThing')).replace('@trade', '@newThing'),
  },
  {
    name: 'unknown event',
    code: 'unknown_event_type',
    make: (trade, fresh) => edit(trade, fresh, (data) => (data['e'] = 'newThing')),
  },
  {
    name: 'symbol other than the stream',
    code: 'unknown_symbol',
    make: (trade, fresh) => edit(trade, fresh, (data) => (data['s'] = 'ETHUSDT')),
  },
  {
    name: 'symbol never subscribed to',
    code: 'unknown_symbol',
    make: (trade, fresh) =>
      edit(trade, fresh, (data) => (data['s'] = 'NOSUCHUSDT')).replace('btcusdt@', 'nosuchusdt@'),
  },
  { name: 'array', code: 'array_frame', make: (trade) => `[${trade}]` },
  { name: 'the same again', code: 'duplicate_exact', make: (trade) => trade },
  { name: 'an id out of nowhere', code: 'id_jump', make: (trade, fresh) => edit(trade, fresh, () => {}) },
  {
    name: 'a pad below the limit of a frame, and an id out of nowhere',
    code: 'id_jump',
    make: (trade, fresh) => edit(trade, fresh, (data) => (data['pad'] = 'x'.repeat(200_000))),
  },
  { name: 'price x10', code: 'spike_x10', make: times(10) },
  { name: 'price /10', code: 'spike_div10', make: times(0.1) },
  { name: 'an hour ahead', code: 'event_time_plus_1h', make: shift(HOUR_MS, 'E', 'T') },
  { name: 'an hour ahead, T alone', code: 'event_time_plus_1h', make: shift(HOUR_MS, 'T') },
  { name: 'an hour ahead, E alone', code: 'event_time_plus_1h', make: shift(HOUR_MS, 'E') },
  { name: 'an hour late', code: 'event_time_minus_1h', make: shift(-HOUR_MS, 'E', 'T') },
  { name: 'an hour late, E alone', code: 'event_time_minus_1h', make: shift(-HOUR_MS, 'E') },
  {
    name: '__proto__',
    code: 'proto_pollution',
    make: (trade) => trade.replace('"data":{', '"data":{"__proto__":{"polluted":true},'),
  },
  {
    name: 'constructor, escaped',
    code: 'proto_pollution',
    make: (trade) => trade.replace('{"stream"', '{"c\\u006fnstructor":{"prototype":{"polluted":1}},"stream"'),
  },
  { name: 'deep nesting', code: 'deep_nesting', make: () => '{"a":'.repeat(10_000) },
  {
    name: 'a huge frame',
    code: 'huge_frame',
    make: (trade) => trade.replace('"data":{', `"data":{"pad":"${'x'.repeat(1_000_000)}",`),
  },
  {
    name: 'a key twice',
    code: 'duplicate_keys',
    make: (trade) => trade.replace('"p":', '"p":"1.00000000","p":'),
  },
  { name: 'no price', code: 'missing_field', make: (trade) => trade.replace(/"p":"[^"]*",/, '') },
  { name: 'no time', code: 'time_missing', make: (trade) => trade.replace(/,"T":\d+/, '') },
  { name: 'time as text', code: 'time_invalid', make: (trade) => trade.replace(/"T":(\d+)/, '"T":"$1"') },
]

/** The same classes as far as Alpaca's form has them; `trade` is one message without its array. */
export const ALPACA_FAULTS: readonly Fault[] = [
  { name: 'empty frame', code: 'empty_frame', make: () => '' },
  { name: 'text', code: 'garbage_text', make: () => 'Service Unavailable' },
  { name: 'truncated', code: 'truncated_json', make: (trade) => `[${trade.slice(0, -10)}` },
  { name: 'ill-formed UTF-8', code: 'invalid_utf8', make: (trade) => alpacaUtf8(trade) },
  { name: 'NaN', code: 'garbage_text', make: (trade, fresh) => alpaca(trade, fresh, 'NaN') },
  { name: 'price null', code: 'price_null', make: (trade, fresh) => alpaca(trade, fresh, 'null') },
  { name: 'price 0', code: 'price_zero', make: (trade, fresh) => alpaca(trade, fresh, '0') },
  { name: 'price negative', code: 'price_negative', make: (trade, fresh) => alpaca(trade, fresh, '-179.1') },
  { name: 'price 1e400', code: 'price_NaN', make: (trade, fresh) => alpaca(trade, fresh, '1e400') },
  {
    name: 'price as text',
    code: 'price_json_string',
    make: (trade, fresh) => alpaca(trade, fresh, '"179.1"'),
  },
  {
    name: 'price of 30 decimals',
    code: 'price_30_decimals',
    make: (trade, fresh) => alpaca(trade, fresh, `179.${'1'.repeat(30)}`),
  },
  { name: 'price x10', code: 'spike_x10', make: (trade, fresh) => alpaca(trade, fresh, '1792.5') },
  { name: 'price /10', code: 'spike_div10', make: (trade, fresh) => alpaca(trade, fresh, '17.92') },
  {
    name: 'negative size',
    code: 'qty_negative',
    make: (trade, fresh) => alpaca(trade, fresh, '179.1').replace(/"s":\d+/, '"s":-100'),
  },
  { name: 'unknown message', code: 'unknown_T', make: () => '[{"T":"zz","S":"IBM","foo":1}]' },
  {
    name: 'unknown symbol',
    code: 'unknown_symbol',
    make: (trade) => `[${trade.replace('"IBM"', '"NOSUCH"')}]`,
  },
  { name: 'array in array', code: 'array_frame', make: (trade) => `[[${trade}]]` },
  { name: 'the same frame again', code: 'duplicate_frame', make: (trade) => `[${trade}]` },
  {
    name: 'an hour ahead',
    code: 'event_time_plus_1h',
    make: (trade, fresh) => alpacaShift(trade, fresh, HOUR_MS),
  },
  {
    name: 'an hour late',
    code: 'event_time_minus_1h',
    make: (trade, fresh) => alpacaShift(trade, fresh, -HOUR_MS),
  },
  {
    name: '__proto__',
    code: 'proto_pollution',
    make: (trade) => `[${trade.replace('{', '{"__proto__":{"polluted":true},')}]`,
  },
  { name: 'deep nesting', code: 'deep_nesting', make: () => '['.repeat(100_000) },
  {
    name: 'a huge frame',
    code: 'huge_frame',
    make: (trade) => `[${trade.replace('{', `{"pad":"${'x'.repeat(1_000_000)}",`)}]`,
  },
  {
    name: 'a key twice',
    code: 'duplicate_keys',
    make: (trade) => `[${trade.replace('"p":', '"p":1,"p":')}]`,
  },
  { name: 'no price', code: 'missing_field', make: (trade) => `[${trade.replace(/"p":[^,]*,/, '')}]` },
  { name: 'no time', code: 'time_missing', make: (trade) => `[${trade.replace(/,"t":"[^"]*"/, '')}]` },
  {
    name: 'bad time',
    code: 'time_invalid',
    make: (trade) => `[${trade.replace(/"t":"2013-10/, '"t":"2013-13')}]`,
  },
]

function alpaca(trade: string, fresh: number, priceText: string): string {
  return `[${trade.replace(/"i":\d+/, `"i":${fresh}`).replace(/"p":[^,]*/, `"p":${priceText}`)}]`
}

function alpacaShift(trade: string, fresh: number, ms: number): string {
  const time = /"t":"([^"]*)"/.exec(trade)?.[1] ?? ''
  const shifted = new Date(Date.parse(time) + ms).toISOString()
  return `[${trade.replace(time, shifted).replace(/"i":\d+/, `"i":${fresh}`)}]`
}

function alpacaUtf8(trade: string): Uint8Array {
  const bytes = Buffer.from(`[${trade}]`)
  bytes[bytes.indexOf('"IBM"') + 2] = 0xc0
  return bytes
}

/** A gzip file of lines. */
export function gzipLines(lines: readonly (string | Uint8Array)[]): Buffer {
  return gzipSync(Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')])))
}
