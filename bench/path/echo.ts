import { once } from 'node:events'
import { WebSocket } from 'ws'
import { FrameWriter, MaskPool, OPCODE } from '../../src/venue/binance-spot/frame-writer.ts'
import { openWebSocket } from '../../src/venue/binance-spot/handshake.ts'

/** Bytes of the text of an order in a session: what the engine's orders have. */
const ORDER_TEXT_BYTES = 230
/** Place of the stream's first letter in `{"stream":"btcusdt@trade"`. */
const STREAM_KIND_AT = 19
const LETTER_T = 0x74

/** A client that does nothing but answer. */
export interface Echo {
  readonly written: () => number
  close(): void
}

/**
 * The bare echo: a `ws` client on the venue's streams that writes one frame of an order's size for each trade, by one
 * `socket.write`, on a connection of its own. Nothing is decoded, judged or recorded.
 */
export async function openEcho(url: string): Promise<Echo> {
  const { socket } = await openWebSocket(`${url}/orders`, 3_000, AbortSignal.timeout(5_000))
  socket.resume()
  const frame = Buffer.from(new FrameWriter(new MaskPool()).frame(OPCODE.TEXT, 'x'.repeat(ORDER_TEXT_BYTES)))
  const feed = new WebSocket(`${url}/stream`, { perMessageDeflate: false, skipUTF8Validation: true })
  let written = 0
  feed.on('message', (data) => {
    if ((data as Buffer)[STREAM_KIND_AT] !== LETTER_T) return
    socket.write(frame)
    written++
  })
  await once(feed, 'open')
  return {
    written: () => written,
    close: () => {
      feed.terminate()
      socket.destroy()
    },
  }
}
