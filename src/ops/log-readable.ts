const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}
const PLAIN = /^[\w.:/@+-]+$/

/** A JSON log line for people: `09:30:00.123Z INFO  message key=value …`. Text that is no JSON stays as it is. */
export function readableLine(line: string): string {
  let record: Record<string, unknown>
  try {
    record = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const { level, time, msg, err, ...fields } = record
  const clock = typeof time === 'string' ? time.slice(11) : ''
  const name = LEVEL_NAMES[level as number] ?? String(level)
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`)
  const stack = errorText(err)
  const head = [clock, name.padEnd(5), ...(typeof msg === 'string' ? [msg] : []), ...pairs].join(' ')
  return stack === '' ? head : `${head}\n${stack}`
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return PLAIN.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value) ?? 'undefined'
}

function errorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return ''
  const { stack, message } = err as { stack?: unknown; message?: unknown }
  const text = typeof stack === 'string' ? stack : typeof message === 'string' ? message : ''
  return text.replace(/^/gm, '    ')
}
