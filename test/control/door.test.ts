import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { TOKEN_ROLES } from '../../src/config/types.ts'
import { Approvals } from '../../src/control/approvals.ts'
import { Door } from '../../src/control/door.ts'
import type { Answer } from '../../src/control/http.ts'
import type { DoorRequest } from '../../src/control/http-server.ts'
import { RateLimit } from '../../src/control/rate-limit.ts'
import { ROUTES, type RouteContext } from '../../src/control/routes.ts'
import { mayAct, TokenTable } from '../../src/control/tokens.ts'
import { VirtualClock } from '../../src/core/clock.ts'
import { NAMES } from './support.ts'

const TOKENS = TOKEN_ROLES.map((role) => ({
  id: `${role}-1`,
  role,
  sha256: hash('sha256', `secret-of-${role}`, 'hex'),
}))
const HOST = '127.0.0.1:9070'

interface Fixture {
  readonly door: Door
  readonly clock: VirtualClock
  readonly did: string[]
  readonly problems: string[]
  ask(change?: Partial<DoorRequest> & { token?: string; json?: object }): Promise<Answer>
}

/** A door whose acts are only written down. */
function fixture(
  options: {
    transport?: 'unix' | 'tcp'
    tokens?: typeof TOKENS
    approvals?: boolean
    perSecond?: number
    /** what the main thread says of a request; absent: it does it */
    main?: object
  } = {},
): Fixture {
  const { transport = 'tcp', tokens = TOKENS, approvals = false } = options
  const clock = new VirtualClock(0n)
  const did: string[] = []
  const problems: string[] = []
  const note = (act: string): object => {
    did.push(act)
    return { act }
  }
  const kills = {
    kill: async ({ who, source }: { who: string; source: string }) => note(`kill by ${who} via ${source}`),
    pause: (_scope: object, _text: string, who: string) => note(`pause by ${who}`),
    shutdown: (_text: string, who: string) => note(`shutdown by ${who}`),
    rearmed: () => {},
  }
  const context = {
    names: NAMES,
    kills,
    lookAtLevels: () => {},
    ask: async (request: { action: string; actor?: string; text?: string }) => {
      note(`${request.action}${request.actor === undefined ? '' : ` by ${request.actor}`}`)
      return (
        options.main ?? { kind: 'reply', reply: { status: 200, body: { generation: 8, text: request.text } } }
      )
    },
    status: async () => note('status'),
    notReady: () => null,
    approvals: approvals ? new Approvals(clock) : null,
    execute: async (_fields: object, who: string) => ({ status: 202, body: note(`execute by ${who}`) }),
    audit: async (fields: Record<string, unknown>) => ({
      status: 200,
      body: note(`audit ${String(fields['limit'])}`),
    }),
  } as unknown as RouteContext
  const door = new Door({
    transport,
    tokens: new TokenTable(tokens),
    hosts: [HOST, 'localhost:9070'],
    limit: new RateLimit(clock, options.perSecond ?? 5),
    context,
    onProblem: (message) => problems.push(message),
  })
  const ask: Fixture['ask'] = ({ token, json, ...change } = {}) =>
    door.answer({
      method: 'POST',
      url: '/ops/kill',
      host: HOST,
      authorization: token === undefined ? null : `Bearer ${token}`,
      contentType: 'application/json',
      origin: null,
      body: Buffer.from(JSON.stringify(json ?? {})),
      ...change,
    })
  return { door, clock, did, problems, ask }
}

const codeOf = (answer: Answer): string => (answer.body as { error: { code: string } }).error.code

describe('who may do what', () => {
  const least: Record<string, string> = {
    'GET /healthz': 'anybody',
    'GET /readyz': 'anybody',
    'GET /ops/status': 'viewer',
    'GET /orders': 'viewer',
    'GET /positions': 'viewer',
    'GET /audit': 'viewer',
    'POST /execute': 'operator',
    'POST /ops/kill': 'operator',
    'POST /ops/pause': 'operator',
    'POST /ops/resume': 'operator',
    'POST /ops/shutdown': 'operator',
    'POST /ops/cancel-all': 'operator',
    'POST /ops/rearm': 'admin',
  }

  it('A4 A8: every route has the least role that the table says', () => {
    expect(
      Object.fromEntries(Object.entries(ROUTES).map(([key, { role }]) => [key, role ?? 'anybody'])),
    ).toEqual(least)
  })

  it.each(Object.entries(least))('A8: %s is for %s and above, over TCP', async (key, role) => {
    const [method, url] = key.split(' ') as [string, string]
    const json = { generation: 7, reason: 'looked' }
    for (const caller of [null, ...TOKEN_ROLES]) {
      const { ask, did } = fixture()
      const answer = await ask({
        method,
        url,
        json,
        ...(caller === null ? {} : { token: `secret-of-${caller}` }),
      })
      const allowed = role === 'anybody' || (caller !== null && mayAct(caller, role as 'viewer'))
      const expected = allowed ? answer.status < 300 : answer.status === (caller === null ? 401 : 403)
      expect(expected, `${caller}: ${answer.status}`).toBe(true)
      expect(did.length > 0 || role === 'anybody').toBe(allowed)
    }
  })

  it.each([
    ['a token that nobody has', 'Bearer secret-of-nobody'],
    ['no scheme', 'secret-of-admin'],
    ['another scheme', 'Basic c2VjcmV0'],
    ['nothing behind the scheme', 'Bearer '],
  ])('A8: %s is refused with 401, also on the unix socket', async (_, authorization) => {
    for (const transport of ['unix', 'tcp'] as const) {
      const { ask, did } = fixture({ transport })
      const answer = await ask({ authorization })
      expect([answer.status, codeOf(answer), did]).toEqual([401, 'TOKEN_MISSING', []])
    }
  })

  it('A8: without tokens the file mode of the unix socket is the authority for all', async () => {
    const { ask, did } = fixture({ transport: 'unix', tokens: [] })
    expect((await ask({ json: { actor: 'ada', source: 'cli' } })).status).toBe(200)
    expect(
      (await ask({ url: '/ops/rearm', json: { generation: 7, reason: 'x', actor: 'ada' } })).status,
    ).toBe(200)
    expect(did).toEqual(['kill by ada via cli', 'rearm by ada'])
  })

  it('A8: with tokens the unix socket still kills for everybody, and re-arms for an admin', async () => {
    const { ask, did } = fixture({ transport: 'unix' })
    const rearm = { url: '/ops/rearm', json: { generation: 7, reason: 'x', actor: 'ada' } }
    expect((await ask()).status).toBe(200)
    expect(await ask(rearm)).toMatchObject({ status: 403, body: { error: { code: 'ROLE_MISSING' } } })
    expect((await ask({ ...rearm, token: 'secret-of-admin' })).status).toBe(200)
    expect(did).toEqual(['kill by operator via http', 'rearm by admin-1'])
  })

  it('A8: a token names the actor, whatever the body says', async () => {
    const { ask, did } = fixture()
    await ask({ token: 'secret-of-operator', json: { actor: 'somebody else' } })
    expect(did).toEqual(['kill by operator-1 via http'])
  })

  it('A8: tokens too short for the outside world are refused there even where their hash is known', () => {
    const short = new TokenTable(TOKENS, 32)
    expect(short.caller('secret-of-admin')).toBeNull()
    const long = 'x'.repeat(32)
    const table = new TokenTable([{ id: 'a', role: 'admin', sha256: hash('sha256', long, 'hex') }], 32)
    expect(table.caller(long)).toEqual({ id: 'a', role: 'admin' })
    expect(table.caller(`${long}x`)).toBeNull()
  })
})

describe('what reaches a door', () => {
  const token = 'secret-of-admin'

  it.each([
    ['evil.example', 421],
    ['127.0.0.1:9071', 421],
    ['127.0.0.1', 421],
    ['', 421],
    ['LOCALHOST:9070', 200],
    [HOST, 200],
  ])('A8: Host %j over TCP is answered with %d', async (host, status) => {
    const { ask, did } = fixture()
    expect((await ask({ host, token })).status).toBe(status)
    expect(did).toHaveLength(status === 200 ? 1 : 0)
  })

  it('A8: a request of another site is refused, one of our own is not', async () => {
    const { ask } = fixture()
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1']) {
      expect(await ask({ token, origin })).toMatchObject({
        status: 403,
        body: { error: { code: 'ORIGIN_REFUSED' } },
      })
    }
    expect((await ask({ token, origin: `http://${HOST}` })).status).toBe(200)
  })

  it('A8: only JSON is a body: what a form of another site can send is refused', async () => {
    const { ask, did } = fixture()
    for (const contentType of [
      null,
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
    ]) {
      expect(await ask({ token, contentType })).toMatchObject({ status: 415 })
    }
    expect(await ask({ token, body: null })).toMatchObject({ status: 413 })
    expect(await ask({ token, body: Buffer.from('[]') })).toMatchObject({ status: 400 })
    expect(did).toEqual([])
    expect((await ask({ token, contentType: 'application/json; charset=utf-8' })).status).toBe(200)
  })

  it('A8: requests are limited in rate, kills never', async () => {
    const { ask, clock, did } = fixture()
    const pause = (): Promise<Answer> => ask({ url: '/ops/pause', token })
    const statuses: number[] = []
    for (let n = 0; n < 7; n++) statuses.push((await pause()).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
    for (let n = 0; n < 100; n++) expect((await ask({ token })).status).toBe(200)
    clock.advanceToMono(200_000_000)
    expect([(await pause()).status, (await pause()).status]).toEqual([200, 429])
    expect(did).toHaveLength(106)
  })

  it('A4: an act that throws answers 500, and is told', async () => {
    const { ask, did, problems } = fixture()
    did.push = () => {
      throw new Error('broken')
    }
    expect(await ask({ token })).toMatchObject({
      status: 500,
      body: { error: { code: 'INTERNAL', message: 'broken' } },
    })
    expect(problems).toEqual(['POST /ops/kill: broken'])
  })

  it.each([
    ['unfinished', 'MAIN_NOT_FINISHED'],
    ['expired', 'MAIN_NOT_RESPONDING'],
  ])('A4: a main thread whose answer is %s gives 504 %s', async (kind, code) => {
    const { ask } = fixture({ main: { kind } })
    const answer = await ask({ url: '/ops/cancel-all', token })
    expect([answer.status, codeOf(answer)]).toEqual([504, code])
  })

  it('A4: a source that nobody knows is HTTP', async () => {
    const { ask, did } = fixture()
    await ask({ token, json: { source: 'moon' } })
    expect(did).toEqual(['kill by admin-1 via http'])
  })

  it('A4: a query is read as the fields of a GET', async () => {
    const { ask, did } = fixture()
    await ask({ method: 'GET', url: '/audit?limit=5', token, body: new Uint8Array() })
    expect(did).toEqual(['audit 5'])
  })
})

describe('two persons', () => {
  const two = (): Fixture & { rearm: (actor: string, json?: object) => Promise<Answer> } => {
    const made = fixture({ transport: 'unix', tokens: [], approvals: true, perSecond: 100 })
    const rearm = (actor: string, json: object = {}): Promise<Answer> =>
      made.ask({ url: '/ops/rearm', json: { generation: 7, reason: `${actor} looked`, actor, ...json } })
    return { ...made, rearm }
  }

  it('K8: a re-arm needs a second person, who names the same scope and generation', async () => {
    const { rearm, did } = two()
    expect(await rearm('ada')).toMatchObject({ status: 202, body: { pending: true, approved_by: ['ada'] } })
    expect((await rearm('ada')).status).toBe(202)
    expect((await rearm('bob', { generation: 6 })).status).toBe(202)
    expect((await rearm('bob', { scope: 'symbol:BTCUSDT' })).status).toBe(202)
    expect(did).toEqual([])
    expect(await rearm('bob')).toMatchObject({ status: 200, body: { text: 'ada looked; bob looked' } })
    expect(did).toEqual(['rearm by ada+bob'])
    expect((await rearm('bob')).status).toBe(202)
  })

  it('K8: a first approval is forgotten after five minutes', async () => {
    const { rearm, clock, did } = two()
    await rearm('ada')
    clock.advanceToMono(301e9)
    expect((await rearm('bob')).status).toBe(202)
    expect(did).toEqual([])
  })

  it('K8: a flood of first approvals cannot fill the memory, nor approve anything', async () => {
    const clock = new VirtualClock(0n)
    const approvals = new Approvals(clock)
    for (let n = 0; n < 1_000; n++) expect(approvals.approve(`all ${n}`, 'ada', 'x').complete).toBe(false)
    expect(approvals.approve('all 999', 'bob', 'y').complete).toBe(true)
    expect(approvals.approve('all 0', 'bob', 'y').complete).toBe(false)
  })
})
