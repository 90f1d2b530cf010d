import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { TidegateError } from '../../../src/core/errors.ts'
import { runTape } from '../../../src/engine/tape.ts'
import { CaptureFile, CaptureWriter } from '../../../src/feed/capture.ts'
import { openRecording } from '../../../src/feed/recording/open.ts'
import { FRAME } from '../../../src/feed/recording/recording.ts'
import { ALPACA_FRAMES, MT5_FRAMES, SPOT_FRAMES, USDM_FRAMES } from '../decode/samples.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-recording-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

function file(content: string | Uint8Array, name = `recording-${files++}`): string {
  const full = path.join(folder, name)
  writeFileSync(full, content)
  return full
}

interface ReadFrame {
  readonly text: string
  readonly recvNs: number
  readonly type: number
  readonly line: number
  readonly symbol: string | undefined
}

async function frames(...names: string[]): Promise<ReadFrame[]> {
  const recording = await openRecording(names)
  const all: ReadFrame[] = []
  for await (const batch of recording.batches()) {
    for (let i = 0; i < batch.count; i++) {
      all.push({
        text: Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i])).toString('latin1'),
        recvNs: batch.recvNs[i] as number,
        type: batch.types[i] as number,
        line: batch.lines[i] as number,
        symbol: batch.symbols.get(i),
      })
    }
  }
  return all
}

async function refusal(...names: string[]): Promise<[string, string, number]> {
  try {
    await frames(...names)
  } catch (error) {
    if (error instanceof TidegateError) return [error.code, error.message, error.exitCode]
    throw error
  }
  throw new Error('was read')
}

const NS = '1723161255342000123'
const TRADE = SPOT_FRAMES['trade'] as string
const row = (fields: Record<string, unknown>): string => `${JSON.stringify(fields)}\n`
const OPEN = row({
  t: '1723161255',
  c: 'ws.1',
  d: 'open',
  u: 'wss://stream.binance.com:9443/stream?streams=btcusdt@trade',
})

describe('raw lines', () => {
  it('gives frames with receive time, line and type; a depth body is a snapshot of the only symbol', async () => {
    const read = await frames(
      file(
        `${NS} ${TRADE}\r\n\n${NS} {"lastUpdateId":1,"bids":[],"asks":[]}\n${NS} \n${NS}\n1723161255342000124 x`,
      ),
    )
    const recvNs = 86_055_342_000_123
    expect(read).toEqual([
      { text: TRADE, recvNs, type: FRAME.STREAM, line: 1, symbol: undefined },
      {
        text: '{"lastUpdateId":1,"bids":[],"asks":[]}',
        recvNs,
        type: FRAME.SNAPSHOT,
        line: 3,
        symbol: 'BTCUSDT',
      },
      { text: '', recvNs, type: FRAME.STREAM, line: 4, symbol: undefined },
      { text: '', recvNs, type: FRAME.STREAM, line: 5, symbol: undefined },
      { text: 'x', recvNs: recvNs + 1, type: FRAME.STREAM, line: 6, symbol: undefined },
    ])
  })

  it.each([
    ['trade', SPOT_FRAMES, 'binance-spot'],
    ['bookTicker', SPOT_FRAMES, 'binance-spot'],
    ['depth', SPOT_FRAMES, 'binance-spot'],
    ['trade', USDM_FRAMES, 'binance-usdm'],
    ['bookTicker', USDM_FRAMES, 'binance-usdm'],
    ['depth', USDM_FRAMES, 'binance-usdm'],
  ] as const)('tells the venue by a %s', async (name, samples, kind) => {
    const recording = await openRecording([file(`${NS} {"a":01}\n${NS} ${samples[name]}\n`)])
    expect([recording.kind, recording.form, recording.symbol, recording.subscribed]).toEqual([
      kind,
      'raw',
      'BTCUSDT',
      null,
    ])
    expect(recording.eventBaseUtcNs).toBe(1_723_075_200_000_000_000n)
  })

  it('F8: a depth body is a snapshot in any spacing and order of its members, a stream of depths is none', async () => {
    const bodies = [
      ' { "lastUpdateId" : 1, "bids": [], "asks": []}',
      '{"bids":[],"asks":[],"lastUpdateId":1}',
      '{"asks":[],"lastUpdateId":1,"bids":[]}',
    ]
    const stream = '{"stream":"btcusdt@depth5","data":{"lastUpdateId":1,"bids":[],"asks":[]}}'
    const read = await frames(
      file(`${NS} ${TRADE}\n${[...bodies, stream].map((x) => `${NS} ${x}\n`).join('')}`),
    )
    expect(read.slice(1).map(({ text, type }) => [text, type])).toEqual([
      ...bodies.map((body) => [body, FRAME.SNAPSHOT]),
      [stream, FRAME.STREAM],
    ])
  })

  it.each(['auto', 'off'] as const)(
    'F8: a USD-M depth body, which has times, makes a book with sorted members too (native: %s)',
    async (native) => {
      const body =
        '{"E":1723161255342,"T":1723161255340,"asks":[["61800.30","2"]],"bids":[["61800.20","1"]],"lastUpdateId":7}'
      const bodies = [body, body.replace('"E":1723161255342,', ''), body.replace('{', ' { "limit" : 5, ')]
      const trade = USDM_FRAMES['trade'] as string
      for (const text of bodies) {
        const name = file(`${NS} ${trade}\n${NS} ${text}\n`)
        const { by_type, errors, symbols } = await runTape([name], { native })
        expect([by_type, errors]).toEqual([{ trade: 1, rest_depth_snapshot: 1 }, {}])
        expect(symbols['BTCUSDT']?.book).toMatchObject({
          levels: [1, 1],
          best_bid: '61800.2',
          best_ask: '61800.3',
        })
      }
    },
  )

  it('F8: what begins like a depth body and is none stays a frame of the stream', async () => {
    const sorted =
      '{"E":1723161255342,"T":1723161255340,"U":1,"a":[],"b":[],"e":"depthUpdate","s":"BTCUSDT","u":2}'
    const partial = '{"E":1,"asks":[],"bids":[],"e":"depthUpdate","lastUpdateId":1}'
    const within = '{"id":1,"result":{"asks":[],"bids":[],"lastUpdateId":1}}'
    const broken = [
      '{"E":1,"asks":[],"bids":[],"lastUpda',
      '{"E":1 "asks"',
      '{"E":[1,"',
      '{"E"',
      '{',
      '{,}',
      '{"E":',
    ]
    const others = [sorted, partial, within, '{"E":1,"bids":[],"lastUpdateId":1}', ...broken]
    const read = await frames(
      file(`${NS} ${TRADE}\n${others.map((x) => `${NS} ${x}\n`).join('')}${NS} ${broken[0]}`),
    )
    expect(read.map(({ type }) => type)).toEqual(read.map(() => FRAME.STREAM))
    expect(read).toHaveLength(others.length + 2)
  })

  it('reads files of one kind as one stream, again and again', async () => {
    const names = [file(gzipSync(`${NS} ${TRADE}\n`)), file(`${NS} second\n${NS} ${TRADE}\n`)]
    const recording = await openRecording(names)
    for (let reading = 0; reading < 2; reading++) {
      let count = 0
      for await (const batch of recording.batches()) count += batch.count
      expect(count).toBe(3)
    }
  })

  it('holds memory by blocks: a line without end is cut where no decoder would take it', async () => {
    const huge = `${NS} {"stream":"${'x'.repeat(30_000_000)}"}\n`
    const read = await frames(file(gzipSync(`${NS} ${TRADE}\n${huge}${NS} ${TRADE}\n`)))
    expect(read.map(({ line }) => line)).toEqual([1, 2, 3])
    expect(read[1]?.text.length).toBeGreaterThan(262_144)
    expect(read[2]?.text).toBe(TRADE)
  })
})

describe('captures', () => {
  it('F8: passes over lines that are empty, whatever ends them', async () => {
    const rows = [OPEN, row({ t: '1723161255.1', c: 'ws.1', d: 'in', m: TRADE })]
    const spaced = rows.map((text) => `${text.trimEnd()}\r\n\r\n\n`).join('')
    const texts = async (content: string) => (await frames(file(content))).map(({ text }) => text)
    expect(await texts(spaced)).toEqual([TRADE])
    expect(await texts(rows.join(''))).toEqual([TRADE])
  })

  it('gives what came in, byte for byte, and depth answers as snapshots', async () => {
    const text = '[{"T":"n","headline":"a\\"b\\\\ \u00e9 \ud83d\ude00 \t"}]'
    const inflated = 'inflated'
    const read = await frames(
      file(
        OPEN +
          row({ t: '1723161255.1', c: 'ws.1', d: 'in', m: TRADE }) +
          row({ m: text, d: 'in', c: 'ws.1', t: 1723161255.25 }) +
          row({ t: '1723161256', c: 'ws.1', d: 'in', b64: gzipSync(inflated).toString('base64') }) +
          row({ t: '1723161256', c: 'ws.1', d: 'in', b64: Buffer.from([0x1f, 0x8b, 1]).toString('base64') }) +
          row({
            t: '1723161257',
            c: 'http',
            d: 'rest',
            u: 'https://x/api/v3/depth?symbol=BTCUSDT&limit=5',
            m: '{}',
          }) +
          row({ t: '1723161257', c: 'http', d: 'rest', u: 'https://x/api/v3/exchangeInfo', m: '{}' }) +
          row({ t: '1723161258', c: 'ws.1', d: 'out', m: '{"method":"SUBSCRIBE"}' }) +
          row({ t: '1723161258', c: 'ws.1', d: 'note', m: 'x' }),
      ),
    )
    expect(read.map(({ text: content, type, symbol, line }) => [content, type, symbol, line])).toEqual([
      [TRADE, FRAME.STREAM, undefined, 2],
      [Buffer.from(text).toString('latin1'), FRAME.STREAM, undefined, 3],
      [inflated, FRAME.STREAM, undefined, 4],
      ['\u001f\u008b\u0001', FRAME.STREAM, undefined, 5],
      ['{}', FRAME.SNAPSHOT, 'BTCUSDT', 6],
    ])
    expect(read[0]?.recvNs).toBe(86_055_100_000_000)
    expect(read[1]?.recvNs).toBe(86_055_250_000_000)
  })

  it('passes on bytes that are no text', async () => {
    const bytes = Buffer.from(
      OPEN + row({ t: '1723161255', c: 'w', d: 'in', m: 'a?b' }) + row({ t: '1', d: 'in', m: TRADE }),
    )
    bytes[bytes.indexOf('a?b') + 1] = 0xff
    expect((await frames(file(bytes)))[0]?.text).toBe('a\u00ffb')
  })

  it('knows the subscriptions by address, request or acknowledgement', async () => {
    const subscribed = async (...rows: Record<string, unknown>[]): Promise<unknown> =>
      (await openRecording([file(rows.map(row).join(''))])).subscribed
    const incoming = { t: '1723161255', c: 'w', d: 'in', m: TRADE }
    expect(
      await subscribed(
        { t: '1', c: 'w', d: 'open', u: 'ws://127.0.0.1:1/stream?streams=btcusdt@trade/ethusdt@depth' },
        incoming,
      ),
    ).toEqual(new Set(['BTCUSDT', 'ETHUSDT']))
    const request = {
      t: '1',
      c: 'w',
      d: 'out',
      m: '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}',
    }
    expect(await subscribed(request, incoming)).toEqual(new Set(['BTCUSDT']))
    expect(await subscribed(incoming)).toBeNull()
    const answer = {
      t: '1',
      c: 'w',
      d: 'in',
      m: '[{"T":"subscription","trades":["IBM"],"quotes":["SPY"],"bars":[]}]',
    }
    const data = { t: '1723161255', c: 'w', d: 'in', m: ALPACA_FRAMES['trade'] }
    expect(await subscribed(answer, data)).toEqual(new Set(['IBM', 'SPY']))
    const all = { ...answer, m: '[{"T":"subscription","trades":["*"],"quotes":[],"bars":[]}]' }
    expect(await subscribed(all, data)).toBeNull()
  })

  it('reads what CaptureWriter wrote', async () => {
    const name = path.join(folder, 'own.wscap.ndjson')
    const sink = new CaptureFile(name)
    const capture = new CaptureWriter(sink)
    const utcNs = 1_723_161_255_000_000_000n
    const encoder = new TextEncoder()
    capture.note(utcNs, 'ws.1', 'a recording of our own')
    capture.open(utcNs, 'ws.1', 'ws://127.0.0.1:9080/stream?streams=btcusdt@trade')
    capture.out(utcNs, 'ws.1', '{}')
    capture.in(utcNs + 342_000_123n, 'ws.1', encoder.encode(TRADE))
    capture.in(utcNs + 10n ** 9n, 'ws.1', new Uint8Array([0xff, 0x00]))
    capture.rest(utcNs, 'http', 'http://x/depth?symbol=BTCUSDT', '{"lastUpdateId":1}')
    sink.close()
    const read = await frames(name)
    expect(read.map(({ text, recvNs, symbol }) => [text, recvNs, symbol])).toEqual([
      [TRADE, 86_055_342_000_123, undefined],
      ['\u00ff\u0000', 86_056e9, undefined],
      ['{"lastUpdateId":1}', 86_055e9, 'BTCUSDT'],
    ])
    expect(() => new CaptureFile(path.join(folder, 'no', 'such', 'folder'))).toThrow(/cannot be written/)
  })
})

describe('MetaTrader recordings', () => {
  it('takes the event time as receive time, and the one before where there is none', async () => {
    const tick = MT5_FRAMES['tick'] as string
    const read = await frames(file(`${tick}\n{"status":"DISCONNECTED"}\n`))
    expect(read.map(({ text, recvNs }) => [text, recvNs])).toEqual([
      [tick, 86_030_051e6],
      ['{"status":"DISCONNECTED"}', 86_030_051e6],
    ])
  })

  it('F8: finds the event time among other members and their lists', async () => {
    const tick = (before: string): string => `{${before}"data" : [ 1723161251815,1.1,1.2],"timeframe":"TICK"}`
    const lines = [
      tick('"symbol":"EURUSD",'),
      tick('"symbol":"EURUSD","levels":[7,8],"more":{"x":[9]},'),
      tick('"symbol":"EURUSD","more":{"data":[9]},"list":[{"data":[9]}],"text":"\\"data\\":[9]",'),
      tick('').replace('data', 'd\\u0061ta'),
    ]
    const without = [
      '{"more":{"data":[9]}}',
      '{"data":9}',
      '{"data":',
      '{"more":{"data":[9]',
      '[{"data":[9]}]',
    ]
    const read = await frames(file([MT5_FRAMES['tick'], ...lines, ...without].join('\n')))
    const last = [...lines, ...without].map(() => 86_051_815e6)
    expect(read.map(({ recvNs }) => recvNs)).toEqual([86_030_051e6, ...last])
  })

  it('puts the symbol of the file before each row of an export', async () => {
    const rows =
      '<DATE>\t<TIME>\t<BID>\t<ASK>\r\n2024.08.08\t00:00:00.292\t1.1\t1.2\r\n2024.08.08\t00:00:01\t\t1.3\r\n'
    const read = await frames(file(rows, 'EURUSD_x.csv'))
    expect(read.map(({ text, recvNs, line }) => [text, recvNs, line])).toEqual([
      ['EURUSD\t2024.08.08\t00:00:00.292\t1.1\t1.2', 292e6, 2],
      ['EURUSD\t2024.08.08\t00:00:01\t\t1.3', 1e9, 3],
    ])
  })

  it.each([
    ['raw lines', `${NS} ${TRADE}\n`],
    ['a capture', OPEN + row({ t: '1723161255.5', c: 'w', d: 'in', m: TRADE })],
    ['ticks', `${MT5_FRAMES['tick']}\n`],
    ['an export', '<DATE>\t<TIME>\r\n2024.08.08\t00:00:01\t1.1\t1.3\r\n'],
  ])('F8: a byte order mark before %s is no part of them', async (form, content) => {
    const plain = await frames(file(content, `PLAIN.${form}`))
    expect(plain).toHaveLength(1)
    const marked = `\ufeff${content}`
    const symbol = form === 'an export' ? 'PLAIN' : 'MARKED'
    expect(await frames(file(marked, `${symbol}.marked`))).toEqual(plain)
    expect(await frames(file(gzipSync(marked), `${symbol}.gz`))).toEqual(plain)
  })

  it('F8: an export of one row is one, with or without a newline at its end', async () => {
    const content = '<DATE>\t<TIME>\r\n2024.08.08\t00:00:01\t1.1\t1.3\t\t\t6'
    expect(await frames(file(content, 'ONE.csv'))).toEqual(await frames(file(`${content}\r\n`, 'ONE.2.csv')))
  })

  it('loses no row of a long export', async () => {
    const line = '2024.08.08\t00:00:00.292\t1.10000\t1.20000\t\t\t6\r\n'
    const read = await frames(file(`<DATE>\t<TIME>\n${line.repeat(60_000)}`, 'EURUSD_long.csv'))
    expect(read).toHaveLength(60_000)
    expect(new Set(read.map(({ text }) => text)).size).toBe(1)
  })
})

describe('files whose writer was cut off', () => {
  const NEXT = `1723161256342000123 ${TRADE}`
  const spot = { t: '1723161255.5', c: 'w', d: 'in', m: TRADE }

  it.each([1, 10, 18, 19, 20, 25, NEXT.length - 1])(
    'F8: raw lines cut after %i bytes of the last one lose that one, which no decoder takes',
    async (bytes) => {
      const read = await frames(file(`${NS} ${TRADE}\n${NEXT.slice(0, bytes)}`))
      expect([read.length, read[0]?.text]).toEqual([2, TRADE])
      const last = read[1] as ReadFrame
      expect([last.line, last.text.endsWith('}}')]).toEqual([2, false])
      if (bytes < 19) expect([last.text, last.recvNs]).toEqual([NEXT.slice(0, bytes), read[0]?.recvNs])
    },
  )

  it.each([1, 9, 60, row(spot).length - 2])(
    'F8: a capture cut after %i bytes of its last row loses that one, which no decoder takes',
    async (bytes) => {
      const read = await frames(file(`${OPEN}${row(spot)}${row(spot).slice(0, bytes)}`))
      expect(read.map(({ text, recvNs, line }) => [text, recvNs, line])).toEqual([
        [TRADE, read[0]?.recvNs, 2],
        [Buffer.from(row(spot)).subarray(0, bytes).toString('latin1'), read[0]?.recvNs, 3],
      ])
    },
  )
})

describe('files that cannot be read', () => {
  it('names file, line and reason, with exit code 4', async () => {
    const missing = path.join(folder, 'missing')
    expect(await refusal(missing)).toEqual(['DATA_UNREADABLE', expect.stringContaining(missing), 4])
    expect(await refusal(folder)).toEqual(['DATA_UNREADABLE', expect.stringContaining(folder), 4])
    const torn = file(gzipSync(`${NS} ${TRADE}\n`.repeat(1000)).subarray(0, 150))
    expect((await refusal(torn))[0]).toBe('DATA_UNREADABLE')
    expect((await refusal(file('')))[0]).toBe('DATA_EMPTY')
    expect((await refusal(file('\n\n')))[0]).toBe('DATA_KIND_UNKNOWN')
    expect((await refusal(file('symbol,price\n')))[0]).toBe('DATA_KIND_UNKNOWN')
    expect((await refusal(file('<DATE>\t<TIME>\n', 'X.csv')))[0]).toBe('DATA_EMPTY')
    const kraken = row({ t: '1', c: 'w', d: 'in', m: '{"event":"heartbeat"}' })
    expect((await refusal(file(kraken)))[0]).toBe('DATA_KIND_UNKNOWN')
    const spoilt = file(`${NS} ${TRADE}\nno receive time\n`)
    expect(await refusal(spoilt)).toEqual(['DATA_LINE', expect.stringContaining(`${spoilt}:2:`), 4])
    const row2 = file(`${OPEN}${row({ t: '1723161255', c: 'w', d: 'in', m: TRADE })}{"t":"1","d":"in"\n`)
    expect(await refusal(row2)).toEqual(['DATA_LINE', expect.stringContaining(`${row2}:3:`), 4])
    const timeless = file(`${OPEN}${row({ t: '1723161255', d: 'in', m: TRADE })}${row({ d: 'in', m: 'x' })}`)
    expect(await refusal(timeless)).toEqual(['DATA_LINE', expect.stringContaining('receive time'), 4])
  })

  it('refuses files of several kinds together', async () => {
    const spot = file(`${NS} ${TRADE}\n`)
    const usdm = file(`${NS} ${USDM_FRAMES['trade']}\n`)
    const [code, message, exitCode] = await refusal(spot, usdm)
    expect([code, exitCode]).toEqual(['DATA_KIND_MIXED', 4])
    expect(message).toContain('binance-usdm')
  })
})
