import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { pages, ROOT, readPage, referencePages } from './markdown.js'

/** Variables that pages use and whose name is the reader's choice. */
const OF_THE_READER = ['OLD_COOKIE_SECRET']
const SCRIPTS = ['package.json', 'examples/starter/package.json'].flatMap((file) =>
  Object.keys(JSON.parse(readPage(file)).scripts),
)

describe.each([...pages(), ...referencePages()])('%s', (page) => {
  const text = readPage(page)

  it('links only to files and headings that exist', () => {
    const broken = targetsIn(text)
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

  it('names only environment variables that the starter knows', () => {
    const known = readPage('examples/starter/.env.example').match(/^[A-Z0-9_]+(?==)/gm) ?? []
    const named = [...text.matchAll(/process\.env\.([A-Z0-9_]+)/g)].map((match) => match[1] ?? '')
    expect(named.filter((name) => ![...known, ...OF_THE_READER].includes(name))).toEqual([])
  })

  it('names only scripts that a package.json has', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map((match) => match[1] ?? '')
    expect(named.filter((name) => !SCRIPTS.includes(name))).toEqual([])
  })
})

it.each([
  ['README.md', ['docs']],
  ['docs/README.md', ['docs', 'docs/recipes']],
])('%s leads to every page of %j', (index, folders) => {
  const linked = targetsIn(readPage(index)).map((target) => join(dirname(index), target.split('#')[0] ?? ''))
  const pagesOfFolders = pages().filter((page) => folders.includes(dirname(page).replaceAll('\\', '/')))
  expect(pagesOfFolders.filter((page) => page !== join(index) && !linked.includes(page))).toEqual([])
})

// That of symptoms is all about when it does not.
const RECIPES = pages().filter((page) => /^docs.recipes.(?!troubleshooting)/.test(page))

it.each(RECIPES)('%s ends with what one should see, and with what to do when one does not', (page) => {
  const headings = [...readPage(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  expect(headings.slice(-2)).toEqual(['What you should see', 'When it does not'])
})

function targetsIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)|<img[^>]+src="([^"]+)"/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
}

function resolves(page: string, target: string): boolean {
  const [path = '', fragment] = target.split('#')
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, file))) return false
  return !fragment || !file.endsWith('.md') || headingsOf(file).includes(fragment)
}

// GitHub's anchor of a heading: lower case, punctuation dropped, spaces to hyphens; and those written as HTML.
function headingsOf(page: string): string[] {
  const text = readPage(page)
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .replace(/<[^>]+>/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)"/g)].map((match) => match[1] ?? '')]
}
