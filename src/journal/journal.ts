import { truncateSync } from 'node:fs'
import type { Clock } from '../core/clock.ts'
import { EXIT, TidegateError } from '../core/errors.ts'
import {
  type Durability,
  JOURNAL_FAILED,
  type JournalFailure,
  type JournalPort,
  type JournalRecord,
} from '../domain/journal.ts'
import { ContentChain } from './content-chain.ts'
import { LINE_BYTES_MAX } from './line.ts'
import { describeFault, type JournalFault, type JournalWalk, scanLines, startWalk, walkLine } from './read.ts'
import { nodeFs, SegmentWriter, type WriterFs } from './segment-writer.ts'
import { listSegments, makeJournalDir } from './segments.ts'
import { TimeText } from './time-text.ts'

const SEGMENT_BYTES_MAX = 64 * 1024 * 1024
const BUFFER_BYTES = 256 * 1024
export interface JournalOptions {
  readonly clock: Clock
  /** `maintain` begins a new segment at this size; an append does at twice the size */
  readonly segmentBytesMax?: number
  /** gets every stored record while the journal opens, in order: recovery reads the journal once */
  readonly onRecord?: (record: JournalRecord) => void
  readonly fs?: WriterFs
}

/** The end of a write that a crash cut off; already removed from the file. */
export interface TornTail {
  readonly segment: string
  readonly offset: number
  readonly bytes: number
}

/**
 * The append-only log of one state directory. One process has it open (the state directory's lock sees to that).
 * An append makes one line, one hash and one write; nothing in it waits except `power`, which syncs.
 */
export class Journal implements JournalPort {
  readonly dir: string
  /** what `open` cut off, for the RECOVERY record */
  readonly tornTail: TornTail | null
  onFailure: (failure: JournalFailure) => void = () => {}
  #writer: SegmentWriter
  readonly #fs: WriterFs
  readonly #clock: Clock
  readonly #time: TimeText
  readonly #segmentBytesMax: number
  readonly #content: ContentChain
  #events: number
  #head: string
  #failure: JournalFailure | null = null
  /** when the oldest record was appended that is not written yet; NaN where all are */
  #unwrittenNs = Number.NaN
  /** JSON text by name: kinds and actors are few */
  readonly #names = new Map<string, string>()

  private constructor(dir: string, options: JournalOptions, opened: OpenedJournal) {
    this.dir = dir
    this.tornTail = opened.torn
    this.#fs = options.fs ?? nodeFs
    this.#clock = options.clock
    this.#time = new TimeText(options.clock)
    this.#segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX
    this.#events = opened.walk.events
    this.#head = opened.walk.head
    this.#content = new ContentChain(opened.walk.contentHead, opened.walk.events)
    const buffer = Buffer.allocUnsafe(BUFFER_BYTES)
    this.#writer = new SegmentWriter(dir, opened.segment, opened.bytes, buffer, this.#fs)
  }

  /**
   * Opens or creates the journal in `dir` and resumes both chains. A torn tail is cut off the last segment.
   *
   * @throws JOURNAL_CORRUPT (exit 5) when a stored record does not verify, JOURNAL_IO when the directory cannot be used
   */
  static open(dir: string, options: JournalOptions): Journal {
    try {
      makeJournalDir(dir)
      return new Journal(dir, options, openSegments(dir, options.onRecord))
    } catch (error) {
      if (error instanceof TidegateError) throw error
      throw new TidegateError('JOURNAL_IO', `cannot open the journal ${dir}: ${String(error)}`, {
        cause: error,
      })
    }
  }

  get failure(): JournalFailure | null {
    return this.#failure
  }

  get events(): number {
    return this.#events
  }

  get head(): string {
    return this.#head
  }

  get lagNs(): number {
    return Number.isNaN(this.#unwrittenNs) ? 0 : this.#clock.monoNs() - this.#unwrittenNs
  }

  get contentHead(): string {
    return this.#content.head()
  }

  append(kind: string, actor: string, data: object, durability: Durability = 'process'): number {
    return this.appendText(kind, actor, JSON.stringify(data), durability)
  }

  appendText(kind: string, actor: string, dataText: string, durability: Durability = 'process'): number {
    if (this.#failure !== null) return JOURNAL_FAILED
    const seq = this.#events + 1
    const kindText = this.#name(kind)
    const actorText = this.#name(actor)
    const time = this.#time
    time.read()
    const body = `{"seq":${seq},"ts":"${time.ts}","mono":"${time.mono}","kind":${kindText},"actor":${actorText},"data":${dataText}`
    if (body.length > LINE_BYTES_MAX / 4)
      return this.#fail('JOURNAL_TOO_LARGE', `a record of ${body.length} characters`)
    let head: string
    try {
      if (this.#writer.bytes > 2 * this.#segmentBytesMax) this.#rotate()
      head = this.#writer.put(body, this.#head)
      if (durability === 'buffered') this.#noteUnwritten()
      else this.#store(durability === 'power')
    } catch (error) {
      return this.#failIo(error)
    }
    this.#events = seq
    this.#head = head
    // A slice of the whole, which is flat by now: the text as it came in is a tree of its pieces.
    this.#content.add(kindText, actorText, body.slice(body.length - dataText.length))
    return seq
  }

  flush(): boolean {
    return this.#guarded(() => this.#store(false))
  }

  /** Writes and syncs everything appended so far: one sync for a group of records. False when the journal has failed. */
  sync(): boolean {
    return this.#guarded(() => this.#store(true))
  }

  catchUp(recordsMax: number): void {
    this.#content.settle(recordsMax)
  }

  maintain(): void {
    this.#content.head()
    this.#time.anchor()
    this.#guarded(() => {
      if (this.#writer.bytes >= this.#segmentBytesMax) this.#rotate()
    })
  }

  close(): void {
    this.sync()
    if (this.#failure?.code === 'JOURNAL_CLOSED') return
    try {
      this.#writer.close()
    } catch {
      // The descriptor is gone either way, and what counted was the sync before.
    }
    this.#failure ??= { code: 'JOURNAL_CLOSED', message: 'the journal is closed', seq: this.#events + 1 }
  }

  #noteUnwritten(): void {
    if (Number.isNaN(this.#unwrittenNs)) this.#unwrittenNs = this.#clock.monoNs()
  }

  #store(synced: boolean): void {
    if (synced) this.#writer.sync()
    else this.#writer.write()
    this.#unwrittenNs = Number.NaN
  }

  #name(name: string): string {
    let text = this.#names.get(name)
    if (text === undefined) {
      text = JSON.stringify(name)
      if (this.#names.size < 1024) this.#names.set(name, text)
    }
    return text
  }

  /** The old segment is synced before the next exists, so a sync of the last one covers all before it. */
  #rotate(): void {
    const old = this.#writer
    this.#store(true)
    this.#writer = new SegmentWriter(this.dir, old.number + 1, 0, old.buffer, this.#fs)
    old.close()
  }

  #guarded(work: () => void): boolean {
    if (this.#failure !== null) return false
    try {
      work()
      return true
    } catch (error) {
      this.#failIo(error)
      return false
    }
  }

  #failIo(error: unknown): number {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO'
    const full = code === 'ENOSPC' || code === 'EFBIG' || code === 'EDQUOT'
    return this.#fail(full ? 'JOURNAL_FULL' : 'JOURNAL_IO', `${code}: ${String(error)}`)
  }

  /** Once failed, always failed: a second fsync would report success for pages that are already lost. */
  #fail(code: string, message: string): number {
    this.#failure = { code, message, seq: this.#events + 1 }
    this.onFailure(this.#failure)
    return JOURNAL_FAILED
  }
}

interface OpenedJournal {
  readonly walk: JournalWalk
  readonly torn: TornTail | null
  readonly segment: number
  readonly bytes: number
}

function openSegments(dir: string, onRecord: ((record: JournalRecord) => void) | undefined): OpenedJournal {
  const walk = startWalk()
  const last = listSegments(dir).at(-1)
  let torn: TornTail | null = null
  let bytes = 0
  for (const line of scanLines(dir)) {
    const record = walkLine(walk, line)
    if (record === null) {
      const fault = walk.fault as JournalFault
      const cut = fault.code === 'TORN_TAIL' && line.segment.number === last?.number
      if (!cut) {
        const details = { ...fault }
        throw new TidegateError('JOURNAL_CORRUPT', describeFault(fault), {
          exitCode: EXIT.VERIFICATION,
          details,
        })
      }
      torn = { segment: line.segment.path, offset: line.offset, bytes: line.bytes }
      truncateSync(line.segment.path, line.offset)
      walk.fault = null
      break
    }
    if (line.segment.number === last?.number) bytes = line.offset + line.bytes
    onRecord?.(record)
  }
  return { walk, torn, segment: last?.number ?? 1, bytes }
}
