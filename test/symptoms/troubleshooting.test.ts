import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT, readPage } from '../docs/markdown.js'
import { SYMPTOMS_PAGE, symptomRows } from './symptom.js'

const rows = symptomRows()

it('each row of the page has its test, and each test its row', () => {
  const folder = join(ROOT, 'test/symptoms')
  const tested = readdirSync(folder).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/\bsymptom\('([\w-]+)'/g)].map((match) => match[1]),
  )
  expect(rows.map(({ id }) => id).sort()).toEqual(tested.sort())
})

it('each row of the page is read, with all that it quotes', () => {
  const lines = readPage(SYMPTOMS_PAGE).split('\n')
  const inTables = lines.filter((line) => /^\| (?!What you see)/.test(line))
  expect(rows).toHaveLength(inTables.length)
  expect(rows.filter(({ quotes }) => quotes.length === 0)).toEqual([])
})
