import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/control/routes.ts'
import { parseOutside } from '../../src/engine/outside-request.ts'
import { btcTable } from '../venue/sim/helpers.ts'

const PAGE = readFileSync('docs/reference/http.md', 'utf8')

/** Text of one route's section. */
function sectionOf(route: string): string {
  return PAGE.split(/^### /m).find((part) => part.startsWith(`${route}\n`)) ?? ''
}

/** Codes that the sources of the door refuse with. */
function refusalCodes(): string[] {
  const folder = 'src/control'
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file))
  const text = [...files, 'src/engine/outside-desk.ts'].map((file) => readFileSync(file, 'utf8')).join('\n')
  return [...text.matchAll(/\brefus(?:al|ed|e)\(\s*\d{3},\s*'(\w+)'/g)].map(([, code]) => code as string)
}

describe('docs/reference/http.md', () => {
  it('A4: has every route of the door, with the least role that it asks for', () => {
    for (const [name, { role }] of Object.entries(ROUTES)) {
      const [method, route] = name.split(' ')
      const asked = role === null ? 'none' : `\`${role}\``
      expect(PAGE).toContain(`| ${method} | \`${route}\` | ${asked} |`)
      expect(sectionOf(name)).toContain('| status | code | members |')
    }
  })

  it('A4: has the members of an order that POST /execute reads, and no other', () => {
    let told = ''
    try {
      parseOutside({ nonsense: 1 }, btcTable().get(0))
    } catch (error) {
      told = (error as Error).message
    }
    const members = told.replace(/^.* one of /, '').split(', ')
    const fields = sectionOf('POST /execute').split('| status |')[0] as string
    const rows = [...fields.matchAll(/^\| `(\w+)` \|/gm)].map(([, member]) => member as string)
    expect(rows.toSorted()).toEqual(members.toSorted())
    expect(rows.length).toBeGreaterThan(5)
  })

  it('A4: has every code that the door refuses with', () => {
    const codes = refusalCodes()
    expect(codes.length).toBeGreaterThan(20)
    expect(codes.filter((code) => !PAGE.includes(`\`${code}\``))).toEqual([])
  })
})
