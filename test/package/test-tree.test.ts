import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const listed = readRows(readFileSync(join(ROOT, 'test/README.md'), 'utf8'))

it('every file of src/ has a test of its name, or a row in test/README.md', () => {
  const sources = filesBelow('src').filter((path) => basename(path).split('.')[0] !== 'index')
  expect(sources.length).toBeGreaterThan(100)
  const tests = filesBelow('test')
  const inTable = new Set(listed.map(({ source }) => source))
  expect(sources.filter((path) => !inTable.has(path) && !hasTestOfItsName(path, tests))).toEqual([])
})

it('test/README.md names only files that exist', () => {
  const sources = new Set(filesBelow('src'))
  expect(listed.map(({ source }) => source).filter((path) => !sources.has(path))).toEqual([])
  const tests = listed.flatMap(({ tests }) => tests).filter((path) => !existsSync(join(ROOT, 'test', path)))
  expect(tests).toEqual([])
})

/** The files below a folder without their endings, such as `server/client`. */
function filesBelow(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => name.replaceAll('\\', '/').replace(/\.tsx?$/, ''))
}

function hasTestOfItsName(source: string, tests: readonly string[]): boolean {
  const [folder = ''] = source.split('/')
  const name = basename(source)
  return tests.some(
    (test) =>
      test.startsWith(`${folder}/`) && basename(test).startsWith(`${name}.`) && test.endsWith('.test'),
  )
}

/** The rows of the README's last table: each source with its tests. */
function readRows(page: string): { source: string; tests: string[] }[] {
  let folder = ''
  return page.split('\n').flatMap((line) => {
    const [, left = '', right = ''] = line.split('|')
    folder = /\*\*(\w+)\*\*/.exec(left)?.[1] ?? folder
    if (folder === '') return []
    const tests = codes(right)
    return codes(left).map((name) => ({ source: `${folder}/${name}`, tests }))
  })
}

function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}
