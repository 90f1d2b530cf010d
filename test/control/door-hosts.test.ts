import { hash } from 'node:crypto'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { SOCKET_ALONE } from '../../src/control/control-host.ts'
import { INLINE, openPlane, type Running, startControl, temporaryFolder } from './support.ts'

const TOKEN = 'x'.repeat(40)
const tokens = [{ id: 'ada', role: 'viewer', sha256: hash('sha256', TOKEN, 'hex') }] as const

const running: Running[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.host.close()))
})

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1')

async function listening(host: string): Promise<number> {
  const door = { ...SOCKET_ALONE, listen: { host, port: 0 }, tokens } as never
  const started = await startControl(openPlane(), temporaryFolder(), { ...INLINE, door })
  running.push(started)
  return started.host.port as number
}

/** The status of a request that names `host`. */
function named(address: string, port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path: '/healthz', agent: false, headers: { host } })
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('the names of a door', () => {
  it('A8: localhost answers to its own name alone', async () => {
    const port = await listening('localhost')
    expect(await named('localhost', port, `LOCALHOST:${port}`)).toBe(200)
    expect(await named('localhost', port, `127.0.0.1:${port}`)).toBe(421)
  })

  it('A8: an IPv6 address answers to itself in brackets, and to localhost', async ({ skip }) => {
    skip(!hasIpv6, 'needs ::1')
    const port = await listening('::1')
    expect(await named('::1', port, `[::1]:${port}`)).toBe(200)
    expect(await named('::1', port, `localhost:${port}`)).toBe(200)
    expect(await named('::1', port, `[::2]:${port}`)).toBe(421)
  })
})
