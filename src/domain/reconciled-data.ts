/**
 * What a venue and our books agree on. The last look of a run is at fills alone: it has none of `ok`, `unresolved` and
 * `differences`. Records of older versions end with `differences`.
 */
export interface ReconciledData {
  readonly venue: string
  readonly ok?: boolean
  readonly fills_applied: number
  /** client order ids whose outcome is not known */
  readonly unresolved?: readonly string[]
  readonly differences?: readonly object[]
  /**
   * symbol → the trade up to which its fills were read completely, all of which are booked in records before this one;
   * null: no more. A symbol that is not named stays as it was.
   */
  readonly read_up_to?: Readonly<Record<string, { readonly trade_id: string; readonly t_ms: number } | null>>
  /** client order ids that have ended short of their quantity, and whose fills were not read since */
  readonly doubtful?: readonly string[]
}
