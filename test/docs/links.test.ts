import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { walk } from '../architecture/source-files.ts'

const pages = walk('.').filter((file) => file.endsWith('.md'))

/** Links of a page that point at nothing: files that do not exist, headings that the target does not have. */
function brokenLinks(page: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [file = '', heading] = link.split('#')
    const target = file === '' ? page : path.join(path.dirname(page), file)
    if (!existsSync(target)) return [`${page}: ${link}`]
    if (heading === undefined) return []
    const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      anchor(title),
    )
    return headings.includes(heading) ? [] : [`${page}: ${link}`]
  })
}

const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-')

describe('documents', () => {
  it('every link leads somewhere', () => {
    expect(pages.length).toBeGreaterThan(5)
    expect(pages.flatMap((page) => brokenLinks(page, readFileSync(page, 'utf8')))).toEqual([])
    expect(brokenLinks('README.md', '[a](nowhere.md) [b](LICENSE) [c](README.md#nothing)')).toHaveLength(2)
  })
})
