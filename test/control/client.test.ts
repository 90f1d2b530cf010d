import { createServer, type Server } from 'node:http'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { controlRequest } from '../../src/control/client.ts'
import { socketAddress } from '../../src/control/socket-address.ts'
import { temporaryFolder } from './support.ts'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

async function answering(text: string, status = 200): Promise<string> {
  const socket = path.join(temporaryFolder(), 'control.sock')
  const server = createServer((request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(request.url === '/large' ? Buffer.alloc(17 * 1024 * 1024, ' ') : text)
  })
  servers.push(server)
  const address = socketAddress(socket)
  await new Promise<void>((done) => server.listen(address.path, done))
  address.release()
  return socket
}

describe('a request to an engine', () => {
  it('A4: gives status and body as the engine told them', async () => {
    const socket = await answering('{"a":1}', 409)
    expect(await controlRequest(socket, 'POST', '/ops/rearm', {})).toEqual({ status: 409, body: { a: 1 } })
  })

  it.each([
    ['no engine is running there', () => path.join(temporaryFolder(), 'none.sock')],
    ['connect ENOTDIR', () => '/dev/null/control.sock'],
  ])('A4: says why nothing answered: %s', async (why, socket) => {
    await expect(controlRequest(socket(), 'GET', '/ops/status')).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: expect.stringContaining(why),
    })
  })

  it('A4: an answer without end, and one that is no JSON, are errors and no memory', async () => {
    const socket = await answering('<html>')
    await expect(controlRequest(socket, 'GET', '/large')).rejects.toMatchObject({
      message: expect.stringContaining('the answer is too large'),
    })
    await expect(controlRequest(socket, 'GET', '/ops/status')).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
    })
  })
})
