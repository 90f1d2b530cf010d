import { hash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusLines } from '../../src/cli/status.ts'
import { SOCKET_ALONE } from '../../src/control/control-host.ts'
import type { ControlStatus } from '../../src/control/status.ts'
import { REASON } from '../../src/domain/reasons.ts'
import { openPlane, type Running, startControl, temporaryFolder } from '../control/support.ts'
import { tidegate } from './tidegate.ts'

let engine: Running
beforeAll(async () => {
  engine = await startControl()
})
afterAll(() => engine.host.close())

const at = (): string[] => ['--state-dir', engine.folder]

describe('commands that operate a running engine', () => {
  it('K6 K8: kill, status, re-arm over the command line, with one JSON document each', async () => {
    const kill = await tidegate(['kill', ...at(), '--json', '--reason', 'risk_limit', '--text', 'too big'])
    expect(kill).toMatchObject({ code: 0, stderr: '' })
    const ack = JSON.parse(kill.stdout) as { generation: number }
    expect(Object.keys(ack)).toEqual(['generation', 'set_ns', 'effective_ns', 'latched_ns'])
    const status = await tidegate(['status', '--json', '--socket', engine.socket])
    expect(JSON.parse(status.stdout)).toMatchObject({
      node: 't',
      control: { kill: 'ENGAGED', latched: [{ code: 'RISK_LIMIT', text: 'too big', source: 'cli' }] },
    })
    const late = await tidegate([
      'rearm',
      ...at(),
      '--reason',
      'ok',
      '--generation',
      String(ack.generation - 1),
    ])
    expect(late).toMatchObject({ code: 8, stdout: '' })
    expect(late.stderr).toContain('GENERATION_MOVED')
    const rearm = await tidegate(['rearm', ...at(), '--reason', 'checked'])
    expect(rearm).toMatchObject({ code: 0, stdout: `all is open at generation ${ack.generation + 1}\n` })
  })

  it('S11: pause and resume', async () => {
    expect(await tidegate(['pause', ...at(), '--scope', 'symbol:BTCUSDT'])).toMatchObject({ code: 0 })
    expect((await tidegate(['status', ...at()])).stdout).toContain('symbol:BTCUSDT halted by PAUSE')
    expect((await tidegate(['resume', ...at(), '--scope', 'symbol:BTCUSDT'])).stdout).toContain('is open')
    expect(await tidegate(['resume', ...at()])).toMatchObject({ code: 8 })
  })

  it('K4: a re-arm that is refused ends with 8 and says why', async () => {
    await tidegate(['kill', ...at(), '--scope', 'strategy:sma'])
    engine.obstacle = 'venue sim is not connected'
    const refused = await tidegate(['rearm', ...at(), '--scope', 'strategy:sma', '--reason', 'go', '--json'])
    engine.obstacle = null
    expect(refused.code).toBe(8)
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'CANNOT_ARM' } })
    expect(refused.stderr).toContain('venue sim is not connected')
  })

  it.each([
    [['kill'], 2, 'name the engine'],
    [['status', '--socket', 'a', '--state-dir', 'b'], 2, 'name the engine'],
    [['rearm', '--socket', 'a'], 2, '--reason'],
    [['rearm', '--socket', 'a', '--reason', 'x', '--generation', 'y'], 2, 'whole number'],
    [['kill', '--socket', '/nowhere/control.sock'], 1, 'no engine is running there'],
    [['status', '--config', '/nowhere.yaml'], 3, 'nowhere.yaml'],
  ])('%j ends with %d: %s', async (args, code, text) => {
    const result = await tidegate(args)
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(text)
  })

  it('K9: a scope that the run does not have is exit code 2', async () => {
    expect((await tidegate(['kill', ...at(), '--scope', 'symbol:X'])).code).toBe(2)
    expect((await tidegate(['rearm', ...at(), '--scope', 'symbol:X', '--reason', 'x'])).stderr).toContain(
      'is none of',
    )
  })

  it('K10: a kill that could not be latched ends with 1 and says so', async () => {
    const folder = temporaryFolder()
    const socket = path.join(folder, 'control.sock')
    const unlatched = await startControl(openPlane(), path.join(folder, 'gone'), { socket })
    const result = await tidegate(['kill', '--socket', socket])
    await unlatched.host.close()
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('would not outlive a restart')
    expect(result.stdout).toContain('latched not confirmed')
  })

  it('K13: cancel-all says what it cancelled, and ends with 6 where something is left', async () => {
    const done = await tidegate(['cancel-all', ...at()])
    expect(done).toMatchObject({ code: 0, stdout: '1 canceled, 0 ended otherwise, none is left\n' })
    const left = await tidegate(['cancel-all', ...at(), '--text', 'late'])
    expect(left).toMatchObject({ code: 6, stdout: '1 canceled, 0 ended otherwise, left: b\n' })
  })

  it('S1: shutdown asks the engine to end', async () => {
    expect(await tidegate(['shutdown', ...at()])).toMatchObject({ code: 0, stdout: 'shutting down\n' })
    expect(engine.plane.all.load() & REASON.SHUTDOWN).toBe(REASON.SHUTDOWN)
    expect(existsSync(engine.socket)).toBe(true)
  })
})

describe('commands for an engine with tokens', () => {
  const token = (name: string): { token: string; file: string } => {
    const file = path.join(temporaryFolder(), 'token')
    writeFileSync(file, `${name.repeat(40)}\n`)
    return { token: name.repeat(40), file }
  }
  const sha256 = (name: string): string => hash('sha256', name.repeat(40), 'hex')

  it('A8 K8: kill needs no token, re-arm needs two of different admins where the engine says so', async () => {
    const tokens = ['a', 'b'].map((id) => ({ id, role: 'admin', sha256: sha256(id) }) as const)
    const door = { ...SOCKET_ALONE, tokens, twoPerson: true }
    const guarded = await startControl(openPlane(), temporaryFolder(), { door })
    const target = ['--state-dir', guarded.folder]
    const rearm = (...more: string[]): ReturnType<typeof tidegate> =>
      tidegate(['rearm', ...target, '--reason', 'looked', ...more])
    try {
      const stale = { EXEC_CONTROL_TOKEN: 'z'.repeat(40) }
      expect(await tidegate(['kill', ...target], stale)).toMatchObject({ code: 0 })
      expect(await rearm()).toMatchObject({ code: 2, stderr: expect.stringContaining('ROLE_MISSING') })
      expect(await rearm('--token-file', '/nowhere')).toMatchObject({ code: 2 })
      const first = await rearm('--token-file', token('a').file)
      expect(first).toMatchObject({ code: 8, stdout: expect.stringContaining('a second person') })
      expect(guarded.plane.all.load() & REASON.KILL).toBe(REASON.KILL)
      const second = await tidegate(['rearm', ...target, '--reason', 'too'], {
        EXEC_CONTROL_TOKEN: token('b').token,
      })
      expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('all is open') })
      expect(guarded.records.at(-1)).toMatchObject({ cleared: ['KILL'], text: 'looked; too' })
    } finally {
      await guarded.host.close()
    }
  })
})

describe('status for an engine with tokens', () => {
  const known = 'a'.repeat(40)
  let guarded: Running
  beforeAll(async () => {
    const tokens = [{ id: 'ada', role: 'viewer', sha256: hash('sha256', known, 'hex') }] as const
    guarded = await startControl(openPlane(), temporaryFolder(), { door: { ...SOCKET_ALONE, tokens } })
  })
  afterAll(() => guarded.host.close())

  it('A8: a token that nobody has ends with 2 and no status; a known one, and none at all, show it', async () => {
    const status = (token: string, ...more: string[]): ReturnType<typeof tidegate> =>
      tidegate(['status', '--state-dir', guarded.folder, ...more], { EXEC_CONTROL_TOKEN: token })
    const wrong = await status('wrong')
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toContain('TOKEN_MISSING')
    const json = await status('wrong', '--json')
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toEqual({
      error: { code: 'TOKEN_MISSING', message: expect.stringContaining('a token that is known') },
    })
    for (const token of [known, '']) {
      expect(await status(token)).toMatchObject({ code: 0, stdout: expect.stringContaining('kill SAFE') })
    }
  })
})

describe('status for people', () => {
  it('P14: shows strategy, symbol, state, position, last decision and its age', () => {
    const control: ControlStatus = {
      kill: 'SAFE',
      mode: 'ACTIVE',
      levels: [],
      signal: 'native',
      server: 'node:http',
      server_why: 'control.server is node',
      threads: [],
      armed: true,
      words: [{ scope: 'symbol:A', open: false, mode: 'HALTED', generation: 0, reasons: [] }],
      latched: [],
      halts: [],
      submitting: 0,
      in_flight: 0,
      main_responsive: false,
      main_age_ms: 900,
    }
    const strategy = {
      strategy: 'sma',
      symbol: 'A',
      placement: 'inline',
      state: 'halted',
      halted_by: ['BOOT'],
      position: '0.5',
      last_action: 'BUY',
      last_bar: null,
      last_decision: { utc_ns: '1', age_ms: 12, features: {} },
    } as const
    const lines = statusLines({
      node: 'a1',
      boot: 3,
      mode: 'paper',
      mode_reason: 'configured',
      ready: true,
      control,
      strategies: [
        strategy,
        { ...strategy, halted_by: [], state: 'warming', last_action: null, last_decision: null },
      ],
      orders: {
        open: 1,
        unknown: 0,
        submitted: 5,
        filled: 4,
        denied: { LONG_ONLY: 2, DAILY_LOSS: 1 },
        blocked_gate1: 0,
        blocked_gate2: 0,
      },
      pnl: [{ symbol: 'A', position: '0.5', realized: '1', unrealized: '-2', fees: '0.1' }],
    })
    expect(lines).toEqual([
      'node a1 boot 3: paper (configured)',
      'armed, kill SAFE, ready',
      'main thread does not answer; what follows is 900 ms old',
      '  symbol:A halted by its boot at generation 0',
      'sma A: halted by BOOT, position 0.5, BUY 12 ms ago',
      'sma A: warming, position 0.5, no decision yet',
      'orders: 1 open, 0 unknown, 5 submitted, 4 filled, 3 denied',
      'A: position 0.5, realized 1, unrealized -2, fees 0.1',
    ])
    expect(statusLines({ control: { ...control, armed: false, words: [] } })[1]).toBe(
      'halted, kill SAFE, not ready: ?',
    )
  })
})
