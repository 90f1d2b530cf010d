import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { SPOT_DAY_1 } from './files.ts'
import { countOf, operate, recordsOf, statusWhere } from './operator.ts'
import { Program, tempFolder, tidegate } from './program.ts'

const CONFIG = 'examples/sma-cross.yaml'

function start(folder: string, speed: string, env: Record<string, string> = {}): Program {
  const args = ['--config', CONFIG, '--data', SPOT_DAY_1, '--out', folder, '--speed', speed, '--json']
  return new Program(['replay', ...args], { env })
}

/** Everything that a run may leave in its state directory; a lock, a socket and a latch are not among it. */
const LEFT = ['boot', 'journal']

/** Processes that were started with this in their environment: what a program may leave behind. */
function startedWith(mark: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'latin1').includes(mark)
    } catch {
      return false
    }
  })
}

describe('a replay that is told to end', () => {
  it.each([
    [['SIGTERM'], 'worker'],
    [['SIGINT', 'SIGINT'], 'worker'],
    [['SIGINT'], 'inline'],
  ] as const)(
    'S1, S8: by %j (%s): writes its document and summary, ends with 0 and leaves nothing behind',
    async (signals, placement) => {
      const folder = tempFolder()
      const program = start(folder, '5', { TIDEGATE_STRATEGIES__0__PLACEMENT: placement, MARK: folder })
      await program.until(() => (countOf(folder, 'REPORT') >= 2 ? true : null))
      const status = await statusWhere(program, folder)
      expect(status.control.armed).toBe(true)
      expect(startedWith(`MARK=${folder}`)).toEqual([String(program.pid)])
      for (const signal of signals) program.kill(signal)
      const { code, signal, stdout, stderr } = await program.ended
      expect([code, signal, stderr]).toEqual([0, null, `replay: stopped by ${signals[0]} before the end\n`])
      const { fills, journal } = JSON.parse(stdout) as ReplayDocument
      expect(fills.count).toBeGreaterThan(0)
      expect(readdirSync(folder).sort()).toEqual(LEFT)
      expect(verifyJournal(path.join(folder, 'journal'))).toMatchObject({
        ok: true,
        events: journal.events,
        head: journal.head,
      })
      expect(recordsOf(folder).at(-1)?.kind).toBe('SUMMARY')
      expect(startedWith(`MARK=${folder}`)).toEqual([])
    },
  )

  it('S1: by an operator: the same, and the same command goes on to the end of the recording', async () => {
    const folder = tempFolder()
    const first = start(folder, '5')
    await first.until(() => (countOf(folder, 'REPORT') >= 4 ? true : null))
    expect((await operate(folder, 'shutdown', '--text', 'enough')).code).toBe(0)
    expect((await first.ended).code).toBe(0)
    const [unbroken, second] = [
      tidegate(['replay', '--config', CONFIG, '--data', SPOT_DAY_1, '--json']),
      start(folder, 'max'),
    ]
    await second.says('halted: re-arm with')
    expect((await operate(folder, 'rearm', '--reason', 'go on')).code).toBe(0)
    const { code, stdout, stderr } = await second.ended
    expect(code, stderr).toBe(0)
    const [whole, resumed] = [JSON.parse((await unbroken).stdout), JSON.parse(stdout)] as ReplayDocument[]
    expect(resumed?.fills).toEqual(whole?.fills)
    expect(resumed?.pnl).toEqual(whole?.pnl)
  })

  it('S8: while it waits for a re-arm: ends with 0', async () => {
    const folder = tempFolder()
    const program = start(folder, 'max', { TIDEGATE_ARM: 'operator' })
    await program.says('halted: re-arm with')
    program.kill('SIGTERM')
    const { code, stdout } = await program.ended
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as ReplayDocument).orders.submitted).toBe(0)
    expect(readdirSync(folder).sort()).toEqual(LEFT)
  })
})

describe('two engines on one state directory', () => {
  it('A1: the second is refused with the process that has it, and the first goes on', async () => {
    const folder = tempFolder()
    const first = start(folder, '5')
    await first.until(() => (existsSync(path.join(folder, 'control.sock')) ? true : null))
    const second = await start(folder, 'max').ended
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`${folder} belongs to a running engine (process ${first.pid})`)
    expect(JSON.parse(second.stdout)).toMatchObject({ error: { code: 'STATE_DIR_LOCKED' } })
    expect((await statusWhere(first, folder)).control.armed).toBe(true)
    const reports = countOf(folder, 'REPORT')
    await first.until(() => (countOf(folder, 'REPORT') > reports ? true : null))
    first.kill('SIGTERM')
    const { code, stderr } = await first.ended
    expect(code, stderr).toBe(0)
  })
})
