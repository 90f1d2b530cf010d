/** The allowed words, led by the one that was probably meant. */
export function didYouMean(given: string, allowed: readonly string[], lead = ''): string {
  const near = nearest(given, allowed)
  const list = `${lead}${allowed.join(', ')}`
  return near === null ? list : `${list} (did you mean "${near}"?)`
}

/** The allowed word within a third of `given`'s length in edits; null where none is that near. */
export function nearest(given: string, allowed: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1
  for (const word of allowed) {
    const distance = editDistance(given.toLowerCase(), word.toLowerCase())
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

/** Edits (insert, delete, replace) between two words: Wagner and Fischer 1974, one row at a time. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const replace = (previous[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1)
      current.push(Math.min(replace, (previous[j] as number) + 1, (current[j - 1] as number) + 1))
    }
    previous = current
  }
  return previous[right.length] as number
}
