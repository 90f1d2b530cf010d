import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { fixtureLines, SPOT_DAY_1 } from './files.ts'
import { operate, recordsOf } from './operator.ts'
import { Program, type ProgramOptions, tempFolder, tidegate } from './program.ts'

const FAULTS = 'test/fixtures/faults/spot_btcusdt_basic.gz'
const labels = JSON.parse(readFileSync('test/fixtures/faults/spot_btcusdt_basic.labels.json', 'utf8')) as {
  fault_counts: Record<string, number>
  clean_lines: number
  clean: { trades: { count: number; tape_sha256: string }; depth: { book_sha256: string } }
}

async function replay(args: readonly string[], env: Record<string, string> = {}): Promise<ReplayDocument> {
  const { code, stdout, stderr } = await tidegate(
    ['replay', '--config', 'examples/sma-cross.yaml', '--json', ...args],
    { env },
  )
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as ReplayDocument
}

describe('a recording with labelled faults', () => {
  it.each(['0', '1'])(
    'P5, F8: counts each, crashes on none, and trades as on the clean one (TIDEGATE_NATIVE=%s)',
    async (native) => {
      const clean = path.join(tempFolder(), 'clean.txt')
      writeFileSync(clean, `${fixtureLines(SPOT_DAY_1).slice(0, labels.clean_lines).join('\n')}\n`)
      const env = { TIDEGATE_NATIVE: native }
      const [faulty, pure] = await Promise.all([
        replay(['--data', FAULTS], env),
        replay(['--data', clean], env),
      ])
      expect(pure.fills.count).toBeGreaterThan(4)
      expect(faulty.fills).toEqual(pure.fills)
      expect(faulty.pnl).toEqual(pure.pnl)
      expect(faulty.orders).toEqual(pure.orders)
      const { trades, book } = faulty.symbols['BTCUSDT'] as NonNullable<ReplayDocument['symbols'][string]>
      expect([trades?.count, trades?.tape_sha256]).toEqual([
        labels.clean.trades.count,
        labels.clean.trades.tape_sha256,
      ])
      expect(book?.sha256).toBe(labels.clean.depth.book_sha256)
      const counted = Object.values(faulty.errors).reduce((sum, count) => sum + count, 0)
      const labelled = Object.entries(labels.fault_counts)
      const injected = labelled.reduce(
        (sum, [fault, count]) => sum + (fault === 'resync_snapshot' ? 0 : count),
        0,
      )
      expect(counted).toBeGreaterThanOrEqual(injected)
      expect(pure.errors).toEqual({})
    },
  )
})

describe('a full disk', () => {
  const args = (folder: string): string[] => [
    'replay',
    '--config',
    'examples/sma-cross.yaml',
    '--out',
    folder,
    '--json',
  ]

  // Lock step with a worker waits for the scheduler at each tick, which a loaded machine makes minutes of: once is enough.
  it.each([
    [8, 'worker'],
    [24, 'inline'],
    [64, 'inline'],
  ] as const)(
    'K10, O3: at %i KiB (%s) the journal fails, trading stops, and with room again the same command ends like an unbroken run',
    async (fileKiB, placement) => {
      const folder = tempFolder()
      const env = { TIDEGATE_STRATEGIES__0__PLACEMENT: placement }
      const options: ProgramOptions = { fileKiB, env }
      const { code, signal, stdout, stderr } = await new Program(args(folder), options).ended
      expect([code, signal], stderr).toEqual([1, null])
      expect(stderr).toMatch(/journal: JOURNAL_\w+: .*EFBIG/)
      expect(stderr).not.toMatch(/^\s+at /m)
      const stopped = JSON.parse(stdout) as ReplayDocument
      const stored = recordsOf(folder)
      expect(stored.length).toBeLessThan(148)
      expect(stopped.fills.count).toBeLessThan(36)
      const second = new Program(args(folder), { env })
      await second.says('halted: re-arm with')
      expect((await operate(folder, 'rearm', '--reason', 'the disk has room')).code).toBe(0)
      const ended = await second.ended
      expect(ended.code, ended.stderr).toBe(0)
      expect((JSON.parse(ended.stdout) as ReplayDocument).fills).toEqual({
        count: 36,
        sha256: '320a272b64203a91efb19604ad3d3d3ffc06837dab35f57ca5d78752301fc0e4',
      })
      expect(verifyJournal(path.join(folder, 'journal'))).toMatchObject({ ok: true })
    },
  )

  it('K10: where not even the first record can be written, the error says so', async () => {
    const folder = tempFolder()
    const { code, stderr } = await new Program(args(folder), { fileKiB: 0 }).ended
    expect(code, stderr).toBe(1)
    expect(stderr).toContain('EFBIG')
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})
