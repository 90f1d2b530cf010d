/** What a route answers: an HTTP status and a JSON body. */
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

/**
 * Reads a body as one JSON object; none at all is an empty one. Only `application/json` is taken: a browser sends that to
 * another site only after it asked, and nothing here answers that question.
 *
 * @param body null: it was too long
 */
export function parseBody(body: Uint8Array | null, contentType: string | null): Body {
  if (body === null) return refuse(413, 'BODY_TOO_LARGE', 'the body is too large')
  if (body.length === 0) return { fields: {}, refused: null }
  if (!/^application\/json\s*(?:;|$)/i.test(contentType ?? '')) {
    return refuse(415, 'NOT_JSON', 'the body must be application/json')
  }
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { fields: value as Record<string, unknown>, refused: null }
    }
  } catch {
    // Falls through to the same refusal as any other text that is no object.
  }
  return refuse(400, 'BODY_INVALID', 'the body must be one JSON object')
}
