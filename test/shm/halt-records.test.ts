import { describe, expect, it } from 'vitest'
import type { HaltRecord } from '../../src/domain/reasons.ts'
import { ControlPlane } from '../../src/shm/control-plane.ts'
import { HaltRecordWriter, readHaltRecord, readHaltRecords } from '../../src/shm/halt-records.ts'
import { runThread } from './threads.ts'

const RECORD: HaltRecord = {
  reason: 'KILL',
  code: 'OPERATOR',
  text: 'Fenster auf, Markt zu: “ßtop”',
  actor: 'ana',
  source: 'cli',
  scope: 'all',
  utcNs: '1723075200000000000',
  generation: 7,
}

describe('halt records', () => {
  it('K1: keep reason code, text, actor, time, source and scope, readable from another attachment', () => {
    const plane = ControlPlane.create()
    const writer = new HaltRecordWriter(plane, 'cli')
    expect(readHaltRecord(plane, 'cli')).toBeNull()
    writer.write(RECORD)
    writer.write({ ...RECORD, text: 'short', generation: 8 })
    expect(readHaltRecord(ControlPlane.attach(plane.memory), 'cli')).toEqual({
      ...RECORD,
      text: 'short',
      generation: 8,
    })
    new HaltRecordWriter(plane, 'worker-15').write(RECORD)
    expect(readHaltRecords(plane)).toHaveLength(2)
  })

  it('cut a text that does not fit, and nothing else', () => {
    const plane = ControlPlane.create()
    new HaltRecordWriter(plane, 'http').write({ ...RECORD, text: '☠'.repeat(5_000) })
    const read = readHaltRecord(plane, 'http') as HaltRecord
    expect(read.text.length).toBeGreaterThan(50)
    expect({ ...read, text: RECORD.text }).toEqual(RECORD)
  })

  it('P8: is read whole while another thread writes it again and again', async () => {
    const plane = ControlPlane.create()
    const count = 30_000
    const wanted = new Int32Array(new SharedArrayBuffer(4)).fill(100)
    let ended = false
    const writing = runThread<number>('./halt-record-thread.ts', { memory: plane.memory, count, wanted })
    const end = writing.finally(() => {
      ended = true
    })
    let wrong = 0
    let last = 0
    for (let over = false; !over; ) {
      over = ended
      for (let look = 0; look < 200; look++) {
        const record = readHaltRecord(plane, 'engine')
        if (record === null || record.generation === last) continue
        const n = record.generation
        const letter = String.fromCharCode(97 + (n % 26))
        const whole = record.actor === `${n}` && record.utcNs === `${n}` && record.source === letter
        if (!whole || n < last || record.text !== letter.repeat(n % 700)) wrong++
        last = n
        Atomics.sub(wanted, 0, 1)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(last).toBe(await end)
    expect(wrong).toBe(0)
  })

  it('P8: a source has one writer', () => {
    const plane = ControlPlane.create()
    new HaltRecordWriter(plane, 'file')
    expect(() => new HaltRecordWriter(plane, 'file')).toThrow(/writer already/)
    expect(() => new HaltRecordWriter(plane, 'worker-16')).toThrow(/no halt source/)
  })
})
