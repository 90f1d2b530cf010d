import { SystemClock } from '../../src/core/clock.ts'
import type { StrategyDefinition } from '../../src/domain/strategy.ts'
import { createTickSlots, TICK, TICK_SLOT_F64, TICK_SLOT_I32, type TickSlots } from '../../src/domain/tick.ts'
import { isPathTick } from '../../src/engine/path.ts'
import { createDecoder } from '../../src/feed/decode/create.ts'
import { MarketFeed } from '../../src/feed/market-feed.ts'
import { openRecording } from '../../src/feed/recording/open.ts'
import { openRig, type ReplayRig } from './rig.ts'

const TICKS_MAX = 131_072
const MAINTAIN_TICKS = 4_096
const NS_PER_S = 1e9

/** Ticks of a recording as the feed accepts them, one after another. */
export interface Ticks {
  readonly slots: TickSlots
  readonly count: number
  readonly eventBaseUtcNs: bigint
}

/** Decodes recordings into memory: trades and quotes. */
export async function decodeAll(files: readonly string[]): Promise<Ticks> {
  const recording = await openRecording(files)
  const { kind, eventBaseUtcNs } = recording
  const rig = await openRig(eventBaseUtcNs)
  const slots = createTickSlots(TICKS_MAX)
  let count = 0
  const feed = new MarketFeed({
    kind,
    decoder: createDecoder(kind, rig.table, eventBaseUtcNs, 'off'),
    instruments: rig.table,
    sink: {
      onTick: (from, slot) => {
        if (!isPathTick(from, slot)) return
        slots.i32.set(
          from.i32.subarray(slot * TICK_SLOT_I32, (slot + 1) * TICK_SLOT_I32),
          count++ * TICK_SLOT_I32,
        )
      },
      onBookBroken: () => {},
      onResync: () => {},
    },
  })
  for await (const { bytes, starts, ends, recvNs, count: frames } of recording.batches()) {
    for (let i = 0; i < frames; i++)
      feed.onFrame(bytes, starts[i] as number, ends[i] as number, recvNs[i] as number)
  }
  await rig.close()
  return { slots, count, eventBaseUtcNs }
}

/** One pass over decoded ticks. */
export function runLap({ replay, journal }: ReplayRig, { slots, count }: Ticks): void {
  for (let slot = 0; slot < count; slot++) {
    replay.startFrame(slots.f64[slot * TICK_SLOT_F64 + 2] as number)
    replay.queue.push(slots, slot)
    void replay.runTicks()
    if (slot % MAINTAIN_TICKS === 0) journal.maintain()
  }
}

/**
 * One engine that replays the ticks again and again for so many seconds, each lap later in time by the length of the
 * recording and with trade ids of its own. `onSecond` is called about once a second, between laps.
 */
export async function goRound(
  ticks: Ticks,
  definition: StrategyDefinition,
  seconds: number,
  onSecond: () => void,
): Promise<{ events: number; orders: number }> {
  const clock = new SystemClock()
  const rig = await openRig(ticks.eventBaseUtcNs, ['BTCUSDT'], definition)
  const endNs = clock.monoNs() + seconds * NS_PER_S
  let secondNs = clock.monoNs()
  let events = 0
  while (clock.monoNs() < endNs) {
    runLap(rig, ticks)
    events += ticks.count
    shift(ticks)
    if (clock.monoNs() - secondNs < NS_PER_S) continue
    secondNs = clock.monoNs()
    onSecond()
    // An engine at rest between laps: timers and streams get their turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const orders = rig.replay.assembly.desk.counters.submitted
  await rig.close()
  return { events, orders }
}

function shift({ slots, count }: Ticks): void {
  const { f64, i32 } = slots
  const lapNs =
    Math.ceil(((f64[(count - 1) * TICK_SLOT_F64 + 2] as number) - (f64[2] as number)) / NS_PER_S) * NS_PER_S
  for (let slot = 0; slot < count; slot++) {
    const at = slot * TICK_SLOT_F64
    f64[at + 1] = (f64[at + 1] as number) + lapNs
    f64[at + 2] = (f64[at + 2] as number) + lapNs
    const isTrade = ((i32[slot * TICK_SLOT_I32] as number) & 0xff) === TICK.TRADE
    if (isTrade) f64[at + 7] = (f64[at + 7] as number) + count
  }
}
