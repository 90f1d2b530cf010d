import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { nativeDecodingStatus } from '../../src/feed/decode/native.ts'
import { type Hiccups, measureHiccups } from '../lib/hiccups.ts'

/** Where and of what a run was. */
export interface Facts {
  readonly date: string
  readonly command: string
  readonly commit: string
  readonly node: string
  readonly machine: string
  readonly cores: number
  readonly system: string
  readonly native: string
  readonly hiccups_before: Hiccups
}

const HICCUPS_MS = 2_000

export function machineFacts(command: string): Facts {
  const [cpu] = cpus()
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    command,
    commit: commitText(),
    node: process.version,
    machine: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    system: `${process.platform} ${release()} ${process.arch}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    native: nativeDecodingStatus().live
      ? 'Rust decoder live'
      : `no Rust decoder: ${nativeDecodingStatus().why}`,
    hiccups_before: measureHiccups(HICCUPS_MS),
  }
}

/** The commit, and whether the sources differ from it. */
export function commitText(): string {
  const git = (...args: string[]): string => spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? ''
  const commit = git('rev-parse', '--short=12', 'HEAD')
  if (commit === '') return 'unknown'
  const changed = git('status', '--porcelain', '--', 'src', 'bench', 'native', 'workers', 'package-lock.json')
    .split('\n')
    .filter((line) => line !== '' && !/ bench\/(?:RESULTS\.md|baselines\/)/.test(line))
  return changed.length === 0 ? commit : `${commit} with ${changed.length} changed files`
}
