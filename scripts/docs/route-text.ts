/** A member of a body or of a query. */
export interface Field {
  readonly name: string
  readonly allowed: string
  /** `required`, or what holds where it is left out */
  readonly standard: string
  readonly meaning: string
}

/** What the page says of a route beside its method, path, role and limit. */
export interface RouteText {
  readonly does: string
  readonly more?: string
  readonly fields?: readonly Field[]
  /** Markdown below the tables */
  readonly example?: string
  readonly answers: readonly (readonly [status: number, codes: string, meaning: string])[]
}

/** Words as code, with commas. */
export const list = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ')
/** One row of the table of members. */
export const field = (name: string, allowed: string, standard: string, meaning: string): Field => ({
  name,
  allowed,
  standard,
  meaning,
})

/** What every route of the trading main thread says in a run without one. */
export const NOT_LIVE = [
  409,
  '`NOT_LIVE`',
  'A run that takes no orders from outside, such as `replay`.',
] as const
