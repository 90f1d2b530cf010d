import { TOKEN_ROLES } from '../../src/config/types.ts'
import { SERVER_LIMITS } from '../../src/control/http-server.ts'
import { ROUTES, type Route } from '../../src/control/routes.ts'
import { TOKEN_BYTES_MIN } from '../../src/control/tokens.ts'
import { ROUTE_TEXTS } from './http-routes.ts'
import type { RouteText } from './route-text.ts'

const INTRO = `# The operator's door

HTTP/1.1 with JSON, on two listeners that know the same routes:

- **The unix socket** \`control.sock\` in the engine's \`state_dir\`, always there. Its file mode (0660) lets in the owner and the
  group; no token is needed.
- **TCP** at \`control.listen\`, where that is configured: every route but \`/healthz\` and \`/readyz\` asks for a token. Plain HTTP
  on loopback; elsewhere only with \`control.tls\`.

The commands of [commands.md](commands.md) use the same routes.

## Tokens and roles

\`\`\`yaml
control:
  listen: "127.0.0.1:9070"
  tokens:
    - {id: ada, role: admin, secret: {file: ada.token}} # the token itself, in a file or {env: NAME}
    - {id: desk, role: operator, sha256: "…"} # or its SHA-256: printf %s "$TOKEN" | sha256sum
\`\`\`

A request names its token as \`Authorization: Bearer TOKEN\`. Each role includes the ones before it: ROLES.
On the unix socket, a request without a token is \`admin\` where no tokens are configured, else \`operator\`: then a re-arm
needs a token there too. The token's id is the name in the journal. Beyond loopback a token has at least ${TOKEN_BYTES_MIN} bytes. All keys:
[\`control\`](configuration.md#control).

## Requests

A \`POST\` has one JSON object as its body, at most ${SERVER_LIMITS.bodyBytesMax} bytes, with \`Content-Type: application/json\`; no body at
all is an empty object. Members of a \`GET\` are query parameters. Every \`POST\` also takes these:

| member | allowed | default | meaning |
|---|---|---|---|
| \`actor\` | text | \`operator\` | Who asks, on the unix socket without a token; a token's id stands for itself. |
| \`source\` | \`http\`, \`cli\`, \`bus\`, \`guardian\`, \`drill\` | \`http\` | What asks, where a control word is set; any other is \`http\`. |
| \`text\` | text | \`""\` | Why, in words. |

Texts are cut to 500 characters. Over TCP \`Host\` must name the listener, and \`Origin\`, where there is one, must be of it.

## Errors

Every answer is one JSON object. A refusal has the form

\`\`\`json
{"error": {"code": "ROLE_MISSING", "message": "this needs the role admin, and the caller has operator"}}
\`\`\`

and, beside \`error\`, what the route says of it. \`code\` is stable, \`message\` is for people. Any route may answer:

| status | code | when |
|---|---|---|
| 400 | \`BODY_INVALID\` | The body is no JSON object. |
| 401 | \`TOKEN_MISSING\` | No token, or one that nobody has. |
| 403 | \`ROLE_MISSING\`, \`ORIGIN_REFUSED\` | The caller's role is too low, or a page of another site asks. |
| 404, 405 | \`NOT_FOUND\`, \`METHOD_NOT_ALLOWED\` | No such route. |
| 413, 415 | \`BODY_TOO_LARGE\`, \`NOT_JSON\` | The body is too long, or not \`application/json\`. |
| 400, 505 | \`HOST_TWICE\`, \`HTTP_VERSION\` | \`Host\` is told twice, or the request is not HTTP/1.1. |
| 421 | \`HOST_UNKNOWN\` | \`Host\` names another server. |
| 429 | \`TOO_MANY_REQUESTS\` | More than 200 requests in a second through this listener; a kill is never limited. |
| 500 | \`INTERNAL\` | A bug; it is logged, and whether anything was done is not known. |
`

function roleOf({ role }: Route): string {
  return role === null ? 'none' : `\`${role}\``
}

function textOf(name: string): RouteText {
  const text = ROUTE_TEXTS[name]
  if (text === undefined) throw new Error(`scripts/docs/http-routes.ts says nothing of ${name}`)
  return text
}

function section(name: string, route: Route): string[] {
  const { does, more, fields = [], answers, example } = textOf(name)
  const table = fields.map(
    (field) => `| \`${field.name}\` | ${field.allowed} | ${field.standard} | ${field.meaning} |`,
  )
  const head = ['| member | allowed | default | meaning |', '|---|---|---|---|']
  return [
    `### ${name}`,
    '',
    `${does} Role: ${roleOf(route)}.`,
    '',
    ...(more === undefined ? [] : [more, '']),
    ...(table.length === 0 ? [] : [...head, ...table, '']),
    '| status | code | members |',
    '|---|---|---|',
    ...answers.map(([status, codes, members]) => `| ${status} | ${codes} | ${members} |`),
    '',
    ...(example === undefined ? [] : [example]),
  ]
}

/** docs/reference/http.md: every route of the operator's door; which there are, and for whom, from the table that serves them. */
export function httpPage(): string {
  const routes = Object.entries(ROUTES)
  return [
    INTRO.replace('ROLES', TOKEN_ROLES.map((role) => `\`${role}\``).join(', ')),
    '## Routes',
    '',
    '| method | path | least role | what it does |',
    '|---|---|---|---|',
    ...routes.map(([name, route]) => {
      const [method, path] = name.split(' ')
      return `| ${method} | \`${path}\` | ${roleOf(route)} | ${textOf(name).does} |`
    }),
    '',
    ...routes.flatMap(([name, route]) => section(name, route)),
  ].join('\n')
}
