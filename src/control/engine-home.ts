import path from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { InstrumentTable } from '../domain/instrument.ts'
import { JournalReplay, stateSha256 } from '../engine/recovery.ts'
import { Journal } from '../journal/journal.ts'
import { type LatchState, readLatch } from './latch.ts'
import { StateDir } from './state-dir.ts'

export interface EngineHomeOptions {
  readonly folder: string
  readonly clock: Clock
  readonly segmentBytesMax: number
  readonly table: InstrumentTable
  readonly strategies: readonly string[]
}

/** A run's state directory: lock, boot number, latch, and the journal with what it tells of the runs before. */
export class EngineHome {
  readonly dir: StateDir
  readonly journal: Journal
  /** state as the stored journal gives it; the books of a live run go on from it */
  readonly before: JournalReplay
  readonly latch: LatchState

  private constructor(dir: StateDir, journal: Journal, before: JournalReplay, latch: LatchState) {
    this.dir = dir
    this.journal = journal
    this.before = before
    this.latch = latch
  }

  /**
   * Takes the lock, counts the boot, reads the latch, verifies and replays the journal.
   *
   * @throws STATE_DIR_*, BOOT_DAMAGED, JOURNAL_CORRUPT (exit 5), JOURNAL_IO, RECORD_INVALID; the lock is given back then
   */
  static open(options: EngineHomeOptions): EngineHome {
    const dir = StateDir.open(options.folder)
    try {
      const before = new JournalReplay({ instruments: options.table, strategies: [...options.strategies] })
      const journal = Journal.open(path.join(dir.path, 'journal'), {
        clock: options.clock,
        segmentBytesMax: options.segmentBytesMax,
        onRecord: (record) => before.take(record),
      })
      return new EngineHome(dir, journal, before, readLatch(dir.path))
    } catch (error) {
      dir.close(false)
      throw error
    }
  }

  /** The journal holds records of an earlier run. */
  get used(): boolean {
    return this.before.records > 0
  }

  /** `arm: auto` may arm: a first start or a clean stop, no latched kill, and no halt that was the operator's to end (DESIGN 2). */
  get mayArmItself(): boolean {
    const clean = this.dir.previous !== 'crashed' && (!this.used || this.before.endedClean)
    const left = this.latch.kills.length + this.before.standing().length
    return clean && left === 0 && this.latch.damaged === null
  }

  /** What the RECOVERY record tells of the stored journal. */
  recoveryData(): {
    records: number
    head: string
    state_sha256: string
    torn_bytes: number
    open: string[]
  } {
    return {
      records: this.before.records,
      head: this.journal.head,
      state_sha256: stateSha256(this.before.orders, this.before.ledger),
      torn_bytes: this.journal.tornTail?.bytes ?? 0,
      open: [...this.before.orders.open()].map(({ request }) => request.clientOrderId),
    }
  }

  get socket(): string {
    return this.dir.file('control.sock')
  }

  /** @param clean the run ended by its own procedure */
  close(clean: boolean): void {
    this.journal.close()
    this.dir.close(clean && this.journal.failure?.code === 'JOURNAL_CLOSED')
  }
}
