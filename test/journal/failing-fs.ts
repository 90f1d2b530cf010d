import { nodeFs, type WriterFs } from '../../src/journal/segment-writer.ts'

/** The real file calls, counted, with one that fails: the n-th call of `on` throws `code`. */
export class FailingFs implements WriterFs {
  readonly calls: string[] = []
  readonly #on: string
  readonly #code: string
  #left: number

  constructor(on = '', nth = 1, code = 'EIO') {
    this.#on = on
    this.#left = nth
    this.#code = code
  }

  open(path: string): number {
    this.#call('open')
    return nodeFs.open(path)
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    this.#call('write')
    return nodeFs.write(fd, bytes, offset, length)
  }

  sync(fd: number): void {
    this.#call('sync')
    nodeFs.sync(fd)
  }

  close(fd: number): void {
    nodeFs.close(fd)
    this.#call('close')
  }

  syncDir(dir: string): void {
    this.#call('syncDir')
    nodeFs.syncDir(dir)
  }

  #call(name: string): void {
    this.calls.push(name)
    if (name !== this.#on) return
    this.#left -= 1
    if (this.#left === 0) throw Object.assign(new Error(`${this.#code}: injected`), { code: this.#code })
  }
}

/** Writes at most `max` bytes a call, as a signal or a nearly full disk can make it. */
export class ShortWriteFs extends FailingFs {
  readonly #max: number

  constructor(max: number) {
    super()
    this.#max = max
  }

  override write(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    return super.write(fd, bytes, offset, Math.min(length, this.#max))
  }
}
