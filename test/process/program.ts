import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach } from 'vitest'
import { coverageEnv } from '../child-coverage.ts'

const MAIN = path.resolve('src/main.ts')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  /** limit of a file's size, KiB: what is written beyond it fails with EFBIG, as on a full disk */
  readonly fileKiB?: number
  /** it has a standard input, which `endInput` ends */
  readonly input?: boolean
  /** another program than tidegate */
  readonly main?: string
}

const running = new Set<Program>()
const folders = new Set<string>()

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') for (const program of running) console.log(program.story)
  for (const program of running) program.kill('SIGKILL')
  await Promise.all([...running].map(({ ended }) => ended))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
})

/** A folder that is gone after the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-process-'))
  folders.add(folder)
  return folder
}

/** `tidegate ARGS…` as a process of its own, killed after the test where it still runs. */
export class Program {
  readonly #child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''
  #over = false
  #wake: (() => void)[] = []

  constructor(args: readonly string[], options: ProgramOptions = {}) {
    const command = [process.execPath, options.main ?? MAIN, ...args]
    const limited = ['bash', '-c', `ulimit -f ${options.fileKiB}; exec "$@"`, 'bash', ...command]
    const [file, ...words] = options.fileKiB === undefined ? command : limited
    this.#child = spawn(file as string, words, {
      stdio: [options.input === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', ...coverageEnv(), ...options.env },
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString()
      this.#changed()
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString()
      this.#changed()
    })
    running.add(this)
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        running.delete(this)
        this.#over = true
        this.#changed()
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr })
      })
    })
  }

  /** What it was started as and said: for a test that failed while it was still running. */
  get story(): string {
    return `still running: ${this.#child.spawnargs.join(' ')}\n${this.stdout}\n${this.stderr}`
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get over(): boolean {
    return this.#over
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  writeInput(text: string): void {
    this.#child.stdin?.write(text)
  }

  endInput(): void {
    this.#child.stdin?.end()
  }

  /** Resolves when the program has written that. @throws when it ends before */
  async says(text: string | RegExp, where: 'stdout' | 'stderr' = 'stderr'): Promise<void> {
    const found = (): boolean =>
      typeof text === 'string' ? this[where].includes(text) : text.test(this[where])
    while (!found()) {
      if (this.#over) throw new Error(`ended without ${String(text)}: ${this.stdout}${this.stderr}`)
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  /** Asks until the answer is there. @throws when the program ends before */
  until<T>(ask: () => Promise<T | null> | T | null): Promise<T> {
    return eventually(async () => {
      const over = this.#over
      const answer = await ask()
      if (answer === null && over) throw new Error(`ended too early: ${this.stdout}${this.stderr}`)
      return answer
    })
  }

  #changed(): void {
    for (const resolve of this.#wake.splice(0)) resolve()
  }
}

/** Runs `tidegate ARGS…` to its end. */
export function tidegate(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  return new Program(args, options).ended
}

/** Asks until the answer is there; for what another process tells only when it is asked. */
async function eventually<T>(ask: () => Promise<T | null> | T | null): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
