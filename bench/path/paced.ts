import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** A recording whose frames come evenly: open loop at a known rate. */
export interface PacedRecording {
  readonly file: string
  readonly frames: number
  /** frame number, from 0, of each trade by its id */
  readonly frameOfTrade: ReadonlyMap<number, number>
}

/**
 * Writes the first `framesMax` frames of the sources with receive times `1/framesPerSec` apart. What the frames say, and
 * their order, is as recorded.
 */
export function writePaced(
  sources: readonly string[],
  file: string,
  framesPerSec: number,
  framesMax: number,
): PacedRecording {
  const lines: string[] = []
  const frameOfTrade = new Map<number, number>()
  let firstNs = 0n
  for (const source of sources) {
    for (const line of gunzipSync(readFileSync(source)).toString('latin1').split('\n')) {
      if (line === '' || lines.length === framesMax) continue
      const space = line.indexOf(' ')
      if (lines.length === 0) firstNs = BigInt(line.slice(0, space))
      const trade = /@trade".*?"t":(\d+)/.exec(line)
      if (trade !== null) frameOfTrade.set(Number(trade[1]), lines.length)
      const recvNs = firstNs + BigInt(Math.round((lines.length * 1e9) / framesPerSec))
      lines.push(`${recvNs}${line.slice(space)}`)
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`, 'latin1')
  return { file, frames: lines.length, frameOfTrade }
}
