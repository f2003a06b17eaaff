import { expect, test } from 'vitest'
import { GROUPS } from './cases/index.js'
import { declareSuite } from './suite.js'
import { tableOf, unnamedRecordings } from './table.js'

declareSuite('1.42.0')

test('the table of cases is up to date', async () => {
  await expect(tableOf(GROUPS)).toMatchFileSnapshot('./README.md')
})

test('every recording has a case, or a reason why it has none', () => {
  expect(unnamedRecordings(GROUPS)).toEqual([])
})
