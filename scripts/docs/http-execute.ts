import { ORDER_TYPES, TIMES_IN_FORCE } from '../../src/domain/order.ts'
import { field, list, NOT_LIVE, type RouteText } from './route-text.ts'

const EXAMPLES = `Over the unix socket, and over loopback with a token:

\`\`\`sh
curl --unix-socket .tidegate/live-sim/control.sock http://tidegate/execute \\
  -H 'Content-Type: application/json' -d '{"symbol": "BTCUSDT", "side": "buy", "qty": "0.001"}'
curl http://127.0.0.1:9070/execute -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"symbol": "BTCUSDT", "side": "buy", "qty": "0.001", "type": "limit", "price": "61000"}'
\`\`\`

\`\`\`json
{"client_order_id": "tg-live-sim-1-1", "venue_order_id": "1", "state": "FILLED"}
\`\`\`
`

/** What the page says of `POST /execute`. */
export const EXECUTE: RouteText = {
  does: 'Sends an order, through every gate and check that an order of a strategy passes, and waits until the venue has said something of it.',
  more:
    'Either `side` and `qty` make the order, or `action` with `strategy` lets that strategy’s template make it: beside `action`, ' +
    '`side`, `qty`, `type`, `stop_price` and `time_in_force` are refused. So is a member that is named neither here nor under ' +
    '[Requests](#requests). The control words are read when the request ' +
    'arrives: an order that waited for a busy main thread while anything happened to them does not leave.\n\n' +
    'After a 504 `OUTCOME_UNKNOWN` the order may be at the venue: look for its `client_order_id` under `/orders` and in the ' +
    'journal, and do not send it again. After any other refusal but 500 no order is open. `checks` of a 422 or 503 lists every pre-trade ' +
    'check with `check`, `passed`, `code`, `value`, `limit` and `unit`; the codes are those of [codes.md](codes.md#denials).',
  fields: [
    field('symbol', 'a symbol of the run', 'required', 'What to trade.'),
    field('side', '`buy`, `sell`', 'required without `action`', 'Which way.'),
    field(
      'qty',
      'decimal text (or a number), above 0',
      'required without `action`',
      'Base asset; a multiple of `qty_increment`.',
    ),
    field('type', list(ORDER_TYPES), '`market`', 'Order type.'),
    field(
      'price',
      'decimal text (or a number)',
      'none',
      'Limit price in the quote asset, a multiple of `price_increment`; needed by `limit` and `stop_limit`.',
    ),
    field(
      'stop_price',
      'decimal text (or a number)',
      'none',
      'Trigger in the quote asset, a multiple of `price_increment`; needed by `stop` and `stop_limit`.',
    ),
    field('time_in_force', list(TIMES_IN_FORCE), '`IOC` for `market`, else `GTC`', 'How long it stands.'),
    field(
      'strategy',
      'id of a strategy that trades the symbol',
      'nobody’s',
      'Whose position it is; required with `action`.',
    ),
    field(
      'action',
      '`BUY`, `SELL`, `HOLD`',
      'none',
      'What the strategy’s template is to make an order of; with `price`, that is the limit.',
    ),
  ],
  answers: [
    [
      202,
      '',
      '`client_order_id`, `venue_order_id`, `state`: the order left, and is for example `ACCEPTED`, `FILLED` or `EXPIRED`.',
    ],
    [
      200,
      '',
      '`client_order_id`: null, `state`: `NOTHING_TO_DO`: `HOLD`, or the template’s target is reached.',
    ],
    [
      400,
      '`BODY_INVALID`, `SYMBOL_UNKNOWN`, `STRATEGY_UNKNOWN`, `DECIMAL_INVALID`, `OFF_INCREMENT`, `INCREMENTS_OVERFLOW`, `SIZE_…`',
      'The order cannot be made; the message says what is allowed.',
    ],
    [
      403,
      '`unauthorised`',
      'Live execution is not authorised; with `operation`, `cause`, `reasons`, `client_order_id`, `checks`.',
    ],
    NOT_LIVE,
    [422, '`REJECTED`', 'The venue refused it; with `client_order_id`, `venue_order_id`, `state`.'],
    [422, 'a denial', 'The engine refused it before it left; with `client_order_id` and `checks`.'],
    [
      503,
      '`halted`',
      'A kill or another halt; with `operation`, `cause` (`kill`, `guard`), `reasons`, `client_order_id`, `checks`.',
    ],
    [503, '`shutting_down`', 'The engine is shutting down; with `operation`, `cause`, `reasons`.'],
    [
      503,
      '`MAIN_NOT_RESPONDING`',
      'The main thread did not begin it within 1 s: no order left, and none will.',
    ],
    [
      504,
      '`OUTCOME_UNKNOWN`',
      'The venue has said nothing within 5 s; with `client_order_id` (null: nobody knows whether one was made).',
    ],
  ],
  example: EXAMPLES,
}
