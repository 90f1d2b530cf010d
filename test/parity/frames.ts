import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** One frame as it came, with what a recording knows of it. */
export interface Frame {
  readonly text: Uint8Array
  /** receive time, UTC ns rounded to a double; enough to tell frames apart */
  readonly recvNs: number
  /** symbol of a REST depth snapshot, null for stream frames */
  readonly snapshotOf: string | null
}

const FIXTURES = new URL('../fixtures/', import.meta.url)
const encoder = new TextEncoder()

export function fixtureLines(file: string): string[] {
  const raw = readFileSync(new URL(file, FIXTURES))
  const text = (file.endsWith('.gz') ? gunzipSync(raw) : raw).toString('latin1')
  return text.split('\n').filter((line) => line !== '')
}

/** `<receive ns> <json>` lines (binance-raw and its fault set); bytes are kept as they are. */
export function rawFrames(file: string, symbol: string): Frame[] {
  return fixtureLines(file).map((line) => {
    const space = line.indexOf(' ')
    const text = Buffer.from(line.slice(space + 1), 'latin1')
    const isSnapshot = line.startsWith('{"lastUpdateId"', space + 1)
    return { text, recvNs: Number(line.slice(0, space)), snapshotOf: isSnapshot ? symbol : null }
  })
}

/** Captured sessions (`*.wscap.ndjson.gz`): what the venue sent, and its depth snapshots over REST. */
export function captureFrames(file: string): Frame[] {
  const frames: Frame[] = []
  for (const line of fixtureLines(file)) {
    const row = JSON.parse(Buffer.from(line, 'latin1').toString()) as Record<string, string>
    const snapshot = row['d'] === 'rest' ? /\/depth\?symbol=([^&]+)/.exec(row['u'] ?? '')?.[1] : undefined
    if (row['d'] !== 'in' && snapshot === undefined) continue
    const text = row['b64'] === undefined ? encoder.encode(row['m']) : Buffer.from(row['b64'], 'base64')
    frames.push({ text, recvNs: Number(row['t']) * 1e9, snapshotOf: snapshot ?? null })
  }
  return frames
}

/** MetaTrader ticks as JSON, a frame a line. */
export function lineFrames(file: string): Frame[] {
  return textFrames(fixtureLines(file).map((line) => Buffer.from(line, 'latin1')))
}

/** Rows of MetaTrader's "export ticks", the symbol put before them, without the heading. */
export function exportFrames(file: string, symbol: string): Frame[] {
  const rows = fixtureLines(file).slice(1)
  return textFrames(rows.map((row) => Buffer.from(`${symbol}\t${row.replace(/\r$/, '')}`, 'latin1')))
}

/** Texts, one frame each. */
export function textFrames(texts: readonly (string | Uint8Array)[]): Frame[] {
  return texts.map((text, i) => ({
    text: typeof text === 'string' ? encoder.encode(text) : text,
    recvNs: i,
    snapshotOf: null,
  }))
}
