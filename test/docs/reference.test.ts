import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

describe('docs/reference', () => {
  it('A1: the generated pages are those of this code', () => {
    const { stdout, status } = spawnSync(process.execPath, ['scripts/generate-docs.ts', '--check'], {
      encoding: 'utf8',
    })
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
  })
})
