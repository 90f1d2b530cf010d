import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse, stringify } from 'yaml'
import type { ConfigFile } from '../../src/config/types.ts'
import { tempFolder } from './program.ts'

/** A configuration tree that a test may change. */
export type Tree = {
  -readonly [K in keyof ConfigFile]: ConfigFile[K] extends readonly (infer E)[]
    ? { -readonly [M in keyof E]: E[M] }[]
    : { -readonly [M in keyof ConfigFile[K]]: ConfigFile[K][M] }
}

/** A copy of an example's configuration with some lines changed, as a user would do it; the path of the copy. */
export function editedConfig(
  example: string,
  edit: (tree: Tree) => void,
  folder: string = tempFolder(),
): string {
  const tree = parse(readFileSync(example, 'utf8')) as Tree
  const beside = (name: string): string => path.resolve(path.dirname(example), name)
  for (const strategy of tree.strategies) strategy.file = beside(strategy.file)
  for (const part of [tree.replay, tree.sim]) if (part?.data !== undefined) part.data = part.data.map(beside)
  edit(tree)
  const file = path.join(folder, 'config.yaml')
  writeFileSync(file, stringify(tree))
  return file
}

export const SPOT_DAY_1 = 'test/fixtures/binance-raw/spot_btcusdt_20240808.gz'
export const SPOT_DAY_2 = 'test/fixtures/binance-raw/spot_btcusdt_20240809.gz'
/** Almost eleven minutes of a market. */
export const SPOT_BOTH_DAYS: readonly string[] = [SPOT_DAY_1, SPOT_DAY_2]
/** Times real time: both days last longer than a test may, so that none finds the market over, however slow the machine is. */
export const ENDLESS = 2.5
export const USDM = 'test/fixtures/binance-raw/usdm_btcusdt_20240808.gz'

/** Lines of a gzipped fixture. */
export function fixtureLines(fixture: string): string[] {
  return gunzipSync(readFileSync(fixture)).toString('utf8').trimEnd().split('\n')
}

/** The beginning of a raw recording, so long by receive time; plain text, in a file of its own. */
export function beginningOf(fixture: string, seconds: number, folder: string = tempFolder()): string {
  const lines = fixtureLines(fixture)
  const endNs = BigInt((lines[0] as string).split(' ', 1)[0] as string) + BigInt(seconds) * 1_000_000_000n
  const kept = lines.filter((line) => BigInt(line.split(' ', 1)[0] as string) < endNs)
  const file = path.join(folder, 'beginning.txt')
  writeFileSync(file, `${kept.join('\n')}\n`)
  return file
}
