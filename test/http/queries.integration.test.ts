import { describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../support/postgres.js'
import { MALFORMED } from './malformed-queries.js'
import { condition, postsOverHttp, texts } from './posts-over-http.js'

const { read, faults } = postsOverHttp(async () => {
  const created = await createDatabase(inject('postgres'))
  return { database: created.open(), close: () => created.drop() }
})

describe('a query on PostgreSQL', () => {
  it.each(MALFORMED)('with %s is refused with 400', async (_, query) => {
    const { status, error } = await read('posts', query, 'open')
    expect({ status, code: error?.code }).toEqual({ status: 400, code: 'query_malformed' })
  })

  it.each<[string, unknown[], string[]]>([
    ['text', ['LIKE', 't%'], ['third']],
    ['text', ['in', ['first', 'third', null]], ['first', 'third']],
    ['text', ['=', 5], []],
    ['text', ['between', ['g', 't']], ['second']],
    ['score', ['>=', 2], ['second', 'third']],
    ['score', ['=', '2'], ['second']],
    ['isPinned', ['=', true], ['first']],
    ['writtenAt', ['>', '2026-01-02T12:00:00Z'], ['third']],
    ['layout', ['=', { columns: 2 }], ['second']],
    ['tags', ['contains', 'third'], ['third']],
    ['author.name', ['=', 'Bob'], ['second']],
    ['author', ['exist', { key: 'name', value: ['=', 'Bob'] }], ['second']],
  ])('matches %s %j', async (key, value, expected) => {
    expect(texts(await read('posts', condition(key, value)))).toEqual(expected)
  })

  it('reports what the database refused, and nothing that was refused before it', async () => {
    faults.mockClear()
    expect((await read('posts', condition('text', ['~', 'a']))).status).toBe(400)
    expect((await read('posts', condition('author.email', ['=', 'a']))).status).toBe(403)
    expect(faults).not.toHaveBeenCalled()
    expect((await read('posts', condition('text', ['=', 'a\u0000']))).status).toBe(400)
    expect(faults).toHaveBeenCalledOnce()
  })
})
