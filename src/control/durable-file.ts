import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

/** Syncs a folder, so that a name made or removed in it survives a power loss. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/**
 * Replaces a small file as a whole: a new file beside it is written and synced, then renamed over it, then the folder
 * is synced. A reader sees the old content or the new one, also after a crash or power loss.
 *
 * @param sync false: it survives a crash of the process only
 */
export function replaceFile(file: string, text: string, mode: number, sync = true): void {
  const temporary = `${file}.new`
  const handle = openSync(temporary, 'w', mode)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
    if (sync) fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(temporary, file)
  if (sync) syncFolder(path.dirname(file))
}

/** Removes a file for good; one that is not there is no error. */
export function removeFile(file: string, sync = true): void {
  rmSync(file, { force: true })
  if (sync) syncFolder(path.dirname(file))
}
