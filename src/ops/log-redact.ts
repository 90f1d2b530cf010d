const NAMES = 'secret|token|password|passphrase|authorization|signature|private_?key|api_?key|listen_?key'
const REDACTED = '[redacted]'

/** `"api_key":"…"` in the line itself. */
const FIELD = new RegExp(`("[\\w.-]*(?:${NAMES})[\\w.-]*"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*"`, 'gi')
/** `\"api_key\":\"…\"`: JSON that somebody logged as text. */
const ESCAPED_FIELD = new RegExp(
  `(\\\\"[\\w.-]*(?:${NAMES})[\\w.-]*\\\\"\\s*:\\s*\\\\")(?:[^"\\\\])*\\\\"`,
  'gi',
)
/** `signature=…` in a URL or a query. */
const PARAMETER = new RegExp(`\\b((?:${NAMES})=)[^&\\s"\\\\]+`, 'gi')
/** `Bearer …` and `Basic …` wherever they stand. */
const CREDENTIAL = /\b(bearer|basic) [\w.~+/=-]{8,}/gi

/** A log line (JSON text) without the values of keys that hold secrets, whatever object they came from. */
export function redactLine(line: string): string {
  return line
    .replace(FIELD, `$1${REDACTED}"`)
    .replace(ESCAPED_FIELD, `$1${REDACTED}\\"`)
    .replace(PARAMETER, `$1${REDACTED}`)
    .replace(CREDENTIAL, `$1 ${REDACTED}`)
}
