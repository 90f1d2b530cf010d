import { hash } from 'node:crypto'

/** Longest line that is read or written, bytes: a limit on damage, far above any record of ours. */
export const LINE_BYTES_MAX: number = 4 * 1024 * 1024

/** Length of `,"hash":"<64 hex>"}` at the end of every line. */
export const HASH_MEMBER_CHARS = 75

/** One link of a chain: `sha256(previous hex + "\n" + text)`, hex. */
export function chain(previousHex: string, text: string): string {
  return hash('sha256', `${previousHex}\n${text}`, 'hex')
}

/** The line that the content chain covers: no clocks; `data` without `durations` and `boot`. */
export function contentLine(seq: number, kindText: string, actorText: string, dataText: string): string {
  return `{"seq":${seq},"kind":${kindText},"actor":${actorText},"data":${contentData(dataText)}}`
}

/** A flat `durations` at the very end of the data, the place where the engine puts it. */
const DURATIONS_AT_END = /,"durations":\{[^{}]*\}\}$/

/** `data` as JSON text without its members `durations` and `boot`; the same text where it has neither. */
export function contentData(text: string): string {
  // Without its first quote a name is found in a thirtieth of the time: every member begins with a quote.
  const timed = text.includes('durations":')
  if (!timed && !text.includes('boot":')) return text
  const dataText = timed ? text.replace(DURATIONS_AT_END, '}') : text
  if (!dataText.includes('"durations":') && !dataText.includes('"boot":')) return dataText
  const { durations: _durations, boot: _boot, ...content } = JSON.parse(dataText) as Record<string, unknown>
  return JSON.stringify(content)
}
