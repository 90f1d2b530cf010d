import type { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import {
  FrameWriter,
  MASK_POOL_SIZE,
  MaskPool,
  OPCODE,
} from '../../../src/venue/binance-spot/frame-writer.ts'
import type { FrameReceiver } from '../../../src/venue/binance-spot/receiver.ts'

const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => FrameReceiver }

/** What a server's parser makes of the bytes. */
function parsed(...frames: readonly Buffer[]): { text: string[]; control: string[] } {
  const receiver = new Receiver({ isServer: true })
  const got: { text: string[]; control: string[] } = { text: [], control: [] }
  receiver.on('message', (data, binary) => {
    expect(binary).toBe(false)
    got.text.push(data.toString())
  })
  receiver.on('ping', (data) => got.control.push(`ping ${data.toString('hex')}`))
  receiver.on('pong', (data) => got.control.push(`pong ${data.toString('hex')}`))
  receiver.on('error', (error) => {
    throw error
  })
  for (const frame of frames) receiver.write(Buffer.from(frame))
  return got
}

describe('FrameWriter', () => {
  it.each([0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 4_000, 65_534, 65_535, 65_536, 65_537, 200_000])(
    'F2: a frame of %i bytes is read back by another parser',
    (length) => {
      const text = 'a~Z{"'.repeat(Math.ceil(length / 5)).slice(0, length)
      expect(parsed(new FrameWriter(new MaskPool()).frame(OPCODE.TEXT, text)).text).toEqual([text])
    },
  )

  it('F2: any texts, one after another through one writer, are read back', () => {
    const writer = new FrameWriter(new MaskPool(), 64)
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { maxLength: 10 }), (texts) => {
        const frames = texts.map((text) => Buffer.from(writer.frame(OPCODE.TEXT, text)))
        expect(parsed(...frames).text).toEqual(texts)
      }),
      { numRuns: 300 },
    )
  })

  it('F2: control frames keep their payload to the byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 125 }), (payload) => {
        const writer = new FrameWriter(new MaskPool())
        const hex = Buffer.from(payload).toString('hex')
        expect(
          parsed(writer.control(OPCODE.PONG, payload), writer.control(OPCODE.PING, payload)).control,
        ).toEqual([`pong ${hex}`, `ping ${hex}`])
      }),
    )
  })

  it('F2: every frame has another mask, also beyond the pool, which counts that it was late', () => {
    const masks = new MaskPool()
    const seen = new Set<number>()
    for (let n = 0; n < MASK_POOL_SIZE; n++) seen.add(masks.take())
    expect(seen.size).toBeGreaterThan(MASK_POOL_SIZE - 8)
    expect(masks.lateRefills).toBe(0)
    expect(parsed(new FrameWriter(masks).frame(OPCODE.TEXT, 'x')).text).toEqual(['x'])
    expect(masks.lateRefills).toBe(1)
    for (let n = 0; n < MASK_POOL_SIZE / 2; n++) masks.take()
    masks.refill()
    for (let n = 0; n < MASK_POOL_SIZE; n++) masks.take()
    expect(masks.lateRefills).toBe(1)
  })

  it('F2: writes nothing while the socket still has bytes to write', () => {
    const written: Buffer[] = []
    const socket = { writableLength: 0, write: (frame: Buffer) => written.push(frame) }
    const writer = new FrameWriter(new MaskPool())
    expect(writer.write(socket as unknown as Socket, OPCODE.TEXT, 'one')).toBe(true)
    socket.writableLength = 1
    expect(writer.write(socket as unknown as Socket, OPCODE.TEXT, 'two')).toBe(false)
    expect(written).toHaveLength(1)
  })
})
