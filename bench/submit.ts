/**
 * What a submission costs on the engine's main thread: `BinanceSpotVenue.submit` from call to return, the socket write
 * included, on the simulated venue in a process of its own; signed by HMAC and in an Ed25519 session, sparse (500 orders
 * a second) and hot (each as soon as the one before is answered). Beside it the parts: text, frame, and a bare
 * `socket.write` of as many bytes to an echo in another process. Usage: node bench/submit.ts [--json]
 */
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SystemClock } from '../src/core/clock.ts'
import { Histogram } from '../src/core/histogram.ts'
import { SeededRandom } from '../src/core/random.ts'
import { InstrumentTable } from '../src/domain/instrument.ts'
import type { OrderRequest } from '../src/domain/order.ts'
import type { ApprovedOrder } from '../src/domain/venue.ts'
import { BinanceSpotVenue } from '../src/venue/binance-spot/binance-spot-venue.ts'
import { FrameWriter, MaskPool, OPCODE } from '../src/venue/binance-spot/frame-writer.ts'
import { OrderText } from '../src/venue/binance-spot/order-text.ts'
import { RequestLimits } from '../src/venue/binance-spot/request-limits.ts'
import { type KeyType, Signer } from '../src/venue/binance-spot/signer.ts'

const ROOT = new URL('..', import.meta.url).pathname
const ORDERS = 4_000
const ORDERS_WARMUP = 2_000
const SPARSE_MS = 2
const TURNS_MAX = 100_000

interface Row {
  readonly what: string
  readonly p50_ns: number
  readonly p99_ns: number
  readonly p999_ns: number
  readonly max_ns: number
  readonly n: number
}

const clock = new SystemClock()
const table = new InstrumentTable()
const btc = table.add({ symbol: 'BTCUSDT', priceIncrement: '0.01', qtyIncrement: '0.00001' })
const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
const pair = generateKeyPairSync('ed25519')
const SECRETS: Readonly<Record<KeyType, string>> = {
  hmac: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
  ed25519: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}

function order(n: number): ApprovedOrder {
  return {
    clientOrderId: `tg-b1-1-${n.toString(36)}`,
    instrument: 0,
    strategy: 0,
    side: n % 2 === 0 ? 'buy' : 'sell',
    type: 'limit',
    timeInForce: 'IOC',
    qty: 1_000 + (n % 7),
    price: 6_183_700 + (n % 100),
    stopPrice: null,
    reducing: false,
  } as OrderRequest as ApprovedOrder
}

function row(what: string, histogram: Histogram): Row {
  const q = (share: number): number => histogram.quantile(share)
  return {
    what,
    p50_ns: q(0.5),
    p99_ns: q(0.99),
    p999_ns: q(0.999),
    max_ns: histogram.max,
    n: histogram.count,
  }
}

/** Times a part in batches, so that the clock's own cost does not count. */
function part(what: string, run: (n: number) => void): Row {
  const histogram = new Histogram()
  for (let n = 0; n < 200_000; n++) run(n)
  for (let batch = 0; batch < 2_000; batch++) {
    const from = clock.monoNs()
    for (let n = 0; n < 50; n++) run(batch * 50 + n)
    histogram.record((clock.monoNs() - from) / 50)
  }
  return row(what, histogram)
}

async function startVenue(keyType: KeyType): Promise<{ url: string; end: () => Promise<void> }> {
  const config = path.join(folder, 'venue.yaml')
  const example = readFileSync(path.join(ROOT, 'examples/sma-cross.yaml'), 'utf8').replaceAll(
    '../test',
    `${ROOT}test`,
  )
  writeFileSync(
    config,
    `${example}sim: {fill_model: top-of-book, api_key: {env: BENCH_KEY}, api_secret: {env: BENCH_SECRET}, cash: {USDT: "1000000000", BTC: "100000"}}\n`,
  )
  const secret =
    keyType === 'hmac' ? SECRETS.hmac : pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const child = spawn(
    process.execPath,
    [path.join(ROOT, 'src/main.ts'), 'venue', '--config', config, '--listen', '127.0.0.1:0', '--json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, BENCH_KEY: 'bench', BENCH_SECRET: secret },
    },
  )
  process.once('exit', () => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { rest_url: url } = JSON.parse(line.toString()) as { rest_url: string }
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url, end }
}

async function submitRows(keyType: KeyType): Promise<Row[]> {
  const { url, end } = await startVenue(keyType)
  const venue = new BinanceSpotVenue({
    id: 'sim',
    restUrl: url,
    wsApiUrl: `${url.replace('http', 'ws')}/ws-api/v3`,
    keyType,
    apiKey: { reveal: () => 'bench' },
    apiSecret: { reveal: () => SECRETS[keyType] },
    instruments: table,
    clock,
    random: new SeededRandom(1),
    limits: new RequestLimits(clock),
  })
  await venue.connect()
  let wake: () => void = () => {}
  let rejected = 0
  venue.onReport = (report): void => {
    if (report.kind === 'rejected') rejected++
    wake()
  }
  let next = 0
  const submit = async (histogram: Histogram | null): Promise<void> => {
    const request = order(next++)
    const answered = new Promise<void>((resolve) => {
      wake = resolve
    })
    // Events may overtake answers: where too many of these are still to come, they are waited for, and not timed.
    let from = clock.monoNs()
    let result = venue.submit(request)
    for (let turn = 0; result === 'BUSY' && turn < TURNS_MAX; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      from = clock.monoNs()
      result = venue.submit(request)
    }
    histogram?.record(clock.monoNs() - from)
    if (result !== 'sent') throw new Error(`submit: ${result}`)
    await answered
  }
  for (let n = 0; n < ORDERS_WARMUP; n++) await submit(null)
  const hot = new Histogram()
  for (let n = 0; n < ORDERS; n++) await submit(hot)
  const sparse = new Histogram()
  for (let n = 0; n < ORDERS / 4; n++) {
    await new Promise((resolve) => setTimeout(resolve, SPARSE_MS))
    await submit(sparse)
  }
  if (rejected > 0) throw new Error(`${rejected} orders were rejected`)
  await venue.close()
  await end()
  return [row(`submit, ${keyType}, hot`, hot), row(`submit, ${keyType}, sparse`, sparse)]
}

const ECHO = `require('net').createServer((peer) => peer.setNoDelay(true).on('data', () => peer.write('x')))
  .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

/** A bare write of one order's bytes to a process that answers: what the system call and the peer's waking cost. */
async function bareWrite(bytes: number): Promise<Row[]> {
  const child = spawn(process.execPath, ['-e', ECHO], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const socket = connect(Number(line.toString()), '127.0.0.1')
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const data = Buffer.alloc(bytes)
  const write = async (histogram: Histogram | null): Promise<void> => {
    const from = clock.monoNs()
    socket.write(data)
    histogram?.record(clock.monoNs() - from)
    await once(socket, 'data')
  }
  for (let n = 0; n < ORDERS_WARMUP; n++) await write(null)
  const hot = new Histogram()
  for (let n = 0; n < ORDERS; n++) await write(hot)
  const sparse = new Histogram()
  for (let n = 0; n < ORDERS / 4; n++) {
    await new Promise((resolve) => setTimeout(resolve, SPARSE_MS))
    await write(sparse)
  }
  socket.destroy()
  child.kill()
  await once(child, 'exit')
  return [row(`bare socket.write of ${bytes} bytes, hot`, hot), row('the same, sparse', sparse)]
}

const hmac = new OrderText(
  new Signer('hmac', { reveal: () => 'bench' }, { reveal: () => SECRETS.hmac }),
  5_000,
)
const session = new OrderText(
  new Signer('ed25519', { reveal: () => 'bench' }, { reveal: () => SECRETS.ed25519 }),
  5_000,
)
const writer = new FrameWriter(new MaskPool())
const text = hmac.place(1, order(1), btc, 1_723_161_254_000)
const rows = [
  part('order text signed by HMAC', (n) => {
    if (n % 50 === 0) hmac.prepare()
    return hmac.place(n, order(n), btc, 1_723_161_254_000)
  }),
  part('order text in a session', (n) => session.place(n, order(n), btc, 1_723_161_254_000)),
  part(`frame of ${text.length} bytes`, () => writer.frame(OPCODE.TEXT, text)),
  ...(await bareWrite(text.length + 8)),
  ...(await submitRows('hmac')),
  ...(await submitRows('ed25519')),
]
rmSync(folder, { recursive: true })
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
else
  for (const { what, p50_ns, p99_ns } of rows)
    process.stdout.write(`${what}: p50 ${p50_ns} ns, p99 ${p99_ns} ns\n`)
