import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KillAck } from '../../src/control/latch.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { SPOT_DAY_1 } from './files.ts'
import { countOf, haltedBy, operate, recordsOf, statusWhere } from './operator.ts'
import { Program, tempFolder } from './program.ts'

function start(folder: string, speed: string): Program {
  const args = ['--config', 'examples/sma-cross.yaml', '--data', SPOT_DAY_1, '--out', folder, '--json']
  return new Program(['replay', ...args, '--speed', speed])
}

function reports(program: Program, folder: string, count: number): Promise<true> {
  return program.until(() => (countOf(folder, 'REPORT') >= count ? true : null))
}

function controls(folder: string): { actor: string; text: string; set: string[]; cleared: string[] }[] {
  return recordsOf(folder).flatMap(({ kind, actor, data }) =>
    kind === 'CONTROL'
      ? [{ actor, ...(data as unknown as { text: string; set: string[]; cleared: string[] }) }]
      : [],
  )
}

interface Refused {
  readonly error: { readonly code: string; readonly message: string }
}

describe('the latch of a kill', () => {
  it('K8, K5, K1: survives kill -9, names its cause, and only a re-arm with a reason at its own generation ends it', async () => {
    const folder = tempFolder()
    const first = start(folder, '5')
    await reports(first, folder, 2)
    const killed = await operate<KillAck>(folder, 'kill', '--reason', 'RISK_LIMIT', '--text', 'too fast')
    expect(killed.code).toBe(0)
    expect(Object.keys(killed.document).sort()).toEqual([
      'effective_ns',
      'generation',
      'latched_ns',
      'set_ns',
    ])
    const { set_ns, effective_ns, latched_ns } = killed.document
    expect(effective_ns as number).toBeGreaterThanOrEqual(set_ns)
    expect(latched_ns as number).toBeGreaterThanOrEqual(set_ns)
    expect(existsSync(path.join(folder, 'latch.json'))).toBe(true)
    first.kill('SIGKILL')
    await first.ended

    const second = start(folder, 'max')
    await second.says('halted: re-arm with')
    expect(second.stderr).toContain('latched kill of an earlier run: all RISK_LIMIT too fast')
    const status = await statusWhere(second, folder)
    expect([status.control.kill, status.control.armed]).toEqual(['ENGAGED', false])
    expect(haltedBy(status)).toEqual(expect.arrayContaining(['KILL', 'BOOT']))
    expect(status.control.latched).toMatchObject([{ code: 'RISK_LIMIT', text: 'too fast', scope: 'all' }])

    const before = status.control.words.find(({ scope }) => scope === 'all')?.generation as number
    expect((await operate(folder, 'rearm')).code).toBe(2)
    expect((await operate(folder, 'rearm', '--reason', ' ')).code).toBe(2)
    const again = await operate<KillAck>(folder, 'kill', '--text', 'again')
    expect(again.document.generation).not.toBe(before)
    const moved = await operate<Refused>(folder, 'rearm', '--reason', 'seen', '--generation', String(before))
    expect([moved.code, moved.document.error.code]).toEqual([8, 'GENERATION_MOVED'])
    expect((await statusWhere(second, folder)).control.kill).toBe('ENGAGED')

    const rearmed = await operate(folder, 'rearm', '--reason', 'limits checked')
    expect([rearmed.code, rearmed.document]).toEqual([
      0,
      expect.objectContaining({ open: true, reasons: [] }),
    ])
    const { code, stderr } = await second.ended
    expect(code, stderr).toBe(0)
    expect(existsSync(path.join(folder, 'latch.json'))).toBe(false)
    expect(verifyJournal(path.join(folder, 'journal'))).toMatchObject({ ok: true })
    expect(controls(folder)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ set: ['KILL'], text: 'too fast' }),
        expect.objectContaining({ set: ['KILL'], text: 'again' }),
        expect.objectContaining({ cleared: ['KILL'], text: 'limits checked' }),
        expect.objectContaining({ cleared: ['BOOT'], text: 'limits checked' }),
      ]),
    )
  })
})
