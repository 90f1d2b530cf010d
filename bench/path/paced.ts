import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** A recording whose frames come evenly: open loop at a known rate. */
export interface PacedRecording {
  readonly file: string
  readonly frames: number
  /** frame number, from 0, of each trade by its id */
  readonly frameOfTrade: ReadonlyMap<number, number>
}

/** The rate of the frames that are counted, and of those before them that warm the processes up. */
export interface Pace {
  readonly framesPerSec: number
  readonly frames: number
  readonly warmPerSec: number
  readonly warmFrames: number
}

/**
 * Writes the first frames of the sources with receive times that are evenly apart: first the warm-up's, then those that are
 * counted. What the frames say, and their order, is as recorded.
 */
export function writePaced(sources: readonly string[], file: string, pace: Pace): PacedRecording {
  const { framesPerSec, frames, warmPerSec, warmFrames } = pace
  const lines: string[] = []
  const frameOfTrade = new Map<number, number>()
  let firstNs = 0n
  const dueNs = (n: number): number =>
    n < warmFrames
      ? (n * 1e9) / warmPerSec
      : (warmFrames * 1e9) / warmPerSec + ((n - warmFrames) * 1e9) / framesPerSec
  for (const source of sources) {
    for (const line of gunzipSync(readFileSync(source)).toString('latin1').split('\n')) {
      if (line === '' || lines.length === warmFrames + frames) continue
      const space = line.indexOf(' ')
      if (lines.length === 0) firstNs = BigInt(line.slice(0, space))
      const trade = /@trade".*?"t":(\d+)/.exec(line)
      if (trade !== null) frameOfTrade.set(Number(trade[1]), lines.length)
      const recvNs = firstNs + BigInt(Math.round(dueNs(lines.length)))
      lines.push(`${recvNs}${line.slice(space)}`)
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`, 'latin1')
  return { file, frames: lines.length, frameOfTrade }
}
