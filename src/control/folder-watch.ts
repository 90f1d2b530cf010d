import { type FSWatcher, statSync, watch } from 'node:fs'

/**
 * Tells of changes in a folder by inotify (`fs.watch`), for files that appear, go, or are swapped under a name: a
 * Kubernetes ConfigMap swaps the symlink `..data` in the folder of its mount. The folder may come later or be replaced;
 * `renew`, called with every poll, watches what is there now. A poll finds what this misses.
 */
export class FolderWatch {
  readonly #folder: string
  readonly #onChange: () => void
  #watcher: FSWatcher | null = null
  #inode: bigint | null = null
  #due: NodeJS.Immediate | undefined

  /** @param onChange called once for all changes of one turn; must not throw */
  constructor(folder: string, onChange: () => void) {
    this.#folder = folder
    this.#onChange = onChange
    this.renew()
  }

  /** False: nothing tells of changes now, only polls do. */
  get live(): boolean {
    return this.#watcher !== null
  }

  /** Watches the folder that is there now. */
  renew(): void {
    const inode = inodeOf(this.#folder)
    if (inode === this.#inode && (this.#watcher !== null || inode === null)) return
    this.#end()
    if (inode === null) return
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => this.#changed())
      this.#watcher.on('error', () => this.#end())
      this.#inode = inode
    } catch {
      // No inotify watch is left, or the folder went: the poll looks, and the next one tries again.
      this.#end()
    }
  }

  close(): void {
    this.#end()
  }

  #changed(): void {
    this.#due ??= setImmediate(() => {
      this.#due = undefined
      this.#onChange()
    })
  }

  #end(): void {
    clearImmediate(this.#due)
    this.#due = undefined
    this.#watcher?.close()
    this.#watcher = null
    this.#inode = null
  }
}

function inodeOf(folder: string): bigint | null {
  try {
    const { ino, dev } = statSync(folder, { bigint: true })
    return (dev << 64n) | ino
  } catch {
    return null
  }
}
