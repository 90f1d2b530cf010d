import { readdirSync } from 'node:fs'
import { Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OwnEngine } from '../../../src/control/drill/own-engine.ts'
import { temporaryFolder } from '../support.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Where engines of the drill keep their files during a test. */
function ownTemporaryFolder(): string {
  const folder = temporaryFolder()
  vi.stubEnv('TMPDIR', folder)
  return folder
}

/** Neither a process nor a file of an engine is there any more. */
async function nothingIsLeft(folder: string): Promise<void> {
  expect(readdirSync(folder)).toEqual([])
  await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap'), 10_000)
}

describe('an engine of the drill', () => {
  it('K11: one that does not come up says why, and leaves neither process nor file', async () => {
    const folder = ownTemporaryFolder()
    await expect(
      OwnEngine.start({ stallMs: 60_000, env: { TIDEGATE_MODE: 'sometimes' } }),
    ).rejects.toMatchObject({
      code: 'DRILL_ENGINE',
      message: expect.stringMatching(/^the engine did not come up: .*mode/s),
    })
    await nothingIsLeft(folder)
  })

  it('K11: a port that another program takes before the engine does is another program’s: it starts on the next', async () => {
    const folder = ownTemporaryFolder()
    // Says that it has ended, and keeps its port.
    const close = vi.spyOn(Server.prototype, 'close').mockImplementationOnce(function (this: Server) {
      setImmediate(() => this.emit('close'))
      return this
    })
    const engine = await OwnEngine.start({ stallMs: 60_000, arms: false, env: { KILL_SWITCH: 'yes' } })
    const [taken] = close.mock.contexts as Server[]
    vi.restoreAllMocks()
    try {
      expect(taken).toMatchObject({ listening: true })
      expect(await engine.target.halted()).toContain('all KILL')
    } finally {
      await engine.close()
      taken?.close()
    }
    await nothingIsLeft(folder)
  })

  it('K11: a strategy that does nothing of what it is told is no proof of a kill', async () => {
    const folder = ownTemporaryFolder()
    const engine = await OwnEngine.start({ stallMs: 60_000, arms: false, env: { KILL_SWITCH: 'yes' } })
    try {
      engine.command('kill')
      await expect(engine.mark('triggered', 100)).rejects.toMatchObject({
        code: 'DRILL_ENGINE',
        message: 'the engine of the drill left no "triggered"',
      })
      expect(await engine.orderTimes()).toEqual([])
    } finally {
      await engine.close()
    }
    await nothingIsLeft(folder)
  })
})
