import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { pages, ROOT, readPage } from './markdown.js'

describe.each(pages())('%s', (page) => {
  const text = readPage(page)

  it('links only to files and headings that exist', () => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)|<img[^>]+src="([^"]+)"/g)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((target) => !/^(https?:|mailto:)/.test(target))
      .filter((target) => !resolves(page, target))
    expect(broken).toEqual([])
  })

  it('names only import paths that the package exports', () => {
    const unknown = [...text.matchAll(/@yourorg\/interaqt-logto\/([\w/-]+)/g)]
      .map((match) => `./${match[1]}`)
      .filter((subpath) => !(subpath in manifest.exports))
    expect(unknown).toEqual([])
  })
})

function resolves(page: string, target: string): boolean {
  const [path = '', fragment] = target.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, file))) return false
  return !fragment || !file.endsWith('.md') || headingsOf(file).includes(fragment)
}

// GitHub's anchor of a heading: lower case, punctuation dropped, spaces to hyphens.
function headingsOf(page: string): string[] {
  return [...readPage(page).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
