import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.ts'
import { Journal } from '../../src/journal/journal.ts'
import { verifyJournal } from '../../src/journal/verify.ts'

const CHILD = resolve('test/journal/append-child.ts')
const ROUNDS = 12

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidegate-crash-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

/** Lets a child append until it has told `enough` sequences, then kills it where it stands; gives the last one told. */
function killAfter(enough: number): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [CHILD, dir, '1000000'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = 0
    let last = 0
    let rest = ''
    child.stdout.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() as string
      for (const line of lines) last = Number(line)
      told += lines.length
      if (told >= enough) child.kill('SIGKILL')
    })
    child.on('close', (_code, signal) =>
      signal === 'SIGKILL' ? done(last) : fail(new Error('the child ended')),
    )
  })
}

/** Closes the journal of a crashed process and counts what it holds. */
function recover(): { events: number; torn: number } {
  const journal = Journal.open(dir, { clock: new VirtualClock(7n) })
  const found = { events: journal.events, torn: journal.tornTail?.bytes ?? 0 }
  journal.close()
  return found
}

describe('a journal whose process is killed', () => {
  it('O3: holds every record whose append had returned, and verifies after recovery, time after time', async () => {
    let before = 0
    for (let round = 0; round < ROUNDS; round++) {
      const last = await killAfter(1 + round * 40)
      const { events } = recover()
      expect(last).toBeGreaterThan(before)
      expect(events).toBeGreaterThanOrEqual(last)
      expect(verifyJournal(dir)).toMatchObject({ ok: true, events })
      before = events
    }
  })
})

interface Ending {
  code: string | null
  failures: number
  after: number
  events: number
}

function ending(stdout: string): Ending {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as Ending
}

describe('a disk that is full', () => {
  it('K10: RLIMIT_FSIZE ends in a coded failure, not in a crash, and what was told is there', () => {
    const script = `ulimit -f 8; exec "${process.execPath}" "${CHILD}" "${dir}" 1000`
    const { status, signal, stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    const { code, failures, after, events } = ending(stdout)
    expect([status, signal, code, failures, after]).toEqual([0, null, 'JOURNAL_FULL', 1, -1])
    expect(events).toBeGreaterThan(10)
    const found = recover()
    expect(found.events).toBe(events)
    expect(found.torn).toBeGreaterThan(0)
    expect(verifyJournal(dir)).toMatchObject({ ok: true, events })
  })

  it('K10: ENOSPC on a small tmpfs is the same', ({ skip }) => {
    const mount = join(dir, 'disk')
    mkdirSync(mount)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount], {
      encoding: 'utf8',
    })
    if (mounted.status !== 0) skip(`this machine does not let us mount a tmpfs: ${mounted.stderr}`)
    try {
      const { status, stdout } = spawnSync(process.execPath, [CHILD, join(mount, 'journal'), '1000'], {
        encoding: 'utf8',
      })
      const { code, failures, after, events } = ending(stdout)
      expect([status, code, failures, after]).toEqual([0, 'JOURNAL_FULL', 1, -1])
      expect(verifyJournal(join(mount, 'journal')).events).toBe(events)
    } finally {
      execFileSync('umount', [mount])
    }
  })
})
