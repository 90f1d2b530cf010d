export type Built = 'yes' | 'partly' | 'no'

export interface Control {
  readonly number: number
  readonly name: string
  readonly anchor: string
  readonly built: Built
  /** what this engine does, one sentence */
  readonly rule: string
  /** what is missing; empty where nothing is */
  readonly gap: string
  /** configuration keys; `*` stands for every venue, instrument or strategy */
  readonly keys: readonly string[]
  /** requirement ids in the titles of the tests that prove it */
  readonly requirements: readonly string[]
  /** narrows those tests to the ones whose title has one of these words; none: all of them */
  readonly words: readonly string[]
}

/** A row, in the order of its columns. */
export function control(
  number: number,
  name: string,
  anchor: string,
  built: Built,
  rule: string,
  gap: string,
  keys: readonly string[],
  requirements: readonly string[],
  words: readonly string[] = [],
): Control {
  return { number, name, anchor, built, rule, gap, keys, requirements, words }
}
