import { ApiError } from './api-error.ts'

/** Parameters of a request, every value as the text that was signed. */
export type Params = ReadonlyMap<string, string>

/**
 * Query string and body of a REST request; where a name is in both, the query string wins.
 */
export function paramsOfQuery(query: string, body: string): Params {
  const params = new Map<string, string>()
  for (const text of [query, body]) {
    for (const [name, value] of new URLSearchParams(text)) if (!params.has(name)) params.set(name, value)
  }
  return params
}

/** `params` of a WebSocket request: scalars as text. @throws ApiError INVALID_PARAMETER */
export function paramsOfJson(value: unknown): Params {
  const params = new Map<string, string>()
  if (value === undefined || value === null) return params
  if (typeof value !== 'object' || Array.isArray(value)) throw new ApiError('INVALID_PARAMETER', 'params')
  for (const [name, item] of Object.entries(value)) {
    if (typeof item === 'object' && item !== null) params.set(name, JSON.stringify(item))
    else if (item !== null) params.set(name, String(item))
  }
  return params
}

/** The payload that a WebSocket request signs: parameters by name, `signature` left out, no percent encoding. */
export function signedPayload(params: Params): string {
  return [...params.keys()]
    .filter((name) => name !== 'signature')
    .sort()
    .map((name) => `${name}=${params.get(name)}`)
    .join('&')
}

/** The payload that a REST request signs: query and body as sent, `signature` left out. */
export function signedQuery(query: string, body: string): string {
  const strip = (text: string): string =>
    text
      .split('&')
      .filter((pair) => !pair.startsWith('signature='))
      .join('&')
  return strip(query) + strip(body)
}

/** @throws ApiError MANDATORY_PARAM */
export function required(params: Params, name: string): string {
  const value = params.get(name)
  if (value === undefined || value === '') throw new ApiError('MANDATORY_PARAM', name)
  return value
}

/** A whole number that may be absent. @throws ApiError ILLEGAL_CHARS */
export function optionalInteger(params: Params, name: string): number | null {
  const value = params.get(name)
  if (value === undefined || value === '') return null
  if (!/^\d{1,16}$/.test(value)) throw new ApiError('ILLEGAL_CHARS', name)
  return Number(value)
}

/** A time in ms or µs since 1970, as ms. @throws ApiError ILLEGAL_CHARS */
export function optionalTimeMs(params: Params, name: string): number | null {
  const value = optionalInteger(params, name)
  return value !== null && value >= 100_000_000_000_000 ? value / 1_000 : value
}
