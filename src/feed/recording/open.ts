import { BatchBuilder } from './batch.ts'
import { CaptureFrames } from './captured.ts'
import { type LineBlock, lineBlocks } from './lines.ts'
import { Mt5Frames } from './mt5.ts'
import { eventBaseUtcNs, type Probe, probe } from './probe.ts'
import { rawFrames } from './raw.ts'
import { dataError, type FrameBatch, type Recording } from './recording.ts'

type Frames = (block: LineBlock, batch: BatchBuilder) => Generator<FrameBatch, void, void>

/**
 * Opens files of one kind as one stream, in the given order. What they are is told by their content; memory is bounded
 * whatever their size.
 *
 * @throws DATA_UNREADABLE, DATA_EMPTY, DATA_KIND_UNKNOWN, DATA_KIND_MIXED (exit code 4; DATA_LINE while reading)
 */
export async function openRecording(files: readonly string[]): Promise<Recording> {
  const probes: Probe[] = []
  for (const file of files) probes.push(await probe(file))
  const first = probes[0]
  if (first === undefined) throw dataError('DATA_EMPTY', '(none)', 0, 'no files were given')
  probes.forEach(({ form, kind }, i) => {
    if (form === first.form && kind === first.kind) return
    throw dataError(
      'DATA_KIND_MIXED',
      files[i] as string,
      0,
      `is ${kind} (${form}), but ${files[0]} is ${first.kind} (${first.form})`,
    )
  })
  const base = eventBaseUtcNs(Math.min(...probes.map(({ firstEventMs }) => firstEventMs)))
  return {
    kind: first.kind,
    form: first.form,
    files: [...files],
    eventBaseUtcNs: base,
    subscribed: union(probes),
    symbol: first.symbol,
    batches: () => batches(files, probes, Number(base / 1_000_000_000n)),
  }
}

/** Null as soon as one file does not tell its subscriptions. */
function union(probes: readonly Probe[]): ReadonlySet<string> | null {
  const all = new Set<string>()
  for (const { subscribed } of probes) {
    if (subscribed === null) return null
    for (const symbol of subscribed) all.add(symbol)
  }
  return all
}

async function* batches(
  files: readonly string[],
  probes: readonly Probe[],
  baseSeconds: number,
): AsyncGenerator<FrameBatch, void, void> {
  for (const [i, file] of files.entries()) {
    const batch = new BatchBuilder(file)
    const frames = framesOf(probes[i] as Probe, baseSeconds)
    for await (const block of lineBlocks(file)) yield* frames(block, batch)
  }
}

function framesOf({ form, symbol }: Probe, baseSeconds: number): Frames {
  switch (form) {
    case 'raw':
      return (block, batch) => rawFrames(block, batch, baseSeconds, symbol)
    case 'capture': {
      const frames = new CaptureFrames(baseSeconds)
      return (block, batch) => frames.frames(block, batch)
    }
    default: {
      const frames = new Mt5Frames(baseSeconds, form === 'mt5-csv' ? symbol : '')
      return (block, batch) => frames.frames(block, batch)
    }
  }
}
