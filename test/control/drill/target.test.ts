import { createServer, type Server } from 'node:http'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DrillTarget } from '../../../src/control/drill/target.ts'
import { temporaryFolder } from '../support.ts'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

/** Target whose socket answers each route with a status and a document; `asked` is what was posted. */
async function targetThat(answers: Readonly<Record<string, readonly [number, object]>>) {
  const asked: object[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      if (text !== '') asked.push(JSON.parse(text) as object)
      const [status, body] = answers[request.url ?? ''] ?? [404, {}]
      response.writeHead(status)
      response.end(JSON.stringify(body))
    })
  })
  servers.push(server)
  const socket = path.join(temporaryFolder(), 'control.sock')
  await new Promise<void>((done) => server.listen(socket, done))
  return { target: new DrillTarget(socket), asked, socket }
}

describe('an engine as a drill sees it', () => {
  it('K11: one that cannot tell its status is not drilled', async () => {
    const { target, socket } = await targetThat({ '/ops/status': [503, { error: { code: 'STARTING' } }] })
    await expect(target.status()).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: `${socket}: /ops/status answers 503`,
    })
    await expect(target.halted()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' })
  })

  it('K11: a scope that the engine does not have stays as it is, and the refusal is told', async () => {
    const error = { code: 'UNKNOWN_SCOPE' }
    const words = [{ scope: 'all', generation: 9, open: true, reasons: [] }]
    const { target, asked } = await targetThat({
      '/ops/status': [200, { control: { words } }],
      '/ops/rearm': [404, { error }],
    })
    expect([await target.generation('all'), await target.generation('strategy:gone')]).toEqual([9, 0])
    await expect(target.rearm('strategy:gone', 0)).rejects.toMatchObject({
      code: 'DRILL_REARM',
      message: `strategy:gone stays halted: ${JSON.stringify(error)}`,
    })
    expect(asked).toMatchObject([{ scope: 'strategy:gone', generation: 0, actor: 'drill' }])
  })
})
