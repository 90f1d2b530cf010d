import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../src/ops/log.ts'
import { LogFiles } from '../../src/ops/log-files.ts'
import { readableLine } from '../../src/ops/log-readable.ts'
import { redactLine } from '../../src/ops/log-redact.ts'

const freshFolder = (): string => mkdtempSync(path.join(tmpdir(), 'tidegate-log-'))

/** All lines of a folder's log, oldest file first. */
function linesOf(directory: string): string[] {
  const files = readdirSync(directory).sort((a, b) => age(b) - age(a))
  return files.flatMap((file) => readFileSync(path.join(directory, file), 'utf8').trimEnd().split('\n'))
}

function runProgram(directory: string, count: number, end: string): Promise<[number | null, string]> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.resolve('test/ops/log-program.ts'), directory, String(count), end],
      { maxBuffer: 64 << 20 },
      (_error, _stdout, stderr) => resolve([child.exitCode, stderr]),
    )
  })
}

const age = (file: string): number => Number(/\.(\d+)\.log$/.exec(file)?.[1] ?? 0)

describe('createLogger', () => {
  it('A2: one JSON line an event, with the base fields, and the error with its stack', async () => {
    const directory = freshFolder()
    const logger = createLogger({
      level: 'info',
      files: { directory, bytesMax: 1 << 20, kept: 2 },
      terminal: false,
      base: { node: 'a1' },
    })
    logger.log.debug({}, 'below the level')
    logger.log.info({ symbol: 'BTCUSDT', qty: 3 }, 'order sent')
    logger.log.error({ err: new Error('refused') }, 'venue')
    await logger.flush()
    const lines = linesOf(directory).map((line) => JSON.parse(line))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ level: 30, node: 'a1', symbol: 'BTCUSDT', qty: 3, msg: 'order sent' })
    expect(lines[0].time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(lines[1].err).toMatchObject({ message: 'refused', stack: expect.stringContaining('log.test.ts') })
    await logger.close()
    await logger.close()
  })

  it.each([
    ['close', 0],
    ['exit', 3],
    ['throw', 1],
  ])(
    'S10: no line is lost or doubled, in file or terminal, when the process ends by %s',
    async (end, code) => {
      const directory = freshFolder()
      const count = 20_000
      const [exitCode, stderr] = await runProgram(directory, count, end)
      expect(exitCode).toBe(code)
      const expected = Array.from({ length: count }, (_, index) => index)
      expect(linesOf(directory).map((line) => JSON.parse(line).index)).toEqual(expected)
      expect([...stderr.matchAll(/ line node=a1 index=(\d+)/g)].map((match) => Number(match[1]))).toEqual(
        expected,
      )
    },
  )

  it('A2: a full disk costs lines of the file, says so once, and nothing else', async () => {
    const directory = freshFolder()
    symlinkSync('/dev/full', path.join(directory, 'engine.log'))
    const [exitCode, stderr] = await runProgram(directory, 5_000, 'close')
    expect(exitCode).toBe(0)
    expect(stderr.match(/log file cannot be written: ENOSPC/g)).toHaveLength(1)
    expect(stderr.match(/ line node=a1/g)).toHaveLength(5_000)
  })

  it('without file and terminal there is no worker, and nothing is written', async () => {
    const logger = createLogger({ level: 'info', files: null, terminal: false, base: {} })
    logger.log.error({}, 'nobody reads this')
    await logger.close()
  })
})

describe('redactLine', () => {
  it.each([
    ['{"api_key":"abc","qty":"1"}', '{"api_key":"[redacted]","qty":"1"}'],
    ['{"venue":{"apiSecret":"a\\"b\\\\","id":"x"}}', '{"venue":{"apiSecret":"[redacted]","id":"x"}}'],
    ['{"headers":{"Authorization":"Bearer abcdefgh"}}', '{"headers":{"Authorization":"[redacted]"}}'],
    [
      '{"url":"https://v/order?qty=1&signature=af01&x=2"}',
      '{"url":"https://v/order?qty=1&signature=[redacted]&x=2"}',
    ],
    [
      '{"msg":"sent {\\"apiKey\\":\\"abc\\",\\"qty\\":1}"}',
      '{"msg":"sent {\\"apiKey\\":\\"[redacted]\\",\\"qty\\":1}"}',
    ],
    ['{"msg":"got Bearer abcdefgh.ijkl"}', '{"msg":"got Bearer [redacted]"}'],
    [
      '{"secret":{"env":"KEY"},"msg":"token bucket empty"}',
      '{"secret":{"env":"KEY"},"msg":"token bucket empty"}',
    ],
  ])('A2: %s', (line, expected) => {
    expect(redactLine(line)).toBe(expected)
  })
})

describe('readableLine', () => {
  it('shows time, level, message and fields, and an error’s stack below', () => {
    const line = JSON.stringify({
      level: 40,
      time: '2024-08-08T23:54:13.123Z',
      symbol: 'BTCUSDT',
      text: 'two words',
      err: { message: 'refused', stack: 'Error: refused\n at x' },
      msg: 'denied',
    })
    expect(readableLine(line)).toBe(
      '23:54:13.123Z WARN  denied symbol=BTCUSDT text="two words"\n    Error: refused\n     at x',
    )
    expect(readableLine('no json')).toBe('no json')
  })
})

describe('LogFiles', () => {
  it('A2: rotates by size and keeps as many files as it was told', () => {
    const directory = freshFolder()
    const files = new LogFiles({ directory, bytesMax: 20, kept: 2 })
    for (let index = 0; index < 8; index += 1) files.write(`line ${index}\n`)
    files.close()
    expect(readdirSync(directory).sort()).toEqual(['engine.1.log', 'engine.2.log', 'engine.log'])
    expect(linesOf(directory)).toEqual(['line 2', 'line 3', 'line 4', 'line 5', 'line 6', 'line 7'])
  })

  it('goes on in the file that is there', () => {
    const directory = freshFolder()
    writeFileSync(path.join(directory, 'engine.log'), 'before\n')
    const files = new LogFiles({ directory, bytesMax: 1_000, kept: 1 })
    files.write('after\n')
    files.close()
    expect(linesOf(directory)).toEqual(['before', 'after'])
  })
})
