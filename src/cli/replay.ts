import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { configPath } from '../config/config-path.ts'
import { loadConfig } from '../config/load.ts'
import { quoteAssetOf } from '../config/schema-account.ts'
import type { Config } from '../config/types.ts'
import { EXIT } from '../core/errors.ts'
import { type CommandSpec, parseCommand, usageError } from './args.ts'
import { latencyLines, print, printJson, remark } from './output.ts'
import { moneyText, type ReplayDocument, runReplay } from './replay-session.ts'

const SPEC = {
  name: 'replay',
  summary: 'Runs the engine on recordings in lock step: the same orders, fills and journal every time.',
  options: {
    config: { value: 'FILE', required: true, help: 'the configuration' },
    data: { value: 'FILE', multiple: true, help: 'recordings, one stream (default: replay.data)' },
    speed: { value: 'max|N', help: 'as fast as it goes (default), or N times real time' },
    out: { value: 'DIR', help: 'state directory; a used one is recovered and waits halted for a re-arm' },
    json: { help: 'print one JSON document' },
  },
  notes: ['Without --out a fresh temporary directory is used and removed afterwards.'],
} as const satisfies CommandSpec

export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { config: file, data, speed, out, json } = parsed.options
  const config = loadConfig(file)
  const files = data.length > 0 ? data : config.replay.data.map((name) => configPath(config, name))
  if (files.length === 0) throw usageError('replay: no recording: give --data FILE or replay.data')
  const folder = out ?? mkdtempSync(path.join(tmpdir(), 'tidegate-replay-'))
  try {
    const { document, exitCode } = await runReplay({
      config,
      files,
      folder,
      speed: speedOf(speed),
      onNote: remark,
    })
    if (json) printJson(document)
    else print(...readableReplay(document, config))
    return exitCode
  } finally {
    if (out === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

function speedOf(text: string | undefined): number | 'max' {
  if (text === undefined || text === 'max') return 'max'
  const speed = Number(text)
  if (Number.isFinite(speed) && speed > 0) return speed
  throw usageError(`replay: --speed ${text}; allowed: max, or a number above zero`)
}

/** The document for a person: counts, orders, P&L, hashes, latencies. */
export function readableReplay(document: ReplayDocument, config: Config): string[] {
  const { orders, fills, journal } = document
  const quoteAssets = new Map(config.instruments.map((item) => [item.symbol, quoteAssetOf(item)]))
  const denied = Object.entries(orders.denied).map(([code, n]) => `${code} ${n}`)
  return [
    `${document.files.join(' + ')} (${document.kind}): ${document.messages} messages in ${document.wall_s.toFixed(2)} s, ${Math.round(document.events_per_s)} a second`,
    ...Object.entries(document.by_type).map(([type, n]) => `  ${type.padEnd(20)} ${n}`),
    `orders: ${orders.intents} intents, ${orders.submitted} submitted, ${orders.filled} filled, ${orders.canceled} canceled, ${orders.unknown} unknown`,
    `blocked: ${orders.blocked_gate1} at gate 1, ${orders.blocked_gate2} at gate 2; denied: ${denied.join(', ') || 'none'}`,
    ...Object.entries(document.pnl).map(
      ([symbol, pnl]) =>
        `${symbol}: realized ${moneyText(pnl.realized)}, unrealized ${moneyText(pnl.unrealized)}, fees ${moneyText(pnl.fees)} ${quoteAssets.get(symbol)}, position ${pnl.position}`,
    ),
    ...latencyLines(document.latency_ns),
    `fills.sha256           ${fills.sha256} (${fills.count} fills)`,
    `journal.content_sha256 ${journal.content_sha256} (${journal.events} records)`,
  ]
}
