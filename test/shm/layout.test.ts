import { describe, expect, it } from 'vitest'
import {
  LINE_WORDS,
  PLANE_BYTES,
  PLANE_TABLE,
  WORKER_HEADER_BYTES,
  WORKER_TABLE,
  type WordInfo,
} from '../../src/shm/layout.ts'

/** Every line that a word or block touches, with who may write there. */
function linesOf(table: readonly WordInfo[]): Map<number, WordInfo[]> {
  const lines = new Map<number, WordInfo[]>()
  for (const info of table) {
    for (let i = 0; i < info.count; i++) {
      const words = info.count === 1 && info.stride === LINE_WORDS ? 1 : info.stride
      for (let word = 0; word < words; word += LINE_WORDS) {
        const line = Math.floor((info.at + i * info.stride + word) / LINE_WORDS)
        lines.set(line, [...(lines.get(line) ?? []), info])
      }
    }
  }
  return lines
}

describe.each([
  ['control plane', PLANE_TABLE, PLANE_BYTES],
  ['worker block', WORKER_TABLE, WORKER_HEADER_BYTES],
] as const)('layout of the %s', (_, table, bytes) => {
  it('P8: words of different writers lie on different cache lines', () => {
    for (const [line, words] of linesOf(table)) {
      const writers = new Set(words.map(({ writer }) => writer))
      expect(writers.size, `line ${line}: ${words.map(({ name }) => name).join(', ')}`).toBe(1)
      // words that any thread writes, and blocks of an owner each, share with nothing
      if (writers.has('any') || writers.has('owner')) expect(words).toHaveLength(1)
    }
  })

  it('no two words overlap, all lie inside, and each is named and explained once', () => {
    const names = table.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { meaning } of table) expect(meaning.length).toBeGreaterThan(10)
    const starts = table.flatMap(({ at, count, stride }) =>
      Array.from({ length: count }, (_, i) => at + i * stride),
    )
    expect(new Set(starts).size).toBe(starts.length)
    for (const at of starts) expect(at * 4).toBeLessThan(bytes)
    const last = table[table.length - 1] as WordInfo
    expect((last.at + (last.count - 1) * last.stride) * 4).toBeLessThan(bytes)
  })
})
