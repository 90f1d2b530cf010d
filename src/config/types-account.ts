/** What one unit of an asset is worth: a fixed rate, or the price of an instrument, at most so old. */
export type ConversionConfig =
  | { readonly rate: string }
  | { readonly symbol: string; readonly age_max_seconds: number }

export interface AccountConfig {
  readonly currency: string
  readonly cash: Readonly<Record<string, string>>
  readonly equity: string | null
  /** by asset */
  readonly conversion: Readonly<Record<string, ConversionConfig>>
}
