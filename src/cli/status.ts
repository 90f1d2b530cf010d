import { controlRequest } from '../control/client.ts'
import type { ControlStatus, StatusDocument } from '../control/status.ts'
import { EXIT } from '../core/errors.ts'
import type { StrategySymbolStatus } from '../engine/status.ts'
import { type CommandSpec, type Option, parseCommand } from './args.ts'
import { conclude, socketOf, TARGET_OPTIONS, tokenOf } from './engine-target.ts'

const SPEC = {
  name: 'status',
  summary: 'Shows what a running engine does: mode, halts, strategies, positions, orders.',
  options: TARGET_OPTIONS,
} as const satisfies CommandSpec<Record<string, Option>>

type Status = Partial<StatusDocument> & { readonly control: ControlStatus }

/** `tidegate status` */
export async function run(args: string[]): Promise<number> {
  const parsed = parseCommand(SPEC, args)
  if (parsed === null) return EXIT.OK
  const { options } = parsed
  const answer = await controlRequest(socketOf(options), 'GET', '/ops/status', {}, tokenOf(options))
  return conclude(answer, options.json, (body) => statusLines(body as unknown as Status).join('\n'))
}

/** The status for people. A part that the engine did not give is left out. */
export function statusLines(status: Status): string[] {
  const { control } = status
  const lines = [
    `node ${status.node ?? '?'} boot ${status.boot ?? '?'}: ${status.mode ?? '?'} (${status.mode_reason ?? ''})`,
  ]
  lines.push(
    `${control.armed ? 'armed' : 'halted'}, kill ${control.kill}, ${status.ready === true ? 'ready' : `not ready: ${status.not_ready ?? '?'}`}`,
  )
  if (!control.main_responsive)
    lines.push(`main thread does not answer; what follows is ${control.main_age_ms ?? '?'} ms old`)
  for (const word of control.words) {
    if (!word.open)
      lines.push(
        `  ${word.scope} halted by ${word.reasons.join(', ') || 'its boot'} at generation ${word.generation}`,
      )
  }
  for (const strategy of status.strategies ?? []) lines.push(strategyLine(strategy))
  const { orders } = status
  if (orders !== undefined) {
    const denied = Object.values(orders.denied).reduce((sum, count) => sum + count, 0)
    lines.push(
      `orders: ${orders.open} open, ${orders.unknown} unknown, ${orders.submitted} submitted, ${orders.filled} filled, ${denied} denied`,
    )
  }
  for (const row of status.pnl ?? []) {
    lines.push(
      `${row.symbol}: position ${row.position}, realized ${row.realized}, unrealized ${row.unrealized}, fees ${row.fees}`,
    )
  }
  return lines
}

function strategyLine(strategy: StrategySymbolStatus): string {
  const { last_action: action, last_decision: decision } = strategy
  const last = decision === null ? 'no decision yet' : `${action ?? 'HOLD'} ${decision.age_ms} ms ago`
  const halted = strategy.halted_by.length === 0 ? '' : ` by ${strategy.halted_by.join(', ')}`
  return `${strategy.strategy} ${strategy.symbol}: ${strategy.state}${halted}, position ${strategy.position}, ${last}`
}
