import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplayDocument } from '../../src/cli/replay-session.ts'
import type { RecoveryData } from '../../src/domain/journal-records.ts'
import { replayJournal, stateSha256 } from '../../src/engine/recovery.ts'
import { readJournal } from '../../src/journal/read.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { fixtureLines, SPOT_DAY_1 } from './files.ts'
import { countOf, haltedBy, operate, recordsOf, segments, statusWhere } from './operator.ts'
import { Program, tempFolder, tidegate } from './program.ts'

const CONFIG = 'examples/sma-cross.yaml'
/** Seconds of the market in which it trades. */
const SECONDS = 150
/** Times real time: after the last order the book goes on for ten seconds, and a kill that comes late hits it too. */
const PACE = '20'

let shared: string
let recording: string
let unbroken: ReplayDocument

beforeAll(async () => {
  shared = mkdtempSync(path.join(tmpdir(), 'tidegate-crash-'))
  recording = path.join(shared, 'recording.txt')
  writeFileSync(recording, `${tradedFor(SECONDS).join('\n')}\n`)
  const { code, stdout, stderr } = await tidegate([
    'replay',
    '--config',
    CONFIG,
    '--data',
    recording,
    '--json',
  ])
  expect(code, stderr).toBe(0)
  unbroken = JSON.parse(stdout) as ReplayDocument
  await killAt(start(path.join(shared, 'crashed'), PACE), path.join(shared, 'crashed'), 4)
})
afterAll(() => rmSync(shared, { recursive: true, force: true }))

/** Lines of a day of which only the book's are left after so many seconds: without a trade there is no report. */
function tradedFor(seconds: number): string[] {
  const lines = fixtureLines(SPOT_DAY_1)
  const recvNs = (line: string): bigint => BigInt(line.slice(0, line.indexOf(' ')))
  const endNs = recvNs(lines[0] as string) + BigInt(seconds) * 1_000_000_000n
  return lines.filter((line) => recvNs(line) < endNs || line.includes('@depth'))
}

function start(folder: string, speed: string, placement = 'worker'): Program {
  return new Program(
    ['replay', '--config', CONFIG, '--data', recording, '--out', folder, '--speed', speed, '--json'],
    { env: { TIDEGATE_STRATEGIES__0__PLACEMENT: placement } },
  )
}

/** A state directory of a run that was killed in the middle. */
function crashedFolder(): string {
  const folder = tempFolder()
  cpSync(path.join(shared, 'crashed'), folder, { recursive: true })
  return folder
}

/** Kills the program when its journal has so many reports: in the middle of the recording. */
async function killAt(program: Program, folder: string, reports: number): Promise<void> {
  await program.until(() => (countOf(folder, 'REPORT') >= reports ? true : null))
  program.kill('SIGKILL')
  const { signal, stdout } = await program.ended
  expect([signal, stdout]).toEqual(['SIGKILL', ''])
}

function storedState(folder: string): string {
  const { orders, ledger } = replayJournal(readJournal(path.join(folder, 'journal')))
  return stateSha256(orders, ledger)
}

/** The newest RECOVERY record, waited for. */
function recovery(program: Program, folder: string, nth: number): Promise<RecoveryData> {
  return program.until(() => {
    const records = recordsOf(folder).filter(({ kind }) => kind === 'RECOVERY')
    return records.length >= nth ? (records.at(-1)?.data as unknown as RecoveryData) : null
  })
}

function finish({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): void {
  expect(code, stderr).toBe(0)
  const { fills, pnl, orders } = JSON.parse(stdout) as ReplayDocument
  expect(fills).toEqual(unbroken.fills)
  expect(pnl).toEqual(unbroken.pnl)
  expect(orders).toEqual(unbroken.orders)
}

describe('kill -9 in the middle of a replay', () => {
  it.each([
    ['worker', 3],
    ['inline', 1],
  ] as const)(
    'O3, O9, K8: %s: kills at random places (%i), each recovered and halted until re-armed, end with the fills of an unbroken run',
    async (placement, kills) => {
      const folder = tempFolder()
      // An order has two reports: acceptance and fill. They reach the file with the next order, those of the last at the end.
      const reports = (unbroken.fills.count - 1) * 2
      expect(reports).toBeGreaterThanOrEqual(10)
      for (let life = 1; life <= kills; life++) {
        const program = start(folder, PACE, placement)
        if (life > 1) {
          const stored = storedState(folder)
          await program.says('halted: re-arm with')
          const { records, state_sha256 } = await recovery(program, folder, life - 1)
          expect(state_sha256).toBe(stored)
          expect(records).toBeGreaterThan(0)
          const status = await statusWhere(program, folder)
          expect([status.control.armed, haltedBy(status)]).toEqual([false, ['BOOT']])
          expect((await operate(folder, 'rearm', '--reason', `life ${life}`)).code).toBe(0)
        }
        // Each life has its own part of the reports, and all of them together every one.
        const place = 1 + Math.floor(((life - 1 + Math.random()) * reports) / kills)
        await killAt(program, folder, place)
        expect(verifyJournal(path.join(folder, 'journal')), `killed at report ${place}`).toMatchObject({
          ok: true,
        })
      }
      const last = start(folder, 'max', placement)
      await last.says('halted: re-arm with')
      expect((await operate(folder, 'rearm', '--reason', 'the last one')).code).toBe(0)
      finish(await last.ended)
      const verdict = await tidegate(['audit', 'verify', '--state-dir', folder, '--json'])
      expect(verdict.code).toBe(0)
      expect(storedState(folder)).toBe(stateSha256(...stateOf(await unbrokenFolder(placement))))
    },
  )

  it('O3: killed while it waits for the re-arm, it waits again', async () => {
    const folder = crashedFolder()
    const stored = storedState(folder)
    const waiting = start(folder, 'max')
    await waiting.says('halted: re-arm with')
    waiting.kill('SIGKILL')
    await waiting.ended
    const again = start(folder, 'max')
    await again.says('halted: re-arm with')
    expect((await recovery(again, folder, 2)).state_sha256).toBe(stored)
    expect((await operate(folder, 'rearm', '--reason', 'seen')).code).toBe(0)
    finish(await again.ended)
  })

  it('O3: a torn last line is cut, told, and the run ends like an unbroken one', async () => {
    const folder = crashedFolder()
    const stored = storedState(folder)
    const torn = '{"seq":999,"ts":"17231612'
    const last = segments(folder).at(-1) as string
    // The kill may have cut a write itself.
    truncateSync(last, readFileSync(last).lastIndexOf('\n') + 1)
    appendFileSync(last, torn)
    const program = start(folder, 'max')
    await program.says('halted: re-arm with')
    expect(await recovery(program, folder, 1)).toMatchObject({
      torn_bytes: torn.length,
      state_sha256: stored,
    })
    expect((await operate(folder, 'rearm', '--reason', 'seen')).code).toBe(0)
    finish(await program.ended)
    expect(verifyJournal(path.join(folder, 'journal'))).toMatchObject({ ok: true })
  })

  it('A3: a byte changed in the middle of the journal is found, named, and nothing runs', async () => {
    const folder = crashedFolder()
    const file = segments(folder)[0] as string
    const lines = readFileSync(file, 'utf8').split('\n')
    const changed = lines.findIndex((line) => line.includes('"kind":"INTENT"'))
    const line = lines[changed] as string
    lines[changed] = line.replace(/"qty":"?1/, (match) => match.replace('1', '7'))
    expect(lines[changed]).not.toBe(line)
    writeFileSync(file, lines.join('\n'))
    const { code, stderr } = await start(folder, 'max').ended
    expect(code).toBe(5)
    expect(stderr).toContain(path.basename(file))
    expect(stderr).toContain(String(changed + 1))
    expect((await tidegate(['audit', 'verify', '--state-dir', folder])).code).toBe(5)
  })
})

async function unbrokenFolder(placement: string): Promise<string> {
  const folder = tempFolder()
  finish(await start(folder, 'max', placement).ended)
  return folder
}

function stateOf(folder: string): Parameters<typeof stateSha256> {
  const { orders, ledger } = replayJournal(readJournal(path.join(folder, 'journal')))
  return [orders, ledger]
}
