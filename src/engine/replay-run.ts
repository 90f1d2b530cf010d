import type { Clock } from '../core/clock.ts'
import type { MarketFeed } from '../feed/market-feed.ts'
import type { FrameBatch, Recording } from '../feed/recording/recording.ts'
import type { Replay } from './replay.ts'
import { sleep } from './steps.ts'

/** Longest sleep of a paced replay before it looks whether it was stopped, ms. */
const PACE_SLEEP_MAX_MS = 100

export interface ReplayRunOptions {
  readonly recording: Recording
  readonly replay: Replay
  readonly feed: MarketFeed
  /** times real time, or as fast as it goes */
  readonly speed: number | 'max'
  readonly stopwatch: Clock
  readonly signal: AbortSignal
  /** between batches: rotation of the journal and whatever else must not happen on the path */
  readonly onBatch: () => void
}

export interface ReplayRunResult {
  readonly frames: number
  readonly seconds: number
  /** false: stopped before the end of the recording */
  readonly complete: boolean
}

/** Feeds a recording through a replay, frame by frame, to its end or until the signal aborts. */
export async function runRecording(options: ReplayRunOptions): Promise<ReplayRunResult> {
  const { recording, speed, stopwatch, signal } = options
  const startNs = stopwatch.monoNs()
  let frames = 0
  let firstNs = Number.NaN
  const wait = new AbortableWait(signal)
  for await (const batch of recording.batches()) {
    for (let frame = 0; frame < batch.count && !signal.aborted; frame++) {
      const recvNs = batch.recvNs[frame] as number
      if (speed !== 'max') {
        if (Number.isNaN(firstNs)) firstNs = recvNs
        await paceTo(startNs + (recvNs - firstNs) / speed, stopwatch, signal)
        if (signal.aborted) break
      }
      const waiting = runFrame(options, batch, frame)
      if (waiting !== undefined) await wait.until(waiting)
      frames++
    }
    options.onBatch()
    if (signal.aborted) break
  }
  if (signal.aborted) options.replay.abandon()
  return { frames, seconds: (stopwatch.monoNs() - startNs) / 1e9, complete: !signal.aborted }
}

/** Waits for one promise after the other, or until the signal aborts; leaves nothing behind on the signal. */
class AbortableWait {
  #stop: () => void = () => {}

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#stop(), { once: true })
  }

  until(promise: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stop = resolve
      promise.then(resolve, reject)
    })
  }
}

function runFrame(options: ReplayRunOptions, batch: FrameBatch, frame: number): Promise<void> | undefined {
  const { replay, feed } = options
  replay.startFrame(batch.recvNs[frame] as number)
  feed.onBatchFrame(batch, frame)
  return replay.queue.count === 0 ? undefined : replay.runTicks()
}

async function paceTo(dueNs: number, stopwatch: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const leftMs = (dueNs - stopwatch.monoNs()) / 1e6
    if (leftMs < 1 || signal.aborted) return
    await sleep(Math.min(leftMs, PACE_SLEEP_MAX_MS), signal)
  }
}
