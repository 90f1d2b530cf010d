import { EXIT } from '../core/errors.ts'
import { runTape, type TapeDocument } from '../engine/tape.ts'
import type { TapeSymbol } from '../engine/tape-symbol.ts'
import { type CommandSpec, parseCommand } from './args.ts'
import { print, printJson } from './output.ts'

const SPEC = {
  name: 'tape',
  summary: 'Decodes recordings and nothing else: counts, trade and quote tapes, books, one-minute bars.',
  options: { json: { help: 'print one JSON document' } },
  words: { name: 'FILE…', min: 1, max: 1_000 },
  notes: [
    'Files of one kind given together are one stream. Kinds are told by content: Binance spot and USD-M',
    '(raw lines and captures), Alpaca captures, MetaTrader 5 ticks (JSON lines and csv), plain or gzip.',
    'TIDEGATE_NATIVE=0 decodes in TypeScript; the result is the same.',
  ],
} as const satisfies CommandSpec

export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const document = await runTape(parsed.words, { native: 'auto' })
  if (parsed.options.json) printJson(document)
  else print(...readable(document))
  return EXIT.OK
}

/** The document for a person. */
function readable(document: TapeDocument): string[] {
  const lines = [`${document.files.join(' + ')}: ${document.kind}, ${document.messages} messages`]
  for (const [type, count] of Object.entries(document.by_type)) lines.push(`  ${type.padEnd(20)} ${count}`)
  const errors = Object.entries(document.errors)
  lines.push(errors.length === 0 ? 'errors: none' : 'errors:')
  for (const [code, count] of errors) lines.push(`  ${code.padEnd(20)} ${count}`)
  for (const [symbol, tape] of Object.entries(document.symbols)) lines.push(...symbolLines(symbol, tape))
  return lines
}

function symbolLines(symbol: string, { trades, quotes, book, bars_1m }: TapeSymbol): string[] {
  const lines = [symbol]
  if (trades.count > 0) {
    lines.push(
      `  trades  ${trades.count} (${trades.flagged} flagged), qty ${trades.sum_qty}, vwap ${trades.vwap}, low ${trades.low}, high ${trades.high}, last ${trades.last?.price}`,
      `          sha256 ${trades.tape_sha256}`,
    )
  }
  if (quotes.count > 0) {
    lines.push(
      `  quotes  ${quotes.count}, ${quotes.crossed} crossed, ${quotes.locked} locked`,
      `          sha256 ${quotes.tape_sha256}`,
    )
  }
  if (book !== null) {
    lines.push(
      `  book    ${book.applied} updates, ${book.breaks} breaks, ${book.resyncs} resyncs, ${book.levels[0]} x ${book.levels[1]} levels, ${book.best_bid ?? '-'} / ${book.best_ask ?? '-'}`,
      `          sha256 ${book.sha256}`,
    )
  }
  lines.push(`  bars    ${bars_1m.length} of one minute`)
  return lines
}
