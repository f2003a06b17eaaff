import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, readPage } from './markdown.js'
import { type PromiseRow, promisesBelow, titlesIn } from './promises.js'

const page = readPage('docs/security.md')

it.each(['Against whom', 'What is promised'])(
  'docs/security.md says nothing of "%s" outside of tables',
  (heading) => {
    expect(promisesBelow(heading, page).prose).toEqual([])
  },
)

describe.each(['Against whom', 'What is promised', 'Stricter than the RFCs'])(
  'docs/security.md, "%s"',
  (heading) => {
    const { rows } = promisesBelow(heading, page)

    it('has rows', () => {
      expect(rows.length).toBeGreaterThan(8)
    })

    it('names for each row a file and a title', () => {
      expect(rows.filter((row) => !namesTests(row)).map(({ promise }) => promise)).toEqual([])
    })

    it('names only tests that exist', () => {
      const named = rows.flatMap(({ tests }) => tests)
      expect(named.flatMap(({ file, titles }) => missingOf(join('docs', file), titles))).toEqual([])
    })
  },
)

function namesTests({ promise, tests, rest }: PromiseRow): boolean {
  return promise !== '' && tests.length > 0 && tests.every(({ titles }) => titles.length > 0) && rest === ''
}

function missingOf(file: string, titles: string[]): string[] {
  if (!/\.test\.tsx?$/.test(file) || !existsSync(join(ROOT, file))) return [file]
  const known = titlesIn(file, readPage(file))
  return titles.filter((title) => !known.has(title)).map((title) => `${file}: "${title}"`)
}

describe('the reader of promises', () => {
  it('finds the tests of a row, and what is none', () => {
    const { rows, prose } = promisesBelow(
      'B',
      `# P\n\n## A\n\nText.\n\n## B\n\n### Part\n\n| promise | held by |\n|---|---|
| one | [a](a.test.ts) "x", "y, z"; [b](b.test.ts) "v" |\n| two | [a](a.test.ts) |\n| three | "x" |
| four | [a](a.test.ts) "x" and more |\n| five | |\n\nA sentence.\n\n## C\n\nMore text.`,
    )
    expect(rows.map((row) => [row.promise, namesTests(row)])).toEqual([
      ['one', true],
      ['two', false],
      ['three', false],
      ['four', false],
      ['five', false],
    ])
    expect(rows[0]?.tests).toEqual([
      { file: 'a.test.ts', titles: ['x', 'y, z'] },
      { file: 'b.test.ts', titles: ['v'] },
    ])
    expect(prose).toEqual(['A sentence.'])
  })

  it('finds titles however they are given, and none that does not run', () => {
    const titles = titlesIn(
      'example.test.ts',
      `const rows = [['a row', 1], ["another's", 2], [3, 'no row']]
      describe('a group', () => {
        it.each<[string, number]>(rows)('%s', (_, value) => { it.nothing })
        it.skipIf(slow)('on condition', () => {})
        it(\`takes \${many} at once\`, () => { log('no title') })
        it.skip('skipped', () => {})
        it.todo('planned')
      })
      describe.skip('a skipped group', () => { it('in it', () => {}) })
      describe.each([{ name: 'an object' }])('$name', () => {})`,
    )
    const expected = ['a group', '%s', 'on condition', `takes \${many} at once`, '$name']
    expect([...titles]).toEqual([...expected, 'a row', "another's", 'an object'])
    expect([...titlesIn('plain.test.ts', `it('one', () => f([['no row', 1]]))`)]).toEqual(['one'])
  })
})
