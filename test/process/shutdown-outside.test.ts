import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { RunDocument } from '../../src/cli/run-session.ts'
import { EXIT } from '../../src/core/errors.ts'
import type { JournalRecord } from '../../src/domain/journal.ts'
import { skipWhere } from '../needs.ts'
import { documentOf, LiveEngine, logOf } from './live-engine.ts'
import { flipping } from './live-rig.ts'
import { haltedBy, operate, recordsOf, statusWhere } from './operator.ts'
import type { Program } from './program.ts'

const ORDERS = 20
/** The first sweep is the only one, also where the machine is held up. */
const FOR_ONE_SWEEP = { total_seconds: 600, drain_seconds: 600 }

/** What is read there; empty where it is gone since it was listed. */
function unlessGone(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}

/** What the system says that a process has. */
function belongings(pid: number): { threads: string[]; sockets: string[]; children: string[] } {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const ofTasks = (name: string): string[] =>
    tasks
      .map((id) => unlessGone(() => readFileSync(`/proc/${pid}/task/${id}/${name}`, 'utf8')))
      .filter((text) => text !== '')
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) =>
    unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`)),
  )
  return {
    threads: ofTasks('comm').sort(),
    sockets: targets.filter((target) => target.startsWith('socket:')).sort(),
    children: ofTasks('children').flatMap((text) => text.split(' ')),
  }
}

/** Processes that live and have this word in their command. */
function processesWith(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // Empty where the process is a zombie.
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** How an engine under `npm run` is started and ended: to the process group, and to a terminal of its own. */
const UNDER_NPM: Readonly<
  Record<
    string,
    { start: (npm: string) => readonly string[]; end: (child: ChildProcess) => void; says: string }
  >
> = {
  'SIGINT to the process group': {
    start: (npm) => ['sh', '-c', `exec ${npm}`],
    end: ({ pid }) => process.kill(-(pid as number), 'SIGINT'),
    says: 'SIGINT',
  },
  'SIGTERM to the process group': {
    start: (npm) => ['sh', '-c', `exec ${npm}`],
    end: ({ pid }) => process.kill(-(pid as number), 'SIGTERM'),
    says: 'SIGTERM',
  },
  'Ctrl-C in a terminal': {
    // `exec`: the shell of `script` (SHELL, else sh) would die of the same Ctrl-C where it stays between.
    start: (npm) => ['script', '-qec', `exec ${npm}`, '/dev/null'],
    end: ({ stdin }) => stdin?.write('\x03'),
    says: 'SIGINT',
  },
}
/** util-linux has it: a program in a terminal of its own */
const TERMINAL = spawnSync('script', ['--version']).status === 0

/** How a run ends that goes on after it, and the exit code that it gives. */
const STOPS: Readonly<
  Record<
    string,
    { stop: (engine: LiveEngine, program: Program) => unknown; code: number; again?: NodeJS.Signals }
  >
> = {
  'a SIGTERM': { stop: (_engine, program) => program.kill('SIGTERM'), code: EXIT.OK },
  'a SIGINT that npm passes on late': {
    stop: (_engine, program) => program.kill('SIGINT'),
    code: EXIT.OK,
    again: 'SIGINT',
  },
  "an operator's shutdown": { stop: ({ stateDir }) => operate(stateDir, 'shutdown'), code: EXIT.OK },
  'a SIGTERM with a venue that never answers': {
    stop: (engine, program) => {
      engine.server.faults.hang = true
      program.kill('SIGTERM')
    },
    code: EXIT.ORDERS_LEFT,
  },
}

describe('seen from outside', () => {
  skipWhere(process.platform === 'linux' ? null : 'needs /proc of Linux')

  it.each(Object.keys(STOPS))(
    'S8: after %s the process has no thread, socket or child that it had not before, and nothing to wait for',
    async (name) => {
      const { stop, code: expected, again } = STOPS[name] as (typeof STOPS)[string]
      const engine = await LiveEngine.prepare({
        edit: (tree) => Object.assign(tree, { shutdown: { total_seconds: 30, drain_seconds: 4 } }),
      })
      const program = engine.startAlone('test/process/lingering.ts')
      await program.says('before')
      const before = belongings(program.pid)
      program.writeInput('go\n')
      await engine.untilOrders(program, ORDERS)
      const during = belongings(program.pid)
      expect(during.threads.length).toBeGreaterThan(before.threads.length)
      expect(during.sockets.length).toBeGreaterThan(before.sockets.length)
      await stop(engine, program)
      await program.says('after ')
      // The thread of the last resort ends by itself once it is disarmed, and the system lists each for a moment longer.
      await vi.waitFor(() => expect(belongings(program.pid)).toEqual(before), 10_000)
      const [, text] = /^after (.*)$/m.exec(program.stderr) as unknown as [string, string]
      const { code, handles, timers } = JSON.parse(text) as {
        code: number
        handles: string[]
        timers: string[]
      }
      expect([code, timers]).toEqual([expected, []])
      expect(handles.filter((type) => type !== 'PipeWrap')).toEqual([])
      if (again !== undefined) program.kill(again)
      // It has nothing to wait for but its input.
      program.endInput()
      expect(await program.ended).toMatchObject({ code: 0, signal: null })
    },
  )

  it.for(Object.keys(UNDER_NPM))(
    'S1: %s of `npm run` ends the engine once, cleanly, exit 0',
    async (way, { skip }) => {
      skip(way.includes('terminal') && !TERMINAL, 'needs `script` of util-linux')
      const { start, end, says } = UNDER_NPM[way] as (typeof UNDER_NPM)[string]
      const engine = await LiveEngine.prepare()
      const document = path.join(path.dirname(engine.config), 'document.json')
      const [file, ...words] = start(
        `npm run -s tidegate -- run --config ${engine.config} --json > ${document}`,
      )
      const child = spawn(file as string, words, {
        detached: true,
        stdio: ['pipe', 'ignore', 'inherit'],
        env: { ...process.env, ...LiveEngine.keys, TIDEGATE_LOG__TERMINAL: 'false' },
      })
      const ended = once(child, 'close')
      try {
        while (engine.accepted() < ORDERS) await new Promise((resolve) => setTimeout(resolve, 20))
        end(child)
        expect(await ended).toEqual([0, null])
        expect(processesWith(engine.config)).toEqual([])
      } finally {
        for (const pid of processesWith(engine.config)) process.kill(pid, 'SIGKILL')
      }
      const { shutdown } = JSON.parse(readFileSync(document, 'utf8')) as RunDocument
      expect(shutdown).toMatchObject({
        reason: says,
        orders_canceled: ORDERS,
        orders_left: [],
        exit_code: 0,
      })
      expect(logOf(engine).filter(({ msg }) => msg.startsWith('shutdown step 1:'))).toHaveLength(1)
      expect([engine.summaries(), engine.openAtVenue()]).toEqual([1, []])
    },
  )

  it('S6, S8: a full disk: orders are cancelled all the same, and stderr says what failed', async () => {
    const engine = await LiveEngine.prepare({
      edit: (tree) => Object.assign(tree, { log: { terminal: false } }),
    })
    const program = await engine.startWithOrders(ORDERS, [], { fileKiB: 160 })
    // Decisions without room for orders are journaled as denials until the file is full.
    await statusWhere(program, engine.stateDir, (status) => haltedBy(status).includes('JOURNAL'))
    program.kill('SIGTERM')
    const ended = await program.ended
    expect(ended.code).toBe(EXIT.FAILURE)
    expect(documentOf(ended).shutdown).toMatchObject({
      orders_canceled: ORDERS,
      orders_left: [],
      verified: true,
      state_flushed: false,
    })
    expect(ended.stderr).toContain('flush and close the journal')
    expect(engine.openAtVenue()).toEqual([])
  })
})

describe('after a SIGKILL', () => {
  it.each(['with orders open', 'in the middle of its shutdown'])(
    'K8, S4: %s, the next start recovers, boots halted, names what it found, and can end it',
    async (point) => {
      const engine = await LiveEngine.prepare()
      const first = await engine.startWithOrders(ORDERS)
      if (point !== 'with orders open') {
        engine.server.faults.hang = true
        first.kill('SIGTERM')
        await first.says('cancel 1')
      }
      first.kill('SIGKILL')
      expect((await first.ended).signal).toBe('SIGKILL')
      engine.server.faults.hang = false
      const resting = engine.openAtVenue()
      expect(resting.length).toBeGreaterThan(0)
      const second = engine.start()
      await second.says('halted: an operator must re-arm')
      const recovery = recordsOf(engine.stateDir).findLast(({ kind }) => kind === 'RECOVERY')
      expect(recovery?.data['open']).toEqual(expect.arrayContaining(resting))
      expect(haltedBy(await statusWhere(second, engine.stateDir))).toContain('BOOT')
      const sent = engine.server.log.total
      second.kill('SIGTERM')
      const ended = await second.ended
      expect(documentOf(ended).shutdown).toMatchObject({ orders_left: [], verified: true })
      expect([ended.code, engine.openAtVenue(), engine.server.log.total - sent]).toEqual([
        0,
        [],
        resting.length,
      ])
    },
  )
})

describe('a running engine', () => {
  it('S10, K13: dumps on SIGQUIT, and a kill whose action is cancel leaves none open and the engine up', async () => {
    const engine = await LiveEngine.prepare({
      edit: (tree) => Object.assign(tree, { kill: { action: 'cancel' }, shutdown: FOR_ONE_SWEEP }),
    })
    const program = await engine.startWithOrders(ORDERS)
    program.kill('SIGQUIT')
    await program.says('THREAD_DUMP SIGQUIT')
    expect((await operate(engine.stateDir, 'kill', '--reason', 'OPERATOR')).code).toBe(0)
    const record = await program.until(
      () => recordsOf(engine.stateDir).find(({ kind }) => kind === 'CANCEL_ALL') ?? null,
    )
    expect(record.data).toMatchObject({ scope: 'all', reason: 'kill', left: [], verified: true })
    expect(record.data['canceled']).toHaveLength(ORDERS)
    expect([engine.openAtVenue(), program.over]).toEqual([[], false])
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
    const dump = logOf(engine).find(({ msg }) => msg === 'THREAD_DUMP SIGQUIT')
    expect(dump).toMatchObject({ occasion: 'SIGQUIT', open_count: ORDERS })
  })

  it('S11: paused, it sells what it holds and buys nothing; resumed, it buys again', async () => {
    const engine = await LiveEngine.prepare({
      edit: (tree) => {
        flipping(tree, 120)
        const order = { sizing: { fixed: '0.001' }, type: 'market', time_in_force: 'IOC' }
        Object.assign(tree.strategies[0] as object, { order })
      },
    })
    const program = engine.start()
    const sides = (records: readonly JournalRecord[], kind: string): string[] =>
      records
        .filter((record) => record.kind === kind)
        .map(({ data }) => (data as { order: { side: string } }).order.side)
    const held = (records: readonly JournalRecord[]): number =>
      records.reduce((sum, { data }) => {
        const side = (data as { fill?: { side: string } }).fill?.side
        return side === undefined ? sum : sum + (side === 'buy' ? 1 : -1)
      }, 0)
    let since = 0
    for (let long = false; !long; ) {
      await program.until(() => (held(recordsOf(engine.stateDir)) > 0 ? true : null))
      expect((await operate(engine.stateDir, 'pause')).code).toBe(0)
      const records = recordsOf(engine.stateDir)
      since = records.findLastIndex(
        ({ kind, data }) => kind === 'CONTROL' && (data['set'] as string[]).includes('PAUSE'),
      )
      // It may have sold between the look and the pause, and that sale may be on its way.
      long = held(records.slice(0, since)) > 0 && sides(records.slice(0, since), 'INTENT').at(-1) === 'buy'
      if (!long) expect((await operate(engine.stateDir, 'resume')).code).toBe(0)
    }
    const after = (): JournalRecord[] => recordsOf(engine.stateDir).slice(since)
    await program.until(() => (held(recordsOf(engine.stateDir)) === 0 ? true : null))
    // The next entry is decided, and denied.
    await program.until(() => (sides(after(), 'DENIED').includes('buy') ? true : null))
    expect(sides(after(), 'INTENT')).toEqual(['sell'])
    expect((await operate(engine.stateDir, 'resume')).code).toBe(0)
    await program.until(() => (sides(after(), 'INTENT').includes('buy') ? true : null))
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
})
