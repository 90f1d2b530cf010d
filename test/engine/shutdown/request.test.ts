import { afterEach, describe, expect, it } from 'vitest'
import { ShutdownRequest } from '../../../src/engine/shutdown-request.ts'
import { cleanUp, Rig, settle } from './rig.ts'

afterEach(cleanUp)

function requestOf(rig: Rig): ShutdownRequest {
  return new ShutdownRequest(rig.assembly.halts, rig.assembly.desk.guard)
}

describe('requestShutdown', () => {
  it('S2: no submission starts after it returns, also of an intent that was born before', async () => {
    const rig = await Rig.open()
    expect(rig.decide()).not.toBe(null)
    const before = rig.intent()
    requestOf(rig).requestShutdown('SIGTERM')
    expect(rig.run(before)).toBe(null)
    expect(rig.decide()).toBe(null)
    expect(rig.venue.submits).toHaveLength(1)
    const { blocked_gate2, denied } = rig.assembly.desk.counters.ordersDocument()
    expect(blocked_gate2 + Object.values(denied).reduce((sum, count) => sum + count, 0)).toBe(2)
  })

  it('S1: asked twice it is one halt, with the first reason', async () => {
    const rig = await Rig.open()
    const request = requestOf(rig)
    expect(request.requested).toBe(false)
    request.requestShutdown('SIGTERM')
    const word = rig.plane.all.load()
    request.requestShutdown('another')
    expect([request.requested, rig.plane.all.load()]).toEqual([true, word])
    const causes = rig.assembly.halts.causes().filter(({ reason }) => reason === 'SHUTDOWN')
    expect(causes.map(({ text }) => text)).toEqual(['SIGTERM'])
  })
})

describe('waitForInflightZero', () => {
  it('S2: resolves when the last outcome is known', async () => {
    const rig = await Rig.open()
    rig.venue.faults.latencyMs = 300
    rig.sent()
    const startMs = performance.now()
    expect(await settle(requestOf(rig).waitForInflightZero(8_000))).toBe(true)
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(300)
    expect(performance.now() - startMs).toBeLessThan(320)
  })

  it('S2: gives up at its limit, or when it is told to', async () => {
    const rig = await Rig.open()
    rig.venue.faults.submit = 'lost'
    rig.sent()
    const startMs = performance.now()
    expect(await settle(requestOf(rig).waitForInflightZero(500))).toBe(false)
    expect(performance.now() - startMs).toBe(500)
    expect(await settle(requestOf(rig).waitForInflightZero(500, AbortSignal.abort()))).toBe(false)
    expect(performance.now() - startMs).toBe(500)
  })

  it('S2: nothing in flight costs no time', async () => {
    const rig = await Rig.open()
    expect(await requestOf(rig).waitForInflightZero(0)).toBe(true)
  })
})
