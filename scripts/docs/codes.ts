import { DECODE_CODE } from '../../src/domain/decode-codes.ts'
import { DENIALS } from '../../src/domain/denials.ts'
import { KILL_CODES, REASON } from '../../src/domain/reasons.ts'
import { CHECKS } from '../../src/risk/checks/order.ts'

/** docs/reference/codes.md: every code that the engine gives, from the tables that it gives them from. */
export function codesPage(): string {
  return [
    '# Codes',
    '',
    '## Pre-trade checks',
    '',
    'In the order in which they run; every result is kept, with the value and the limit that it compared. An order that is',
    'proved to only reduce the position skips those that are marked so.',
    '',
    '| check | holds when it passes | reducing order |',
    '|---|---|---|',
    ...CHECKS.map(
      ({ name, doc, reducing }) =>
        `| \`${name}\` | ${doc} | ${reducing === 'skip' ? 'skipped' : 'checked'} |`,
    ),
    '',
    '## Denials',
    '',
    'Why an order was refused by the engine itself (state DENIED). The set is closed.',
    '',
    '| code | meaning |',
    '|---|---|',
    ...Object.entries(DENIALS).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`),
    '',
    '## Halt reasons',
    '',
    'The low 12 bits of every control word. Trading is allowed when none is set and the generation above them is not zero.',
    '',
    '| reason | bit |',
    '|---|---|',
    ...Object.entries(REASON).map(
      ([name, bit]) => `| \`${name}\` | \`0x${bit.toString(16).padStart(3, '0')}\` |`,
    ),
    '',
    `A kill carries one of the codes ${KILL_CODES.map((code) => `\`${code}\``).join(', ')}.`,
    '',
    '## Market data',
    '',
    'What decoders, the sanity stage and the book say of bad input, under `errors` of `tape` and `replay`. `reject` and',
    '`ignore` leave no trace, `dedupe` drops a repetition, `flag` keeps the tick, marked and never traded on, `resync`',
    'drops the book until a snapshot.',
    '',
    '| code | number | action |',
    '|---|---|---|',
    ...Object.entries(DECODE_CODE).map(([name, { n, action }]) => `| \`${name}\` | ${n} | ${action} |`),
    '',
  ].join('\n')
}
