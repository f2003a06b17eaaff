import { describe, expect, it } from 'vitest'
import { type Answer, condition, postsOverHttp, texts } from './posts-over-http.js'

const { started, ask, read, faults } = postsOverHttp()
const inOrder = ({ data }: Answer) => data?.map(({ text }) => text)

/** Each tells something of Ann's e-mail, notes or contract, or of what is hidden, when Interaqt alone decides. */
const ATTACKS: [string, string, object][] = [
  [
    'asks for columns of the author',
    'noPolicy',
    { attributeQuery: ['text', ['author', { attributeQuery: ['*'] }]] },
  ],
  [
    'asks for one column of the author',
    'noPolicy',
    { attributeQuery: [['author', { attributeQuery: ['email'] }]] },
  ],
  ['asks for own columns', 'noPolicy', { attributeQuery: ['*'] }],
  ['asks for one own column', 'onlyAMatch', { attributeQuery: ['draft'] }],
  ['asks for more than the policy shows', 'posts', { attributeQuery: ['draft'] }],
  [
    'asks for a column behind a shown relation',
    'posts',
    { attributeQuery: [['author', { attributeQuery: ['email'] }]] },
  ],
  [
    'asks for all columns behind a shown relation',
    'posts',
    { attributeQuery: [['author', { attributeQuery: ['*'] }]] },
  ],
  [
    'asks for the link of a relation',
    'posts',
    { attributeQuery: [['author', { attributeQuery: [['&', { attributeQuery: ['contract'] }]] }]] },
  ],
  ['matches the author’s note', 'posts', condition('author.secretNote', ['like', 'B%'])],
  ['matches the author’s note without a policy', 'noPolicy', condition('author.secretNote', ['like', 'B%'])],
  ['matches an own column that is not shown', 'posts', condition('draft', ['like', '%first'])],
  ['matches an id without a policy', 'noPolicy', condition('id', ['!=', null])],
  ['matches the id of a relation without a policy', 'onlyAMatch', condition('author.id', ['!=', null])],
  ['matches through a chain back to the post', 'posts', condition('author.posts.draft', ['like', '%first'])],
  [
    'matches through a chain back to the author',
    'posts',
    condition('author.posts.author.email', ['like', 'ann@%']),
  ],
  ['matches a column of the link', 'posts', condition('author.&.contract', ['like', '%first'])],
  [
    'matches hidden comments through a relation that the policy filters',
    'posts',
    condition('comments.text', ['=', 'hidden first']),
  ],
  [
    'looks for hidden comments with exist',
    'posts',
    condition('comments', ['exist', { key: 'text', value: ['=', 'hidden first'] }]),
  ],
  ['counts hidden comments by their ids', 'posts', condition('comments.id', ['!=', null])],
  [
    'matches comments beyond the policy’s limit',
    'newestComments',
    condition('comments.text', ['=', 'hidden first']),
  ],
  [
    'hides the name inside exist',
    'friends',
    condition('friends', ['exist', { key: 'secretNote', value: ['like', 'B%'] }]),
  ],
  [
    'hides the name inside not',
    'posts',
    {
      match: {
        type: 'expression',
        operator: 'not',
        left: { type: 'atom', data: { key: 'author.email', value: ['=', 'x'] } },
      },
    },
  ],
  [
    'hides the name on the right',
    'posts',
    {
      match: {
        type: 'expression',
        operator: 'or',
        left: { type: 'atom', data: { key: 'text', value: ['=', 'x'] } },
        right: { type: 'atom', data: { key: 'author.email', value: ['like', 'ann%'] } },
      },
    },
  ],
  [
    'compares a shown column with a hidden one',
    'posts',
    condition('author.name', ['<', 'author.secretNote'], { isReferenceValue: true }),
  ],
  [
    'compares with a hidden column inside exist',
    'friends',
    condition('friends', ['exist', { key: 'name', value: ['<', 'secretNote'], isReferenceValue: true }]),
  ],
  [
    'puts hidden columns around a shown one',
    'posts',
    condition('author.name', ['between', ['author.email', 'author.secretNote']], { isReferenceValue: true }),
  ],
  ['matches a column of the link between friends', 'friends', condition('friends.&.diary', ['like', 'met%'])],
  ['goes to the friends of friends', 'friends', condition('friends.friends.name', ['=', 'Bob'])],
  ['sorts by the author’s note', 'posts', { modifier: { orderBy: { 'author.secretNote': 'ASC' } } }],
  ['sorts by an own column that is not shown', 'posts', { modifier: { orderBy: { draft: 'DESC' } } }],
  ['sorts without a policy', 'noPolicy', { modifier: { orderBy: { text: 'ASC' } } }],
  ['sorts by a column of the link', 'posts', { modifier: { orderBy: { 'author.&.contract': 'ASC' } } }],
  [
    'sorts inside a relation',
    'friends',
    { attributeQuery: [['friends', { attributeQuery: ['name'], modifier: { orderBy: { email: 'ASC' } } }]] },
  ],
  [
    'matches a relation behind a relation whose columns are shown',
    'columns',
    condition('author.email', ['like', 'ann%']),
  ],
  [
    'matches relations where all columns are shown',
    'columns',
    condition('comments', ['exist', { key: 'text', value: ['=', 'hidden first'] }]),
  ],
  [
    'matches behind a relation that is shown by its id',
    'bareRelation',
    condition('author.email', ['like', 'ann%']),
  ],
  ['matches behind a filtered entity', 'pinned', condition('author.email', ['like', 'ann%'])],
  ['matches a column of a filtered entity', 'pinned', condition('draft', ['like', '%first'])],
  ['matches a column of a relation that is read', 'authorships', condition('contract', ['like', '%first'])],
  ['matches behind the target of a relation', 'authorships', condition('target.email', ['like', 'ann%'])],
  ['matches behind the source of a relation', 'authorships', condition('source.draft', ['like', '%first'])],
  ['goes from the target of a relation on', 'authorships', condition('target.posts.text', ['=', 'first'])],
  ['turns the page of a policy with a limit', 'firstTwo', { modifier: { offset: 2 } }],
  ['sorts under a policy with a limit', 'firstTwo', { modifier: { orderBy: { score: 'DESC' } } }],
]

describe('a query of a caller may not name what the interaction does not show', () => {
  it.each(ATTACKS)('who %s (%s)', async (_, name, query) => {
    const { status, error, data } = await read(name, query)
    expect({ status, code: error?.code }).toEqual({ status: 403, code: 'query_not_allowed' })
    expect(data).toBeUndefined()
    expect(error?.message).toMatch(/To allow (it|more), |fixes the page/)
    expect(faults).not.toHaveBeenCalled()
  })

  it('would learn what an open app answers', async () => {
    const open = (name: string, query: object) => read(name, query, 'open')
    const asked = await open('noPolicy', { attributeQuery: ['text', ['author', { attributeQuery: ['*'] }]] })
    expect(JSON.stringify(asked)).toContain('Burglar alarm 4711')
    expect(texts(await open('posts', condition('author.secretNote', ['like', 'B%'])))).toEqual([
      'first',
      'third',
    ])
    expect(texts(await open('posts', condition('author.posts.draft', ['like', '%second'])))).toEqual([
      'second',
    ])
    expect(texts(await open('posts', condition('author.&.contract', ['like', '%first'])))).toEqual(['first'])
    expect(texts(await open('posts', condition('comments.text', ['=', 'hidden first'])))).toEqual(['first'])
    const exist = ['exist', { key: 'text', value: ['=', 'hidden first'] }]
    expect(texts(await open('posts', condition('comments', exist)))).toEqual(['first'])
    const ordered = await open('posts', {
      modifier: { orderBy: { 'author.secretNote': 'DESC', score: 'asc' } },
    })
    expect(inOrder(ordered)).toEqual(['second', 'first', 'third'])
    const refer = { isReferenceValue: true }
    const compared = await open('posts', condition('author.name', ['>', 'author.secretNote'], refer))
    expect(texts(compared)).toEqual([])
  })

  it.each([
    ['a name of no column', 'nothing'],
    ['another case', 'Author.secretNote'],
    ['another case of the column', 'author.SECRETNOTE'],
    ['a space', ' author.secretNote'],
    ['a quote', 'author"."secretNote'],
    ['a direction of a symmetric relation', 'author:source.secretNote'],
    ['the prototype', '__proto__'],
    ['a constructor', 'constructor'],
    ['a constructor behind a relation', 'author.constructor'],
    ['a star', '*'],
    ['a star behind a relation', 'author.*'],
    ['the link alone', '&'],
  ])('under %s', async (_, key) => {
    const queries = [
      condition(key, ['=', 'x']),
      { modifier: { orderBy: { [key]: 'ASC' } } },
      { attributeQuery: [key] },
    ]
    for (const query of queries) {
      const { status, error } = await read('ownPosts', query)
      expect([400, 403]).toContain(status)
      expect(error?.code).toMatch(/^(query_not_allowed|query_malformed|body_malformed)$/)
    }
    const open = await read('posts', condition(key, ['=', 'x']), 'open')
    expect({ key, status: open.status }).toEqual({ key, status: 400 })
    expect(faults).not.toHaveBeenCalled()
  })

  it('is refused alike whether the name exists or not', async () => {
    const [there, not] = await Promise.all(
      ['author.secretNote', 'author.secretNot2'].map((key) => read('posts', condition(key, ['=', 'x']))),
    )
    expect(there?.error?.message.replaceAll('secretNote', '…')).toBe(
      not?.error?.message.replaceAll('secretNot2', '…'),
    )
  })

  it.each([
    ['the path', '/interaction/posts', {}],
    ['the body', '/interaction', { interaction: 'posts' }],
    ['the boilerplate’s path', '/api/interaction/posts', {}],
    ['the head of an activity', '/interaction/look', { activity: 'review' }],
    ['the head of an activity by its full name', '/interaction/review:look', {}],
    ['the head in the body', '/interaction', { interaction: 'look', activity: 'review' }],
  ])('by %s', async (_, path, body) => {
    const { status, error } = await ask(path, { ...body, query: condition('author.email', ['like', 'ann%']) })
    expect({ status, code: error?.code }).toEqual({ status: 403, code: 'query_not_allowed' })
    const allowed = await ask(path, { ...body, query: condition('author.name', ['=', 'Ann']) })
    expect(texts(allowed)).toEqual(['first', 'third'])
  })

  it('also where it reads nothing', async () => {
    expect((await read('write', condition('id', ['!=', null]))).status).toBe(403)
    expect((await read('write', { modifier: { limit: 1 } })).status).toBe(200)
  })

  it('nor where the policy has a function, which Interaqt does not read', async () => {
    expect((await read('aFunction', condition('text', ['=', 'first']))).error?.code).toBe('query_not_allowed')
  })

  it('and starts no activity, nor leaves an event', async () => {
    const count = async () =>
      (await started().storage.find('_Interaction_', undefined, undefined, ['id'])).length
    const before = await count()
    await ask('/interaction/look', { activity: 'review', query: condition('author.email', ['like', 'ann%']) })
    expect(await count()).toBe(before)
  })
})
