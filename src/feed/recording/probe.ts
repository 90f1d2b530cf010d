import type { FeedKind } from '../decode/decoder.ts'
import { lineBlocks } from './lines.ts'
import { dataError, type RecordingForm } from './recording.ts'

/** What the beginning of a file tells about all of it. */
export interface Probe {
  readonly form: RecordingForm
  readonly kind: FeedKind
  /** first event time, ms since 1970 (the receive time where no event has one) */
  readonly firstEventMs: number
  /** symbol of the first message; '' where there is none */
  readonly symbol: string
  readonly subscribed: ReadonlySet<string> | null
}

const PROBE_LINES_MAX = 4_096
const PROBE_BYTES_MAX = 33_554_432
/** subscriptions of a capture may come after its first message */
const CAPTURE_LINES_MIN = 256
const RAW_LINE = /^(\d{19})(?: (.*))?$/s
const CSV_HEADER = '<DATE>\t<TIME>'
const DAY_MS = 86_400_000

interface Findings {
  lines: number
  kind?: FeedKind
  fallbackKind?: FeedKind
  firstEventMs?: number
  recvMs?: number
  symbol?: string
  subscribed?: Set<string>
}

type Json = Readonly<Record<string, unknown>>

/**
 * Reads the beginning of a file, at most 4,096 lines or 32 MiB, to tell form, kind, first event and subscriptions.
 *
 * @throws DATA_UNREADABLE, DATA_EMPTY, DATA_KIND_UNKNOWN
 */
export async function probe(file: string): Promise<Probe> {
  const findings: Findings = { lines: 0 }
  let form: RecordingForm | undefined
  let bytesRead = 0
  for await (const block of lineBlocks(file)) {
    const text = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.end).toString('utf8')
    const lines = text.split('\n', PROBE_LINES_MAX).map((line) => line.replace(/\r$/, ''))
    form ??= formOf(file, lines)
    bytesRead += block.end
    if (form === 'mt5-csv') {
      const found = probeCsv(file, lines)
      if (found !== undefined) return found
    } else if (note(findings, form, lines)) break
    if (bytesRead > PROBE_BYTES_MAX) break
  }
  if (form === undefined) throw dataError('DATA_EMPTY', file, 0, 'has no lines')
  if (form === 'mt5-csv') throw dataError('DATA_EMPTY', file, 0, 'has a header but no ticks')
  const kind = findings.kind ?? findings.fallbackKind
  const firstEventMs = findings.firstEventMs ?? findings.recvMs
  if (kind === undefined || firstEventMs === undefined) throw unknownKind(file)
  const subscribed = findings.subscribed ?? null
  return { form, kind, firstEventMs, symbol: findings.symbol ?? '', subscribed }
}

/** Takes in lines; true when enough is known. */
function note(findings: Findings, form: RecordingForm, lines: readonly string[]): boolean {
  for (const line of lines) {
    if (form === 'raw') noteRaw(findings, line)
    else if (form === 'capture') noteRow(findings, line)
    else noteMt5(findings, line)
    findings.lines++
    const known = findings.kind !== undefined && findings.firstEventMs !== undefined
    if (known && (form !== 'capture' || findings.lines >= CAPTURE_LINES_MIN)) return true
    if (findings.lines >= PROBE_LINES_MAX) return true
  }
  return false
}

function unknownKind(file: string): Error {
  return dataError(
    'DATA_KIND_UNKNOWN',
    file,
    0,
    'is no recording of Binance spot or USD-M, Alpaca or MetaTrader 5',
  )
}

function formOf(file: string, lines: readonly string[]): RecordingForm {
  const first = lines.find((line) => line.trim() !== '')
  const form = first === undefined ? undefined : formOfLine(first)
  if (form === undefined) throw unknownKind(file)
  return form
}

function formOfLine(line: string): RecordingForm | undefined {
  if (RAW_LINE.test(line)) return 'raw'
  if (line.startsWith(CSV_HEADER)) return 'mt5-csv'
  const row = objectOf(line)
  if (row === undefined) return undefined
  if (typeof row['d'] === 'string' && row['t'] !== undefined) return 'capture'
  return row['timeframe'] !== undefined || row['status'] !== undefined ? 'mt5' : undefined
}

function noteRaw(findings: Findings, line: string): void {
  const match = RAW_LINE.exec(line)
  if (match === null) return
  findings.recvMs ??= Number((match[1] as string).slice(0, 13))
  noteBinance(findings, objectOf(match[2] ?? ''))
}

function noteRow(findings: Findings, line: string): void {
  const row = objectOf(line)
  if (row === undefined) return
  const text = typeof row['m'] === 'string' ? row['m'] : ''
  if (row['d'] === 'open') noteOpen(findings, typeof row['u'] === 'string' ? row['u'] : '')
  else if (row['d'] === 'out') noteSubscription(findings, objectOf(text)?.['params'])
  else if (row['d'] === 'in') {
    findings.recvMs ??= Number(row['t']) * 1e3
    const message = valueOf(text)
    if (Array.isArray(message)) for (const item of message) noteAlpaca(findings, item as Json)
    else if (isObject(message)) {
      if (message['timeframe'] !== undefined) noteMt5(findings, text)
      else noteBinance(findings, message)
    }
  }
}

/** A Binance stream's address names venue and subscriptions. */
function noteOpen(findings: Findings, url: string): void {
  if (/^wss?:\/\/[^/]*fstream/.test(url)) findings.kind ??= 'binance-usdm'
  else if (/^wss?:\/\/[^/]*stream\.binance/.test(url)) findings.kind ??= 'binance-spot'
  else if (/^wss?:\/\/[^/]*alpaca/.test(url)) findings.kind ??= 'alpaca'
  const streams = /[?&]streams=([^&]*)/.exec(url)?.[1] ?? /\/ws\/([^?]+)/.exec(url)?.[1]
  if (streams !== undefined) noteSubscription(findings, streams.split('/'))
}

function noteSubscription(findings: Findings, streams: unknown): void {
  if (!Array.isArray(streams)) return
  const symbols = streams.map((stream) => /^([^!@]+)@/.exec(String(stream))?.[1]?.toUpperCase())
  for (const symbol of symbols) {
    if (symbol === undefined) continue
    findings.subscribed ??= new Set()
    findings.subscribed.add(symbol)
  }
}

function noteBinance(findings: Findings, message: Json | undefined): void {
  if (message === undefined) return
  const data = isObject(message['data']) ? message['data'] : message
  const event = data['e']
  const symbol = data['s']
  if (typeof symbol !== 'string' || (event === undefined && data['u'] === undefined)) return
  findings.symbol ??= symbol
  if (typeof data['E'] === 'number' && isRecent(data['E'])) findings.firstEventMs ??= data['E']
  findings.fallbackKind ??= 'binance-spot'
  if (event === 'depthUpdate') findings.kind ??= data['pu'] === undefined ? 'binance-spot' : 'binance-usdm'
  else if (event === 'bookTicker' || data['X'] !== undefined) findings.kind ??= 'binance-usdm'
  else if (event === undefined || data['M'] !== undefined) findings.kind ??= 'binance-spot'
}

function isRecent(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms > 1e12 && ms < 1e13
}

function noteAlpaca(findings: Findings, message: Json): void {
  if (typeof message?.['T'] !== 'string') return
  findings.kind ??= 'alpaca'
  if (message['T'] === 'subscription') {
    const lists = [message['trades'], message['quotes'], message['bars']].flatMap((list) =>
      Array.isArray(list) ? (list as string[]) : [],
    )
    if (!lists.includes('*')) findings.subscribed = new Set(lists)
  }
  if (typeof message['S'] !== 'string' || typeof message['t'] !== 'string') return
  findings.symbol ??= message['S']
  const ms = Date.parse(message['t'])
  if (!Number.isNaN(ms)) findings.firstEventMs ??= ms
}

function noteMt5(findings: Findings, line: string): void {
  const message = objectOf(line)
  const data = message?.['data']
  if (message?.['timeframe'] !== 'TICK' || !Array.isArray(data) || typeof data[0] !== 'number') return
  findings.kind ??= 'mt5'
  findings.firstEventMs ??= Math.floor(data[0])
  if (typeof message['symbol'] === 'string') findings.symbol ??= message['symbol']
}

/** An export names no symbol: the file's name up to the first "_" or "." does. */
function probeCsv(file: string, lines: readonly string[]): Probe | undefined {
  const symbol = /([^/_.]+)[^/]*$/.exec(file)?.[1] ?? ''
  for (const line of lines) {
    const match = /^(\d{4})\.(\d\d)\.(\d\d)\t/.exec(line)
    if (match === null) continue
    const firstEventMs = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))
    return { form: 'mt5-csv', kind: 'mt5-csv', firstEventMs, symbol, subscribed: new Set([symbol]) }
  }
  return undefined
}

/** UTC midnight before the event, ns since 1970. */
export function eventBaseUtcNs(firstEventMs: number): bigint {
  return BigInt(Math.floor(firstEventMs / DAY_MS) * DAY_MS) * 1_000_000n
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function objectOf(text: string): Json | undefined {
  const value = valueOf(text)
  return isObject(value) ? value : undefined
}
