import type { CheckResult } from '../risk/check.ts'

/** What is kept of one check's last text. */
interface Kept {
  unit: string
  /** `["name","pass",` */
  pass: string
  /** the whole text of a check that did not apply */
  skip: string
  value: number
  limit: number
  /** `limit,"unit"]` */
  limitText: string
  text: string
}

/**
 * JSON text of check results (`CheckData[]`). Names, units and limits hardly ever change, and many values do not either:
 * what a check said last is kept with the numbers that it was made of. The text is the same as without.
 */
export class ChecksText {
  readonly #kept: Kept[] = []

  of(results: readonly CheckResult[]): string {
    let text = '['
    for (let i = 0; i < results.length; i++) text += this.#one(results[i] as CheckResult, i)
    return `${text}]`
  }

  #one(result: CheckResult, index: number): string {
    let kept = this.#kept[index]
    if (kept === undefined || kept.unit !== result.unit) {
      kept = keep(result, index)
      this.#kept[index] = kept
    }
    const { value, limit } = result
    if (result.code !== null || result.exactValue !== null || result.exactLimit !== null) {
      return `${index === 0 ? '' : ','}${plain(result)}`
    }
    if (!result.applied) return kept.skip
    // NaN is never equal to itself, so a missing number is written anew each time.
    if (value === kept.value && limit === kept.limit) return kept.text
    if (limit !== kept.limit) {
      kept.limit = limit
      kept.limitText = `${num(limit)},"${result.unit}"]`
    }
    kept.value = value
    kept.text = `${kept.pass}${num(value)},${kept.limitText}`
    return kept.text
  }
}

/** `index` is the place in the list: all but the first begin with a comma. */
function keep({ check, unit }: CheckResult, index: number): Kept {
  const comma = index === 0 ? '' : ','
  return {
    unit,
    pass: `${comma}["${check}","pass",`,
    skip: `${comma}["${check}","skip",null,null,"${unit}"]`,
    value: Number.NaN,
    limit: Number.NaN,
    limitText: '',
    text: '',
  }
}

function plain(result: CheckResult): string {
  const outcome = result.code ?? (result.applied ? 'pass' : 'skip')
  const value = exact(result.value, result.exactValue)
  const limit = exact(result.limit, result.exactLimit)
  return `["${result.check}","${outcome}",${value},${limit},"${result.unit}"]`
}

function exact(value: number, exactValue: bigint | null): string {
  return exactValue === null ? num(value) : `"${exactValue}"`
}

function num(value: number): string {
  return Number.isFinite(value) ? `${value}` : 'null'
}
