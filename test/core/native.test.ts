import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadNative, nativeStatus, openNative } from '../../src/core/native.ts'
import { skipWhere } from '../needs.ts'

const binding = loadNative({})
const MODULE = new URL('../../src/core/native.ts', import.meta.url).href

/** Runs TypeScript in a process of its own and gives its exit code, signal and output. */
function runAlone(body: string): {
  status: number | null
  signal: string | null
  stdout: string
  stderr: string
} {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-native-'))
  try {
    const file = join(folder, 'main.ts')
    writeFileSync(file, `import { loadNative } from '${MODULE}'\nconst native = loadNative({})!\n${body}`)
    return spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 200_000 })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('openNative', () => {
  it('says that a module is not built', () => {
    expect(openNative('/nowhere/tidegate.node')).toEqual({ binding: null, why: 'not built' })
  })

  it('refuses a file that is no module', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-native-'))
    const file = join(folder, 'broken.node')
    writeFileSync(file, 'not an ELF file')
    const { binding: opened, why } = openNative(file)
    rmSync(folder, { recursive: true })
    expect(opened).toBe(null)
    expect(why).toMatch(/broken\.node/)
  })

  it('refuses a module without the functions', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-native-'))
    const file = join(folder, 'other.cjs')
    writeFileSync(file, 'module.exports = { constants() {} }')
    const { binding: opened, why } = openNative(file)
    rmSync(folder, { recursive: true })
    expect(opened).toBe(null)
    expect(why).toBe('the module has no createDecoder')
  })

  it('is off by TIDEGATE_NATIVE=0, and says so', () => {
    expect(loadNative({ TIDEGATE_NATIVE: '0' })).toBe(null)
    expect(nativeStatus({ TIDEGATE_NATIVE: '0' })).toEqual({ live: false, why: 'off by TIDEGATE_NATIVE=0' })
  })
})

const MISSING = binding === null ? `needs the native module: ${nativeStatus({}).why}` : null

describe('the module', () => {
  skipWhere(MISSING)

  it('raises the generation with every reason, never to zero', () => {
    const words = new Int32Array(new SharedArrayBuffer(64))
    words[3] = 0xfffff000 | 0
    expect(binding?.raise(words, 3, 4)).toBe(0x1004)
    expect(binding?.raise(words, 3, 4)).toBe(0x2004)
    expect(words[3]).toBe(0x2004)
  })

  it('gives an error with a code for arguments that do not fit', () => {
    const words = new Int32Array(new SharedArrayBuffer(64))
    expect(() => binding?.raise(words, 16, 1)).toThrow(expect.objectContaining({ code: 'NATIVE_ARGUMENT' }))
    expect(() => binding?.raise(new Float64Array(4) as never, 0, 1)).toThrow(
      expect.objectContaining({ code: 'NATIVE_ARGUMENT' }),
    )
    expect(() => binding?.raise(words, -1, 1)).toThrow(expect.objectContaining({ code: 'NATIVE_ARGUMENT' }))
    expect(() => binding?.createDecoder(99, 0)).toThrow(expect.objectContaining({ code: 'NATIVE_ARGUMENT' }))
  })

  it('K7: SIGUSR2 halts while the main thread is blocked, and the handler before it still runs', () => {
    const { status, stdout } = runAlone(`
      import { spawn } from 'node:child_process'
      const words = new Int32Array(new SharedArrayBuffer(64))
      const record = new BigInt64Array(new SharedArrayBuffer(16))
      let calls = 0
      process.on('SIGUSR2', () => { calls += 1 })
      native.armSignalLatch(words, 5, 2, record)
      native.armSignalLatch(words, 5, 2, record)
      const armed = native.signalLatchArmed()
      spawn('sh', ['-c', 'kill -USR2 ' + process.pid])
      const until = Date.now() + 100_000
      while (Atomics.load(words, 5) === 0 && Date.now() < until);
      const blocked = [words[5], Number(record[0]), record[1]! > 0n, calls]
      while (calls === 0 && Date.now() < until) await new Promise((done) => setImmediate(done))
      console.log(JSON.stringify([armed, blocked, calls]))`)
    expect({ status, stdout: stdout.trim() }).toEqual({
      status: 0,
      stdout: JSON.stringify([true, [0x1002, 1, true, 0], 1]),
    })
  })

  it('K7: a latch whose handler was replaced says so, and arming again puts it right', () => {
    const { stdout } = runAlone(`
      const words = new Int32Array(new SharedArrayBuffer(64))
      native.armSignalLatch(words, 0, 2, new BigInt64Array(new SharedArrayBuffer(16)))
      process.on('SIGUSR2', () => {})
      const replaced = native.signalLatchArmed()
      native.armSignalLatch(words, 0, 2, new BigInt64Array(new SharedArrayBuffer(16)))
      console.log([replaced, native.signalLatchArmed()].join(' '))
      native.disarmSignalLatch()
      process.kill(process.pid, 'SIGUSR2')
      console.log([native.signalLatchArmed(), words[0]].join(' '))`)
    expect(stdout.trim().split('\n')).toEqual(['false true', 'false 0'])
  })

  it('K7: a worker that armed the latch and ended leaves a process that survives the signal', () => {
    const { status, stdout } = runAlone(`
      import { Worker } from 'node:worker_threads'
      const source = "import { parentPort } from 'node:worker_threads'; import { loadNative } from '${MODULE}'\\n" +
        "const native = loadNative({}); const words = new Int32Array(new SharedArrayBuffer(64))\\n" +
        "native.armSignalLatch(words, 0, 2, new BigInt64Array(new SharedArrayBuffer(16)))\\n" +
        "parentPort.postMessage(native.signalLatchArmed())"
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)))
      worker.on('message', (armed) => console.log('armed ' + armed))
      await new Promise((done) => worker.on('exit', done))
      process.kill(process.pid, 'SIGUSR2')
      console.log('alive ' + native.signalLatchArmed())`)
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: 'armed true\nalive false' })
  })

  it('S8: exitNow leaves at once, past exit handlers and a worker that never ends', () => {
    const { status, stdout } = runAlone(`
      import { Worker } from 'node:worker_threads'
      const worker = new Worker('for (;;);', { eval: true })
      await new Promise((done) => worker.on('online', done))
      process.on('exit', () => console.log('an exit handler ran'))
      native.exitNow(7)`)
    expect({ status, stdout }).toEqual({ status: 7, stdout: '' })
  })
})
