import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { zoneTime } from '../../src/core/market-times.ts'
import { Program, tempFolder } from '../process/program.ts'

const EXAMPLE = path.resolve('examples/strategies/sma-cross.ts')

/** A venue that is not there: the engine says so, in a line that names it. */
function configuration(folder: string): string {
  const file = path.join(folder, 'engine.yaml')
  writeFileSync(
    file,
    `node: {id: l1}
mode: paper
state_dir: ${path.join(folder, 'state')}
instruments:
  - {symbol: GOOG, venue: us, price_increment: "0.01", qty_increment: "1", calendar: NASDAQ}
venues:
  us: {kind: binance-spot, rest_url: "http://127.0.0.1:9", ws_url: "ws://127.0.0.1:9", api_key: {env: K}, api_secret: {env: K}}
strategies:
  - {id: s, file: ${EXAMPLE}, symbols: [GOOG], placement: inline, order: {sizing: {fixed: "1"}}}
`,
  )
  return file
}

describe('the log of a run', () => {
  it('R3: lines about a venue with sessions carry its local time, and every line US Central time', async () => {
    const folder = tempFolder()
    const engine = new Program(['run', '--config', configuration(folder)], { env: { K: 'k' } })
    await engine.says(/Z \(\d\d:\d\d Chicago, \d\d:\d\d exchange\) ERROR venue not connected .*venue=us/)
    engine.kill('SIGTERM')
    await engine.ended
    const lines = readFileSync(path.join(folder, 'state/logs/engine.log'), 'utf8').trimEnd().split('\n')
    const records = lines.map((line) => JSON.parse(line) as Record<string, string>)
    for (const { time = '', time_central } of records) {
      expect(time_central).toBe(zoneTime(Date.parse(time), 'America/Chicago'))
    }
    const { time = '', time_exchange } = records.find(({ venue }) => venue === 'us') ?? {}
    expect(time_exchange).toBe(zoneTime(Date.parse(time), 'America/New_York'))
  })
})
