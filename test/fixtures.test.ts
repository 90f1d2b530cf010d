import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const FOLDER = 'test/fixtures'
const readme = readFileSync(path.join(FOLDER, 'README.md'), 'utf8')
const rows = new Map(
  [...readme.matchAll(/^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$/gm)].map(([, file = '', sha256 = '']) => [
    file,
    sha256,
  ]),
)
const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(FOLDER, path.join(entry.parentPath, entry.name)))
  .filter((file) => file !== 'README.md' && !file.startsWith('LICENSES'))

describe('fixtures', () => {
  it('each has its row with origin and licence, and no row lacks its file', () => {
    expect(files.length).toBeGreaterThan(20)
    expect(files.filter((file) => !rows.has(file))).toEqual([])
    expect([...rows.keys()].filter((file) => !files.includes(file))).toEqual([])
  })

  it('each is the file that its row names, to the byte', () => {
    const different = files.filter((file) => {
      const sha256 = createHash('sha256')
        .update(readFileSync(path.join(FOLDER, file)))
        .digest('hex')
      return sha256 !== rows.get(file)
    })
    expect(different).toEqual([])
  })

  it('each licence that is linked is there', () => {
    const linked = [...readme.matchAll(/\]\((LICENSES\/[^)]+)\)/g)].map((match) => match[1] as string)
    expect(linked.length).toBeGreaterThan(0)
    expect(linked.filter((file) => !existsSync(path.join(FOLDER, file)))).toEqual([])
  })
})
