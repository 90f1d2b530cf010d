import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readHaltFile, readLockFile } from '../../src/control/level-files.ts'
import { temporaryFolder } from './support.ts'

function file(content: string): string {
  const name = path.join(temporaryFolder(), 'EXECUTION_HALTED')
  writeFileSync(name, content)
  return name
}

describe('the halt file', () => {
  it.each(['1', 'true', 'YES', 'On', ' true\n'])('K6: %j halts', (content) => {
    expect(readHaltFile(file(content)).asserted).toBe(true)
  })

  it.each(['0', 'false', 'NO', 'off\n', '', '\n'])('K6: %j does not halt', (content) => {
    expect(readHaltFile(file(content)).asserted).toBe(false)
  })

  it.each(['maybe', '2', 'false true', '\u0000'])('K6: %j, which means nothing, halts', (content) => {
    const { asserted, text } = readHaltFile(file(content))
    expect([asserted, text.includes('none of 1, true')]).toEqual([true, true])
  })

  it('K6: a missing file halts, and says so', () => {
    const missing = path.join(temporaryFolder(), 'gone')
    expect(readHaltFile(missing)).toEqual({ asserted: true, text: `${missing} is missing`, who: null })
  })

  it('K6: a folder, a pipe without a writer, a long file and a loop of links halt, and nothing waits', () => {
    const folder = temporaryFolder()
    const pipe = path.join(folder, 'pipe')
    const loop = path.join(folder, 'loop')
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
    symlinkSync(loop, loop)
    for (const odd of [folder, pipe, loop, file('0'.repeat(5_000))]) {
      expect(readHaltFile(odd)).toMatchObject({
        asserted: true,
        text: expect.stringContaining('cannot be read'),
      })
    }
  })
})

describe('the lock file', () => {
  const lock = (content: string): string => {
    const name = path.join(temporaryFolder(), 'kill.lock')
    writeFileSync(name, content)
    return name
  }

  it('K6: its presence halts, and its metadata is told', () => {
    const metadata = { reason: 'deployment', text: 'new version', actor: 'ansible', pid: 7 }
    expect(readLockFile(lock(JSON.stringify(metadata)))).toEqual({
      asserted: true,
      text: 'deployment: new version',
      who: 'ansible',
    })
  })

  it.each([
    ['', 'is there'],
    ['null', 'is there'],
    ['{"pid": 7}', 'is there'],
    ['backup runs', 'backup runs'],
    ['{"text": 12', '{"text": 12'],
  ])('K6: content %j halts as well and says %j', (content, text) => {
    const said = readLockFile(lock(content))
    expect([said.asserted, said.who, said.text.endsWith(text)]).toEqual([true, null, true])
  })

  it('K6: a folder and a dangling link are present', () => {
    const folder = temporaryFolder()
    const link = path.join(folder, 'link')
    symlinkSync('nowhere', link)
    expect([readLockFile(folder).asserted, readLockFile(link).asserted]).toEqual([true, true])
  })

  it('K6: none there does not halt; what cannot be looked for does', () => {
    const folder = temporaryFolder()
    const plain = path.join(folder, 'file')
    writeFileSync(plain, '')
    expect(readLockFile(path.join(folder, 'kill.lock')).asserted).toBe(false)
    expect(readLockFile(path.join(folder, 'missing', 'kill.lock')).asserted).toBe(false)
    expect(readLockFile(path.join(plain, 'kill.lock')).asserted).toBe(true)
  })

  it('K6: metadata of odd types neither stop nor change a halt', () => {
    expect(readLockFile(lock('{"reason": {"a": 1}, "actor": [], "text": 5}'))).toEqual({
      asserted: true,
      text: '5',
      who: null,
    })
  })
})
