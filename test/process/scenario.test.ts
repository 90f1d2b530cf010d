import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tempFolder, tidegate } from './program.ts'

const NORMAL = { name: 'normal', ticks: 10, orders: 10, blocked: 0, block_rate: 0, passed: true }
const KILL_MID = { name: 'kill-mid', ticks: 15, orders: 4, blocked: 11, block_rate: 1, passed: true }
const KILL_FIRST = { name: 'kill-first', ticks: 5, orders: 0, blocked: 5, block_rate: 1, passed: true }

describe('tidegate scenario', () => {
  it('K3: 10 ticks give 10 orders; a kill at tick 5 of 15 lets 4 through; one at tick 1 of 5 lets none', async () => {
    const TMPDIR = tempFolder()
    const { code, stdout, stderr } = await tidegate(['scenario', '--json'], { env: { TMPDIR } })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([NORMAL, KILL_MID, KILL_FIRST])
    expect(code).toBe(0)
    expect(readdirSync(TMPDIR)).toEqual([])
  })

  it.each([NORMAL, KILL_MID, KILL_FIRST])('K3: runs $name alone', async (expected) => {
    const { code, stdout } = await tidegate(['scenario', expected.name, '--json'])
    expect(JSON.parse(stdout)).toEqual([expected])
    expect(code).toBe(0)
  })

  it('K3: says in words what passed', async () => {
    const { code, stdout } = await tidegate(['scenario', 'kill-mid'])
    expect(stdout).toBe('passed  kill-mid: 15 ticks, 4 orders, 11 blocked (100 %)\n')
    expect(code).toBe(0)
  })

  it.each([
    [['scenario', 'kill-last'], 'normal|kill-mid|kill-first'],
    [['scenario', 'normal', 'kill-mid'], '"kill-mid"'],
    [['scenario', '--speed', '2'], '--speed'],
  ])('A1: %j is a usage error', async (args, text) => {
    const { code, stdout, stderr } = await tidegate(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(text)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})
