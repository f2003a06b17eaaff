import { BoolExp, MatchExp } from 'interaqt'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/http/index.js'
import { condition, postsOverHttp, texts } from './posts-over-http.js'

const { started, ask, read } = postsOverHttp()

describe('a query of a caller', () => {
  it('is not needed: then the policy decides, and without one only ids are handed over', async () => {
    const shown = await ask('/interaction/posts', {})
    expect(shown.data?.[0]).toMatchObject({
      text: 'first',
      author: { name: 'Ann' },
      comments: [{ text: 'seen first' }],
    })
    expect(JSON.stringify(shown)).not.toMatch(/@example|4711|draft|hidden|contract/)
    for (const name of ['noPolicy', 'onlyAMatch']) {
      const { data } = await ask(`/interaction/${name}`, {})
      expect(data?.map((row) => Object.keys(row))).toEqual([['id'], ['id'], ['id']])
    }
  })

  it.each<[string, string, unknown]>([
    ['nothing', 'noPolicy', {}],
    ['null', 'noPolicy', null],
    ['null in its parts', 'noPolicy', { match: null, modifier: null, attributeQuery: null }],
    ['an empty attributeQuery', 'noPolicy', { attributeQuery: [] }],
    ['limit and offset', 'noPolicy', { modifier: { limit: 5, offset: 0 } }],
    [
      'the id',
      'posts',
      { ...condition('id', ['!=', null]), modifier: { orderBy: { id: 'ASC' } }, attributeQuery: ['id'] },
    ],
    ['the id of a relation', 'posts', condition('author.id', ['!=', null])],
    ['the id of a relation that is shown by it', 'bareRelation', condition('author.id', ['!=', null])],
    ['a shown relation', 'posts', condition('author', ['exist', { key: 'name', value: ['like', '%'] }])],
    [
      'what the policy filters, to be shown',
      'posts',
      { attributeQuery: [['comments', { attributeQuery: ['text'] }]] },
    ],
    [
      'columns, where all are shown',
      'columns',
      { ...condition('draft', ['like', '%']), attributeQuery: ['*', 'draft'] },
    ],
  ])('may have %s', async (_, name, query) => {
    const { status, data } = await read(name, query)
    expect({ status, count: data?.length }).toEqual({ status: 200, count: 3 })
  })

  it('counts pages', async () => {
    expect((await read('noPolicy', { modifier: { limit: 2 } })).data).toHaveLength(2)
    expect((await read('noPolicy', { modifier: { limit: 2, offset: 2 } })).data).toHaveLength(1)
    expect((await read('noPolicy', { modifier: { limit: 0 } })).data).toEqual([])
  })

  it.each<[string, unknown, string[]]>([
    ['=', 'first', ['first']],
    ['LIKE', 't%', ['third']],
    ['in', ['first', 'third', null], ['first', 'third']],
    ['not in', ['first'], ['second', 'third']],
    ['IN', [], []],
    ['between', ['g', 't'], ['second']],
    ['!=', null, ['first', 'second', 'third']],
    ['is null', null, []],
    ['not', null, ['first', 'second', 'third']],
  ])('matches with %s %j', async (operator, operand, expected) => {
    expect(texts(await read('posts', condition('text', [operator, operand])))).toEqual(expected)
  })

  it.each<[string, unknown[], string[]]>([
    ['score', ['>=', 2], ['second', 'third']],
    ['score', ['=', '2'], ['second']],
    ['isPinned', ['=', true], ['first']],
    ['writtenAt', ['<', Date.UTC(2026, 0, 2)], ['first']],
    ['writtenAt', ['>', '2026-01-02T12:00:00Z'], ['third']],
    ['layout', ['=', { columns: 2 }], ['second']],
    ['tags', ['contains', 'third'], ['third']],
    ['author.name', ['=', 'Bob'], ['second']],
  ])('matches %s %j', async (key, value, expected) => {
    expect(texts(await read('posts', condition(key, value)))).toEqual(expected)
  })

  it('takes what MatchExp and BoolExp make, and conditions without a wrapping', async () => {
    const match = MatchExp.atom({ key: 'score', value: ['>', 1] })
      .and({ key: 'author.name', value: ['=', 'Ann'] })
      .or(
        BoolExp.atom({ key: 'text', value: ['=', 'first'] })
          .not()
          .not(),
      )
    expect(texts(await read('posts', { match }))).toEqual(['first', 'third'])
    const left = { key: 'text', value: ['=', 'first'] }
    expect(texts(await read('posts', { match: { type: 'expression', operator: 'and', left } }))).toEqual([
      'first',
    ])
  })

  it('reads filtered entities and relations by what they show', async () => {
    expect(texts(await read('pinned', condition('author.name', ['=', 'Ann'])))).toEqual(['first'])
    expect(texts(await read('pinned', condition('text', ['=', 'third'])))).toEqual([])
    const { data } = await read('authorships', {
      match: MatchExp.atom({ key: 'target.name', value: ['=', 'Ann'] }).and({
        key: 'role',
        value: ['=', 'writer'],
      }),
      modifier: { orderBy: { 'source.text': 'DESC' }, limit: 1 },
    })
    expect(data).toMatchObject([{ role: 'writer', source: { text: 'third' }, target: { name: 'Ann' } }])
    expect(JSON.stringify(data)).not.toMatch(/contract|draft|@/)
  })

  it('compares two shown columns', async () => {
    const reference = { isReferenceValue: true }
    expect(texts(await read('posts', condition('text', ['<', 'author.name'], reference)))).toEqual([])
    expect(texts(await read('posts', condition('author.name', ['<', 'text'], reference)))).toHaveLength(3)
  })

  it('stays inside the match of the policy', async () => {
    const match = MatchExp.atom({ key: 'text', value: ['=', 'first'] }).or({ key: 'id', value: ['!=', null] })
    expect(texts(await read('ownPosts', { match }))).toEqual(['second'])
  })
})

describe('the option queries', () => {
  it('allows by interaction what it lists, in place of the policy', async () => {
    const queries = { noPolicy: ['text', 'author.name'], posts: [] }
    const query = {
      ...condition('author.name', ['=', 'Ann']),
      modifier: { orderBy: { text: 'DESC' } },
      attributeQuery: ['text', ['author', { attributeQuery: ['name'] }]],
    }
    const { data } = await read('noPolicy', query, queries)
    expect(data).toEqual([
      { id: expect.anything(), text: 'third', author: { id: expect.anything(), name: 'Ann' } },
      { id: expect.anything(), text: 'first', author: { id: expect.anything(), name: 'Ann' } },
    ])
    for (const denied of [condition('author.email', ['like', 'a%']), condition('draft', ['like', 'd%'])]) {
      const { error } = await read('noPolicy', denied, queries)
      expect(error?.message).toContain('its list in the option queries')
    }
    expect((await read('posts', condition('text', ['=', 'first']), queries)).status).toBe(403)
    expect((await read('columns', condition('author.email', ['=', 'x']), queries)).status).toBe(403)
  })

  it('takes a star for columns, not for relations', async () => {
    const queries = { noPolicy: ['*', 'author.*'] }
    expect(
      texts(
        await read(
          'noPolicy',
          { ...condition('author.email', ['like', 'ann%']), attributeQuery: ['*'] },
          queries,
        ),
      ),
    ).toEqual(['first', 'third'])
    expect((await read('noPolicy', condition('author.posts.text', ['=', 'first']), queries)).status).toBe(403)
    expect(
      (await read('noPolicy', condition('comments', ['exist', { key: 'id', value: ['!=', null] }]), queries))
        .status,
    ).toBe(403)
    expect((await read('noPolicy', { attributeQuery: ['author'] }, queries)).status).toBe(200)
    expect((await read('noPolicy', { attributeQuery: ['comments'] }, queries)).status).toBe(403)
  })

  it('opens one interaction, a step of an activity, or all', async () => {
    const query = condition('author.email', ['like', 'ann%'])
    expect((await read('noPolicy', query, { noPolicy: 'open' })).status).toBe(200)
    expect((await read('posts', query, { noPolicy: 'open' })).status).toBe(403)
    const step = { 'review:look': ['author.email'] }
    expect(texts(await ask('/interaction/look', { activity: 'review', query }, step))).toEqual([
      'first',
      'third',
    ])
    expect((await read('posts', query, 'open')).status).toBe(200)
  })

  it.each<[string, unknown, RegExp]>([
    [
      'an interaction that is not there',
      { post: ['text'] },
      /"post", which is no interaction of the controller: did you mean posts\?/,
    ],
    ['a step by its bare name', { look: ['text'] }, /"look", which is no interaction/],
    ['an interaction that reads nothing', { write: ['text'] }, /"write", which reads nothing/],
    ['a path that is not there', { posts: ['txt'] }, /"txt", but Post has no "txt": did you mean text\?/],
    ['a path behind a relation', { posts: ['author.nam'] }, /User has no "nam": did you mean name\?/],
    ['a path behind a column', { posts: ['text.id'] }, /a column has nothing behind it/],
    ['a star in the middle', { posts: ['*.text'] }, /must be the last name/],
    ['an empty name', { posts: ['author.'] }, /names with dots/],
    ['a long path', { posts: ['author.posts.author.posts.author.posts.text'] }, /more than 6 names/],
    ['another word', 'closed', /queries must be 'open', or an object/],
    ['a value of another type', { posts: 'text' }, /queries\.posts must be 'open' or an array/],
    ['a list of numbers', { posts: [1] }, /queries\.posts must be 'open' or an array/],
    ['the prototype', JSON.parse('{"__proto__": ["text"]}'), /which is no interaction/],
  ])('refuses to start with %s', (_, queries, message) => {
    const options = { parseUserId: () => 'ann' }
    expect(() =>
      Reflect.apply(createApp, undefined, [started().controller, { ...options, queries }]),
    ).toThrow(message)
  })

  it('starts with links and symmetric relations', () => {
    const queries = { friends: ['friends.&.diary', 'friends.friends.name', '*'] }
    expect(() => createApp(started().controller, { parseUserId: () => 'ann', queries })).not.toThrow()
  })
})
