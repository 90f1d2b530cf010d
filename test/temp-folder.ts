import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** One folder for whatever the tests put into the system's temporary one, gone after the last of them. */
export default function setup(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-test-'))
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
