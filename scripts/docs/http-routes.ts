import { APPROVAL_SECONDS } from '../../src/control/approvals.ts'
import { KILL_CODES } from '../../src/domain/reasons.ts'
import { ARM_REFUSALS } from '../../src/gate/arm.ts'
import { TRADING_MODES } from '../../src/gate/trading-mode.ts'
import { EXECUTE } from './http-execute.ts'
import { field, list, NOT_LIVE, type RouteText } from './route-text.ts'

const SCOPE = field(
  'scope',
  '`all`, `venue:ID`, `account:ID`, `strategy:ID`, `symbol:SYMBOL` of the run',
  '`all`',
  'What it is about.',
)
const TEXT = field('text', 'text', '`""`', 'Why, in words; kept in the journal.')
const SCOPE_UNKNOWN = [400, '`SCOPE_UNKNOWN`', 'The run has no such scope.'] as const
const MAIN_SILENT = [
  504,
  '`MAIN_NOT_RESPONDING`, `MAIN_NOT_FINISHED`',
  'The main thread did not begin it within 1 s, and never will; or it began, and its end is not known.',
] as const
const WORD = '`scope`, `generation` after it, `open`, `reasons` that are left'
const SET =
  '`generation` of the word, `set_ns` (ns of the machine’s monotonic clock), `utc_ns` (text, ns since 1970)'

/** Texts of docs/reference/http.md by route; `ROUTES` of src/control/routes.ts says which there are. */
export const ROUTE_TEXTS: Readonly<Record<string, RouteText>> = {
  'GET /healthz': {
    does: 'The control thread is alive.',
    answers: [[200, '', '`alive`: true.']],
  },
  'GET /readyz': {
    does: 'Recovered, connected and able to be armed.',
    answers: [
      [200, '', '`ready`: true.'],
      [503, '', '`ready`: false, `why`: in words, or `shutting_down`. No `error`.'],
    ],
  },
  'GET /ops/status': {
    does: 'The whole state in one document; also while the main thread is blocked.',
    more:
      '`control` is read at the moment of the answer; the rest is what the main thread said `control.main_age_ms` ago where ' +
      `\`control.main_responsive\` is false. \`control.mode\` is one of ${list(TRADING_MODES)}, \`control.kill\` \`SAFE\` or ` +
      '`ENGAGED`; `control.words` has `scope`, `open`, `mode`, `generation` and `reasons` of every control word, `control.latched` ' +
      'the kills that only a re-arm ends, `control.levels` the halt file, lock file or environment that still asserts one.',
    answers: [
      [
        200,
        '',
        '`node`, `boot`, `version`, `mode`, `started_utc_ns`, `uptime_s`, `ready`, `not_ready`, `strategies`, `orders`, `pnl`, `journal`, `risk`, `threads`, `control`, and what the run adds.',
      ],
    ],
  },
  'GET /orders': {
    does: 'Every open order of the engine.',
    answers: [
      [
        200,
        '',
        '`orders`, a list: `client_order_id`, `venue_order_id`, `symbol`, `strategy` (null: nobody’s), `side`, `type`, `time_in_force`, `qty`, `price`, `stop_price`, `state`, `cum_qty`, `leaves_qty`, `created_utc_ns`.',
      ],
      NOT_LIVE,
      MAIN_SILENT,
    ],
  },
  'GET /positions': {
    does: 'Position and profit by symbol.',
    answers: [
      [
        200,
        '',
        '`positions`, a list: `symbol`, `position` (base asset), `mark` (null: no price yet), `realized`, `unrealized`, `fees` (quote asset), `strategies`: position by strategy.',
      ],
      NOT_LIVE,
      MAIN_SILENT,
    ],
  },
  'GET /audit': {
    does: 'The newest records of the journal, oldest first. These are query parameters.',
    fields: [
      field('limit', '1 to 1000', '`100`', 'Most records.'),
      field(
        'before',
        'a sequence',
        'the end',
        'Only records with a lower `seq`: the first one of the page before.',
      ),
      field('kind', 'text', 'every kind', 'Only records of this kind, for example `REPORT` or `DENIED`.'),
    ],
    answers: [
      [
        200,
        '',
        '`records`, as they stand in the journal; `complete`: false where the search ended after 1 MiB with fewer than asked.',
      ],
      [400, '`QUERY_INVALID`', '`limit` or `before` is no such number.'],
    ],
  },
  'POST /execute': EXECUTE,
  'POST /ops/kill': {
    does: 'Halts a scope until a re-arm, and latches it on disk. Answered without the main thread.',
    fields: [
      SCOPE,
      field(
        'reason',
        `${list(KILL_CODES)}; upper or lower case`,
        '`OPERATOR`',
        'Why, as a code; any other word becomes `OTHER` and is put before the text.',
      ),
      TEXT,
    ],
    answers: [
      [
        200,
        '',
        '`generation`, `set_ns`, `effective_ns` (no submission was under way any more; null: one still was after 1 s), `latched_ns` (on disk; null: it could not be written). Ns of the machine’s monotonic clock.',
      ],
      SCOPE_UNKNOWN,
    ],
  },
  'POST /ops/rearm': {
    does: 'Ends the halts of a scope that only an operator ends: kill, breaker, journal, stall, and the wait after a start.',
    fields: [
      SCOPE,
      field(
        'generation',
        'whole number',
        'required',
        'As `control.words` shows it for the scope; the re-arm fails where anything happened since.',
      ),
      field(
        'reason',
        'text, not empty',
        'required',
        'Why trading may go on; `text` is taken where it is left out.',
      ),
    ],
    answers: [
      [200, '', `${WORD}.`],
      [
        202,
        '',
        `With \`control.two_person\`, the first of two: \`pending\`: true, \`scope\`, \`generation\`, \`approved_by\`, \`approvals_needed\`. Another person sends the same scope and generation within ${APPROVAL_SECONDS} s.`,
      ],
      [400, '`GENERATION_MISSING`, `TEXT_MISSING`, `SCOPE_UNKNOWN`', 'The request is not complete.'],
      [
        409,
        `\`NOTHING_TO_REARM\`, \`CANNOT_ARM\`, ${list(Object.keys(ARM_REFUSALS))}`,
        'Refused, and nothing changed; with `generation`, `open` and `reasons` as they are now.',
      ],
      MAIN_SILENT,
    ],
  },
  'POST /ops/pause': {
    does: 'No new entries in a scope; orders that only reduce a position go on. Answered without the main thread.',
    fields: [SCOPE, TEXT],
    answers: [[200, '', `${SET}.`], SCOPE_UNKNOWN],
  },
  'POST /ops/resume': {
    does: 'Ends a pause, and nothing else.',
    fields: [SCOPE, TEXT],
    answers: [
      [200, '', `${WORD}.`],
      SCOPE_UNKNOWN,
      [
        409,
        `\`NOT_PAUSED\`, ${list(['GENERATION_MOVED', 'LEVEL_SOURCE_ASSERTED'])}`,
        'Refused; with `generation`, `open` and `reasons` as they are now.',
      ],
      MAIN_SILENT,
    ],
  },
  'POST /ops/shutdown': {
    does: 'Ends the run in order: no submission starts any more, the rest follows within `shutdown.total_seconds`.',
    fields: [TEXT],
    answers: [[202, '', `${SET}. The run has not ended yet.`]],
  },
  'POST /ops/cancel-all': {
    does: 'Cancels every order of the engine in a scope, then asks the venues until none is open.',
    fields: [SCOPE, TEXT],
    answers: [
      [
        200,
        '',
        'Client order ids: `canceled`, `ended` (filled, expired, rejected meanwhile), `left` (still open), `skipped` (the venue does not know them); `errors` with `failures`, and `verified`: nothing is left and every venue answered.',
      ],
      SCOPE_UNKNOWN,
      MAIN_SILENT,
    ],
  },
}
