import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { WebSocket } from 'ws'
import { FrameWriter, MaskPool, OPCODE } from '../../src/venue/binance-spot/frame-writer.ts'
import { openWebSocket } from '../../src/venue/binance-spot/handshake.ts'

/** Bytes of the journal's line of an order. */
const LINE_BYTES = 2_048
/** Bytes of the text of an order in a session: what the engine's orders have. */
const ORDER_TEXT_BYTES = 230
/** Place of the stream's first letter in `{"stream":"btcusdt@trade"`. */
const STREAM_KIND_AT = 19
const LETTER_T = 0x74

/** A client that does nothing but answer. */
export interface Echo {
  /** from the socket's `data` event to the return of the write, ns, by echo; every second one has written a line before */
  readonly tookNs: readonly number[]
  close(): void
}

export interface EchoOptions {
  readonly url: string
  /** where its lines go */
  readonly folder: string
  readonly nowNs: () => number
  /** when the last `data` event of any socket came */
  readonly dataNs: () => number
}

/**
 * The bare echo: a `ws` client on the venue's streams that writes one frame of an order's size for each trade, by one
 * `socket.write`, on a connection of its own. Nothing is decoded, judged or recorded; but every second time it writes a line
 * of a record's size to a file before, which are the two system calls that no engine with a journal does without.
 */
export async function openEcho({ url, folder, nowNs, dataNs }: EchoOptions): Promise<Echo> {
  const { socket } = await openWebSocket(`${url}/orders`, 3_000, AbortSignal.timeout(5_000))
  socket.resume()
  const frame = Buffer.from(new FrameWriter(new MaskPool()).frame(OPCODE.TEXT, 'x'.repeat(ORDER_TEXT_BYTES)))
  const line = Buffer.alloc(LINE_BYTES, 'x')
  const file = openSync(path.join(folder, 'echo.txt'), 'a')
  const feed = new WebSocket(`${url}/stream`, { perMessageDeflate: false, skipUTF8Validation: true })
  const tookNs: number[] = []
  feed.on('message', (data) => {
    if ((data as Buffer)[STREAM_KIND_AT] !== LETTER_T) return
    const startNs = dataNs()
    if (tookNs.length % 2 === 1) writeSync(file, line)
    socket.write(frame)
    tookNs.push(nowNs() - startNs)
  })
  await once(feed, 'open')
  return {
    tookNs,
    close: () => {
      feed.terminate()
      socket.destroy()
      closeSync(file)
    },
  }
}
