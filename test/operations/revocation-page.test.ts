import { expect, it } from 'vitest'
import { readPage } from '../docs/markdown.js'
import { toMarkdown } from './revocation-table.js'

it.each(Object.entries(toMarkdown()))(
  'docs/operations.md has the table of %s that the tests hold',
  (_, table) => {
    expect(readPage('docs/operations.md')).toContain(`\n\n${table}\n\n`)
  },
)
