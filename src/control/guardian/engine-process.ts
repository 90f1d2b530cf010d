import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The process that holds a state directory's lock, told from a later one with the same number by its start time. */
export interface EngineProcess {
  readonly pid: number
  /** start time as the kernel counts it; null where the system does not tell */
  readonly started: string | null
}

/** Who holds the lock of a state directory; null: nobody, it has been given back. */
export function lockHolder(stateDir: string): EngineProcess | null {
  try {
    const { pid, started } = JSON.parse(readFileSync(path.join(stateDir, 'lock'), 'utf8')) as EngineProcess
    return Number.isInteger(pid) && pid > 0 ? { pid, started: started ?? null } : null
  } catch {
    return null
  }
}

/**
 * True when no thread of the process can run any more. A dead process that nobody has waited for is gone, unless a
 * thread of it is still on its way out and keeps its sockets open.
 */
export function isGone({ pid, started }: EngineProcess): boolean {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return !answersSignals(pid)
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (started !== null && fields[19] !== started) return true
  if (fields[0] !== 'Z' && fields[0] !== 'X') return false
  try {
    return readdirSync(`/proc/${pid}/task`).length <= 1
  } catch {
    return true
  }
}

/** For systems without /proc; a process that may not be signalled is there. */
function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Sends a signal to this very process. Null, or why not: `ESRCH` where it is gone, `EPERM` where it belongs to another user. */
export function signalEngine(engine: EngineProcess, signal: 'SIGUSR2' | 'SIGKILL'): string | null {
  if (isGone(engine)) return 'ESRCH'
  try {
    process.kill(engine.pid, signal)
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}
