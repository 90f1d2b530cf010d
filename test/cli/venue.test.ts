import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { Peer, rest } from '../venue/sim-server/rig.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const CONFIG = new URL('../../examples/sma-cross.yaml', import.meta.url).pathname

let child: ChildProcess
let stderr = ''
afterEach(() => child.kill('SIGKILL'))

function start(...args: string[]): ChildProcess {
  stderr = ''
  child = spawn(process.execPath, [MAIN, 'venue', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return child
}

async function listening(): Promise<{ rest_url: string; ws_url: string; symbols: string[] }> {
  let text = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString()
    if (text.includes('\n')) break
  }
  return JSON.parse(text) as { rest_url: string; ws_url: string; symbols: string[] }
}

describe('tidegate venue', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'F9: says where it listens, serves, and ends cleanly on %s',
    async (signal) => {
      start('--config', CONFIG, '--listen', '127.0.0.1:0', '--speed', '50', '--json')
      const { rest_url, ws_url, symbols } = await listening()
      expect(symbols).toEqual(['BTCUSDT'])
      expect((await rest(rest_url, 'GET', '/api/v3/ping', {}, false)).body).toEqual({})
      const peer = await new Peer(`${ws_url}/stream?streams=btcusdt@trade`).open()
      expect(await peer.find<{ stream?: string }>(() => true)).toMatchObject({ stream: 'btcusdt@trade' })
      child.kill(signal)
      const [code] = (await once(child, 'close')) as [number]
      expect(code).toBe(0)
      expect(stderr).toContain(`ended by ${signal}`)
    },
  )

  it.each([
    [['--config', CONFIG, '--listen', '0.0.0.0:0'], 3, 'not a loopback'],
    [['--config', CONFIG, '--speed', 'fast'], 2, 'not max or a number'],
    [['--config', CONFIG, '--data', '/nonexistent.gz'], 4, '/nonexistent.gz'],
    [['--config', '/nonexistent.yaml'], 3, '/nonexistent.yaml'],
    [[], 2, '--config FILE is missing'],
  ])('F9: %j is refused with exit code %i', async (args, exitCode, text) => {
    start(...args)
    const [code] = (await once(child, 'close')) as [number]
    expect([code, stderr]).toEqual([exitCode, expect.stringContaining(text) as string])
  })
})
