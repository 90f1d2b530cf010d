import type { IncomingMessage, ServerResponse } from 'node:http'

const BODY_BYTES_MAX = 16_384

export interface Answer {
  readonly status: number
  readonly body: object
}

/** An answer that refuses, with a stable code and a sentence. */
export function refusal(status: number, code: string, message: string, more: object = {}): Answer {
  return { status, body: { error: { code, message }, ...more } }
}

/** A request's JSON object, or the answer that refuses it. */
export type Body =
  | { readonly fields: Readonly<Record<string, unknown>>; readonly refused: null }
  | { readonly fields: null; readonly refused: Answer }

function refuse(status: number, code: string, message: string): Body {
  return { fields: null, refused: refusal(status, code, message) }
}

/** Reads a body; none at all is an empty object. */
export async function readJson(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) return refuse(413, 'BODY_TOO_LARGE', `at most ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  if (bytes === 0) return { fields: {}, refused: null }
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\b/i.test(type)) return refuse(415, 'NOT_JSON', 'the body must be application/json')
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { fields: value as Record<string, unknown>, refused: null }
    }
  } catch {
    // Falls through to the same refusal as any other text that is no object.
  }
  return refuse(400, 'BODY_INVALID', 'the body must be one JSON object')
}

export function send(response: ServerResponse, answer: Answer): void {
  const text = `${JSON.stringify(answer.body)}\n`
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}
