import { loadConfig } from '../config/load.ts'
import { EXIT } from '../core/errors.ts'
import { type CommandSpec, parseCommand, usageError } from './args.ts'
import { latencyLines, print, printJson } from './output.ts'
import { type RunDocument, runLive } from './run-session.ts'

const SPEC = {
  name: 'run',
  summary: "Runs the engine live, in the configuration's mode, until it is told to end.",
  options: {
    config: { value: 'FILE', required: true, help: 'the configuration' },
    once: { help: 'end after one decision per strategy and symbol' },
    acceptance: { value: 'N', help: 'watch the first N ticks, print a verdict, and end' },
    'until-eof': { help: 'end when standard input ends, e.g. with the program that holds it open' },
    json: { help: 'one JSON document at the end' },
  },
  notes: [
    'Ends on SIGTERM, SIGINT, SIGHUP or `tidegate shutdown`; a second signal hurries, a third ends at once (exit 7).',
    'SIGQUIT writes threads, handles and orders to the log.',
  ],
} as const satisfies CommandSpec

export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { config: file, once, acceptance, json, 'until-eof': endWithInput } = parsed.options
  const ticks = acceptance === undefined ? null : Number(acceptance)
  if (ticks !== null && !(Number.isSafeInteger(ticks) && ticks > 0)) {
    throw usageError(`run: --acceptance ${acceptance}; allowed: a whole number above zero`)
  }
  const document = await runLive({ config: loadConfig(file), once, acceptanceTicks: ticks, endWithInput })
  if (json) printJson(document)
  else print(...readableRun(document))
  return document.exit_code
}

/** The document for a person. */
export function readableRun(document: RunDocument): string[] {
  const { orders, fills, shutdown, acceptance } = document
  const verdict =
    acceptance === null
      ? []
      : [
          `acceptance over ${acceptance.ticks} ticks: ${acceptance.passed ? 'passed' : 'FAILED'}`,
          ...acceptance.findings,
        ]
  const errors = Object.entries(document.errors)
    .map(([code, n]) => `${code} ${n}`)
    .join(', ')
  return [
    ...verdict,
    `live: ${document.frames} frames, ${document.ticks} ticks; decode errors: ${errors || 'none'}`,
    `orders: ${orders.submitted} submitted, ${orders.filled} filled, ${orders.canceled} canceled, ${orders.unknown} unknown`,
    ...Object.entries(document.pnl).map(
      ([symbol, pnl]) => `${symbol}: realized ${pnl.realized}, fees ${pnl.fees}, position ${pnl.position}`,
    ),
    ...latencyLines(document.latency_ns),
    `fills.sha256 ${fills.sha256} (${fills.count} fills)`,
    `ended (${shutdown.reason}) in ${shutdown.duration_ms} ms: ${shutdown.orders_canceled} canceled, ${shutdown.orders_left.length} left`,
  ]
}
