import { describe, expect, it } from 'vitest'
import { LiveEngine } from './live-engine.ts'
import { operate, recordsOf } from './operator.ts'

describe('a strategy whose worker has died', () => {
  it('K8: is not armed again in this run, and the refusal says what helps', async () => {
    const engine = await LiveEngine.prepare({ act: 'throw', at: 5, placement: 'worker' })
    const program = engine.start()
    await program.until(() =>
      recordsOf(engine.stateDir).some(
        ({ kind, data }) => kind === 'CONTROL' && data['scope'] === 'strategy:sma',
      )
        ? true
        : null,
    )
    const answer = await operate(engine.stateDir, 'rearm', '--scope', 'strategy:sma', '--reason', 'again')
    expect(answer.code).not.toBe(0)
    expect(answer.stderr).toContain('its worker has ended: start the engine again')
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
})
