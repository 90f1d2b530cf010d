const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}
const PLAIN = /^[\w.:/@+-]+$/

/**
 * A JSON log line for people: `14:30:00.123Z (08:30 Chicago, 09:30 exchange) INFO  message key=value …`. Text that is no
 * JSON stays as it is.
 */
export function readableLine(line: string): string {
  let record: Record<string, unknown>
  try {
    record = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const { level, time, time_central, time_exchange, msg, err, ...fields } = record
  const clock = typeof time === 'string' ? `${time.slice(11)}${wallClocks(time_central, time_exchange)}` : ''
  const name = LEVEL_NAMES[level as number] ?? String(level)
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`)
  const stack = errorText(err)
  const head = [clock, name.padEnd(5), ...(typeof msg === 'string' ? [msg] : []), ...pairs].join(' ')
  return stack === '' ? head : `${head}\n${stack}`
}

/** Hours and minutes: the seconds are those of UTC. */
function wallClocks(central: unknown, exchange: unknown): string {
  const clocks = [
    ...(typeof central === 'string' ? [`${central.slice(11, 16)} Chicago`] : []),
    ...(typeof exchange === 'string' ? [`${exchange.slice(11, 16)} exchange`] : []),
  ]
  return clocks.length === 0 ? '' : ` (${clocks.join(', ')})`
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
