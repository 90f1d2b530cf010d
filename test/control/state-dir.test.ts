import fs, { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { StateDir } from '../../src/control/state-dir.ts'
import { PID_OF_NOBODY, temporaryFolder } from './support.ts'

function fresh(): string {
  return path.join(temporaryFolder(), 'state')
}

function openAndClose(folder: string, clean: boolean): { boot: number; previous: string } {
  const dir = StateDir.open(folder)
  const { boot, previous } = dir
  dir.close(clean)
  return { boot, previous }
}

describe('state directory', () => {
  it('O2: every start counts, is on disk before it returns, and says how the one before ended', () => {
    const folder = fresh()
    expect(openAndClose(folder, true)).toEqual({ boot: 1, previous: 'none' })
    expect(openAndClose(folder, false)).toEqual({ boot: 2, previous: 'clean' })
    const dir = StateDir.open(folder)
    expect([dir.boot, dir.previous]).toEqual([3, 'crashed'])
    expect(readFileSync(dir.file('boot'), 'utf8')).toBe('{"boot":3,"state":"running"}\n')
    dir.close(true)
    dir.close(false)
    expect(readFileSync(dir.file('boot'), 'utf8')).toBe('{"boot":3,"state":"clean"}\n')
    expect(readdirSync(folder)).toEqual(['boot'])
  })

  it.each(['', '{}', '{"boot":0,"state":"clean"}\n', '{"boot":1', 'x'])(
    'O2: a boot record of %j is an error and never starts over',
    (text) => {
      const folder = fresh()
      openAndClose(folder, true)
      writeFileSync(path.join(folder, 'boot'), text)
      expect(() => StateDir.open(folder)).toThrow(
        expect.objectContaining({ code: 'BOOT_DAMAGED', exitCode: 4 }),
      )
      expect(existsSync(path.join(folder, 'lock'))).toBe(false)
    },
  )

  it('O2: a boot record that cannot be read is an error', () => {
    const folder = fresh()
    mkdirSync(path.join(folder, 'boot'), { recursive: true })
    expect(() => StateDir.open(folder)).toThrow(expect.objectContaining({ code: 'BOOT_DAMAGED' }))
  })

  it('O3: only one engine holds it', () => {
    const folder = fresh()
    const dir = StateDir.open(folder)
    expect(() => StateDir.open(folder)).toThrow(expect.objectContaining({ code: 'STATE_DIR_LOCKED' }))
    dir.close(true)
    expect(openAndClose(folder, true).boot).toBe(2)
  })

  it('O3: the lock of a process that is gone is taken over, also where its number lives again', () => {
    const folder = fresh()
    openAndClose(folder, false)
    for (const holder of [
      `{"pid":${PID_OF_NOBODY},"started":null}`,
      `{"pid":${process.pid},"started":"1"}`,
      'garbage',
    ]) {
      writeFileSync(path.join(folder, 'lock'), holder)
      expect(openAndClose(folder, false).previous).toBe('crashed')
    }
    expect(readdirSync(folder)).toEqual(['boot'])
  })

  it('O3: a holder whose start time is not known holds as long as its process lives', () => {
    const folder = fresh()
    openAndClose(folder, true)
    writeFileSync(path.join(folder, 'lock'), `{"pid":${process.pid},"started":null}`)
    expect(() => StateDir.open(folder)).toThrow(expect.objectContaining({ code: 'STATE_DIR_LOCKED' }))
  })

  it('O3: a lock that names no process is taken over; one whose process may not be signalled holds', () => {
    const folder = fresh()
    openAndClose(folder, true)
    for (const pid of [0, -5, 1.5]) {
      writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid, started: null }))
      expect(openAndClose(folder, true).previous).toBe('clean')
    }
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: PID_OF_NOBODY, started: null }))
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not yours'), { code: 'EPERM' })
    })
    expect(() => StateDir.open(folder)).toThrow(expect.objectContaining({ code: 'STATE_DIR_LOCKED' }))
    kill.mockRestore()
  })

  it('O3: a lock that another engine takes between the look and the move is put back, and holds', () => {
    const folder = fresh()
    openAndClose(folder, true)
    const lock = path.join(folder, 'lock')
    const other = JSON.stringify({ pid: process.pid, started: null })
    writeFileSync(lock, JSON.stringify({ pid: PID_OF_NOBODY, started: null }))
    const kill = vi.spyOn(process, 'kill').mockImplementationOnce(() => {
      writeFileSync(lock, other)
      throw Object.assign(new Error('gone'), { code: 'ESRCH' })
    })
    expect(() => StateDir.open(folder)).toThrow(
      expect.objectContaining({ code: 'STATE_DIR_LOCKED', details: { pid: process.pid } }),
    )
    kill.mockRestore()
    expect(readFileSync(lock, 'utf8')).toBe(other)
    expect(readdirSync(folder).sort()).toEqual(['boot', 'lock'])
  })

  it('O3 A12: a file system without hard links is a clear error, and nothing is left on it', () => {
    const folder = fresh()
    const link = vi.spyOn(fs, 'linkSync').mockImplementation(() => {
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
    })
    syncBuiltinESMExports()
    try {
      expect(() => StateDir.open(folder)).toThrow(
        expect.objectContaining({
          code: 'STATE_DIR_UNUSABLE',
          message: `${folder}: EPERM: operation not permitted, link`,
        }),
      )
    } finally {
      link.mockRestore()
      syncBuiltinESMExports()
    }
    expect(readdirSync(folder)).toEqual([])
  })

  it('A8: folder and files are not for others', () => {
    const folder = fresh()
    const dir = StateDir.open(folder)
    for (const file of [folder, dir.file('boot'), dir.file('lock')]) {
      expect(statSync(file).mode & 0o007).toBe(0)
    }
    dir.close(true)
  })

  it('A12: a path that cannot be a folder is a clear error', () => {
    const file = path.join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(() => StateDir.open(file)).toThrow(expect.objectContaining({ code: 'STATE_DIR_UNUSABLE' }))
  })
})
