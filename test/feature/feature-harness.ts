import { createBar } from '../../src/bar/bar.ts'
import type { Feature, FeatureInput, FeatureSpec } from '../../src/domain/feature.ts'

/** An input with quiet numbers; tests set what they need. */
export function createInput(fields: Partial<FeatureInput> = {}): FeatureInput {
  return {
    value: Number.NaN,
    eventNs: 0,
    bar: createBar(60e9),
    barPriceUnit: 1,
    price: 0,
    qty: 0,
    aggressor: 0,
    bidPrice: 0,
    bidQty: 0,
    askPrice: 0,
    askQty: 0,
    ...fields,
  }
}

export function make(spec: FeatureSpec): Feature {
  return spec.create({ barPeriodNs: 60e9 })
}

/** Values after each of `xs`; undefined while the feature is not ready. */
export function run(spec: FeatureSpec, xs: readonly number[]): (number | undefined)[] {
  return runInputs(
    spec,
    xs.map((value) => ({ value })),
  )
}

export function runInputs(
  spec: FeatureSpec,
  inputs: readonly Partial<FeatureInput>[],
): (number | undefined)[] {
  const feature = make(spec)
  return inputs.map((fields) => {
    feature.update(createInput(fields))
    const row = new Float64Array(2).fill(-1)
    if (!feature.ready()) return undefined
    feature.write(row, 1)
    return row[1]
  })
}

/** Values of `of` over the last `n` numbers, straight from the definition; undefined before there are `n`. */
export function overWindow(
  xs: readonly number[],
  n: number,
  of: (window: readonly number[]) => number,
): (number | undefined)[] {
  return xs.map((_, i) => (i + 1 < n ? undefined : of(xs.slice(i + 1 - n, i + 1))))
}
