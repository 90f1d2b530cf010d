import { mkdirSync, renameSync, rmSync, symlinkSync, watch as watchFolder, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { FolderWatch } from '../../src/control/folder-watch.ts'
import {
  type LevelSourceOptions,
  LevelSources,
  levelSourcesOf,
  NO_LEVEL_SOURCES,
} from '../../src/control/level-sources.ts'
import { SAMPLE, writeConfig } from '../config/sample.ts'
import { temporaryFolder, until } from './support.ts'

/** So long that no poll happens in a test. */
const NEVER_MS = 3_600_000

const open: LevelSources[] = []
afterEach(() => {
  for (const sources of open.splice(0)) sources.close()
})

function watching(options: Partial<LevelSourceOptions>): { told: string[]; sources: LevelSources } {
  const told: string[] = []
  const sources = new LevelSources(
    { ...NO_LEVEL_SOURCES, pollMs: NEVER_MS, ...options },
    {
      setLevel: (source, asserted) => told.push(`${source} ${asserted ? 'up' : 'down'}`),
      onAsserted: (source) => told.push(`${source} kills`),
      onReleased: (source) => told.push(`${source} is released`),
    },
  )
  open.push(sources)
  return { told, sources }
}

/** A ConfigMap's mount as the kubelet makes it: key → ..data → a folder with a date, swapped by a rename of ..data. */
function configMap(content: string): { file: string; swap: (content: string, generation: number) => void } {
  const mount = temporaryFolder()
  const swap = (next: string, generation: number): void => {
    const folder = `..2024_08_09_00_00_0${generation}.1`
    mkdirSync(path.join(mount, folder))
    writeFileSync(path.join(mount, folder, 'EXECUTION_HALTED'), next)
    symlinkSync(folder, path.join(mount, '..data_tmp'))
    renameSync(path.join(mount, '..data_tmp'), path.join(mount, '..data'))
  }
  swap(content, 0)
  symlinkSync('..data/EXECUTION_HALTED', path.join(mount, 'EXECUTION_HALTED'))
  return { file: path.join(mount, 'EXECUTION_HALTED'), swap }
}

describe('level sources', () => {
  it('K6: what asserts at the start has killed before the constructor returns, level first', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'kill.lock'), '')
    const { told } = watching({
      environment: 'KILL_SWITCH of the environment',
      haltedFile: path.join(folder, 'missing'),
      lockFile: path.join(folder, 'kill.lock'),
    })
    expect(told).toEqual([
      'environment up',
      'environment kills',
      'file up',
      'file kills',
      'lock_file up',
      'lock_file kills',
    ])
  })

  it('K6: a lock file that comes kills by inotify alone, and going releases the level', async () => {
    const lockFile = path.join(temporaryFolder(), 'kill.lock')
    const { told } = watching({ lockFile })
    expect(told).toEqual([])
    writeFileSync(lockFile, '{}')
    await until(() => told.length >= 2)
    rmSync(lockFile)
    await until(() => told.length >= 4)
    expect(told).toEqual(['lock_file up', 'lock_file kills', 'lock_file down', 'lock_file is released'])
  })

  it('K6: the symlink swap of a ConfigMap is seen by inotify alone, both ways', async () => {
    const { file, swap } = configMap('false')
    const { told } = watching({ haltedFile: file })
    expect(told).toEqual([])
    swap('true', 1)
    await until(() => told.includes('file kills'))
    swap('false', 2)
    await until(() => told.includes('file is released'))
    expect(told).toEqual(['file up', 'file kills', 'file down', 'file is released'])
  })

  it('K6: the poll finds what inotify cannot tell: a file behind a link into another folder', async () => {
    const elsewhere = path.join(temporaryFolder(), 'switch')
    writeFileSync(elsewhere, '0')
    const haltedFile = path.join(temporaryFolder(), 'EXECUTION_HALTED')
    symlinkSync(elsewhere, haltedFile)
    const { told } = watching({ haltedFile, pollMs: 10 })
    writeFileSync(elsewhere, '1')
    await until(() => told.length >= 2)
    expect(told).toEqual(['file up', 'file kills'])
  })

  it('K6: a source kills once as long as it asserts, and again when it comes back', () => {
    const lockFile = path.join(temporaryFolder(), 'kill.lock')
    const { told, sources } = watching({ lockFile })
    for (const there of [true, true, false, false, true]) {
      if (there) writeFileSync(lockFile, String(told.length))
      else rmSync(lockFile, { force: true })
      sources.look()
    }
    expect(told.filter((line) => line === 'lock_file kills')).toHaveLength(2)
  })

  it('K6: a folder that comes later, or anew, is watched from the next poll on', async () => {
    const folder = path.join(temporaryFolder(), 'later')
    let changes = 0
    const watch = new FolderWatch(folder, () => {
      changes++
    })
    expect(watch.live).toBe(false)
    for (const round of [1, 2]) {
      mkdirSync(folder)
      watch.renew()
      expect(watch.live).toBe(true)
      watch.renew()
      writeFileSync(path.join(folder, 'x'), '')
      await until(() => changes >= round)
      rmSync(folder, { recursive: true })
      watch.renew()
      expect(watch.live).toBe(false)
      changes = round
    }
    watch.close()
  })

  it('K6: a change that is due when the watch closes is told no more', async () => {
    const folder = temporaryFolder()
    let changes = 0
    const watch = new FolderWatch(folder, () => {
      changes++
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    // Hears of the change in the same turn, after the first.
    const second = watchFolder(folder, () => {
      watch.close()
      resolve()
    })
    writeFileSync(path.join(folder, 'x'), '')
    await promise
    second.close()
    await nextTurn()
    expect(changes).toBe(0)
  })
})

describe('level sources of a configuration', () => {
  const of = (env: Record<string, string>): LevelSourceOptions =>
    levelSourcesOf(loadConfig(writeConfig(SAMPLE), env), '/state')

  it.each(['1', 'true', 'YES', 'on'])('K6: KILL_SWITCH=%s and EXECUTION_HALTED=%s assert', (value) => {
    expect(of({ KILL_SWITCH: value }).environment).toBe('KILL_SWITCH of the environment')
    expect(of({ EXECUTION_HALTED: value }).environment).toBe('EXECUTION_HALTED of the environment')
    expect(of({ KILL_SWITCH: value, EXECUTION_HALTED: '1' }).environment).toContain('KILL_SWITCH and EXEC')
    expect(of({ KILL_SWITCH: '0' }).environment).toBeNull()
  })

  it('K6: the lock file lies in the state directory, the halt file where EXECUTION_HALTED_FILE says', () => {
    expect(of({})).toEqual({ environment: null, haltedFile: null, lockFile: '/state/kill.lock', pollMs: 200 })
    expect(of({ EXECUTION_HALTED_FILE: '/etc/tidegate/kill-switch/EXECUTION_HALTED' }).haltedFile).toBe(
      '/etc/tidegate/kill-switch/EXECUTION_HALTED',
    )
  })
})
