import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCodeName } from '../../../src/domain/decode-codes.ts'
import { FieldTable, JSON_KIND } from '../../../src/feed/decode/fields.ts'
import { invalidUtf8At, JsonJudge, keyEquals } from '../../../src/feed/decode/json.ts'
import { fixtureJson } from '../fixtures.ts'

interface Case {
  name: string
  expect: 'accept' | 'reject' | 'either' | 'report'
  b64: string
}

const judge = new JsonJudge()

function verdict(bytes: Uint8Array): string {
  const padded = new Uint8Array(bytes.length + 8).fill(0x31)
  padded.set(bytes, 4)
  const code = judge.judge(padded, 4, 4 + bytes.length)
  return code === 0 ? 'good' : decodeCodeName(code)
}

const verdictOf = (text: string): string => verdict(new TextEncoder().encode(text))

describe('JsonJudge', () => {
  const { cases } = fixtureJson<{ cases: Case[] }>('json/jsontestsuite.json')

  it('F8: agrees with JSONTestSuite wherever it has an opinion', () => {
    const wrong = cases
      .filter(({ expect: expected }) => expected === 'accept' || expected === 'reject')
      .filter(
        ({ expect: expected, b64 }) =>
          (verdict(Buffer.from(b64, 'base64')) === 'good') !== (expected === 'accept'),
      )
    expect(cases.length).toBeGreaterThan(150)
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it.each([
    ['', 'truncated_json'],
    ['{"a":1', 'truncated_json'],
    ['{"a":"\\u00', 'truncated_json'],
    ['{"a":1.', 'truncated_json'],
    ['{"a":-', 'truncated_json'],
    ['tru', 'truncated_json'],
    ['trux', 'garbage_text'],
    ['{"a":01}', 'garbage_text'],
    ['{"a":1,}', 'garbage_text'],
    ['{"a":"\t"}', 'garbage_text'],
    ['{"a":1}x', 'garbage_text'],
    ['{a:1}', 'garbage_text'],
    ['[1 2]', 'garbage_text'],
    ['\ufeff{}', 'garbage_text'],
    [`${'['.repeat(32)}${']'.repeat(32)}`, 'good'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'deep_nesting'],
    ['{"a":{"__proto__":1}}', 'proto_pollution'],
    ['{"\\u005f_proto__":1}', 'proto_pollution'],
    ['{"a":"__proto__","b":["constructor"]}', 'good'],
    ['{"prototype":1,"b":}', 'garbage_text'],
  ])('%j is %s', (text, expected) => {
    expect(verdictOf(text)).toBe(expected)
  })

  it('accepts what JSON.parse accepts, up to the nesting bound', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!/__proto__|constructor|prototype/.test(text))
        expect(verdictOf(text)).toBe('good')
      }),
    )
  })

  it('refuses what JSON.parse refuses', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:0123456789.eE+-truefalsn\\u \n') })
    fc.assert(
      fc.property(noise, (text) => {
        let parses = true
        try {
          JSON.parse(text)
        } catch {
          parses = false
        }
        expect(verdictOf(text) === 'good').toBe(parses)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('invalidUtf8At', () => {
  it('agrees with TextDecoder, a sequence cut off by the end aside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const closed = new Uint8Array([...bytes, 0x20])
        let valid = true
        try {
          new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(closed)
        } catch {
          valid = false
        }
        expect(invalidUtf8At(closed, 0, closed.length) < 0).toBe(valid)
      }),
      { numRuns: 5_000 },
    )
  })

  it('leaves a cut sequence to the judge of the text', () => {
    expect(invalidUtf8At(new Uint8Array([0x61, 0xe2, 0x82]), 0, 3)).toBe(-1)
  })
})

describe('FieldTable', () => {
  const table = new FieldTable('ab', ['long'])
  const read = (text: string): number[] => {
    table.read(new TextEncoder().encode(text), 0)
    return [table.kind[97], table.kind[98], table.kind[128]] as number[]
  }

  it('finds known members whatever stands between them', () => {
    expect(read('{ "x" : {"a":[1,"]}"]} , "long" : "q\\"}" , "b":null,"a" : -1.5e3 }')).toEqual([
      JSON_KIND.NUMBER,
      JSON_KIND.NULL,
      JSON_KIND.STRING,
    ])
    expect(table.duplicateAt).toBe(-1)
  })

  it('resolves escapes of known keys and tells every repetition', () => {
    expect(read('{"\\u0061":true,"lo\\u006eg":{}}')).toEqual([JSON_KIND.TRUE, 0, JSON_KIND.OBJECT])
    read('{"a":1,"\\u0061":2}')
    expect(table.duplicateAt).toBe(7)
    read('{"z":1,"y":2,"z":3}')
    expect(table.duplicateAt).toBe(13)
  })
})

describe('keyEquals', () => {
  it('equals comparing the resolved text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 6 }), fc.constantFrom('a', 'ab', 'data'), (text, name) => {
        const escaped = [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
        for (const content of [JSON.stringify(text).slice(1, -1), escaped]) {
          const bytes = new TextEncoder().encode(content)
          expect(keyEquals(bytes, 0, bytes.length, new TextEncoder().encode(name))).toBe(text === name)
        }
      }),
    )
  })
})
