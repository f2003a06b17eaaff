import fc from 'fast-check'
import { expect, it } from 'vitest'
import { postsOverHttp } from './posts-over-http.js'

const { read } = postsOverHttp()

/** Columns by record and type, and relations: what a query may really name. */
const RECORDS: Record<string, { columns: Record<string, string>; relations: Record<string, string> }> = {
  Post: {
    columns: {
      id: 'id',
      text: 'string',
      draft: 'string',
      score: 'number',
      isPinned: 'boolean',
      writtenAt: 'timestamp',
      layout: 'object',
      tags: 'collection',
    },
    relations: { author: 'User', comments: 'Comment' },
  },
  User: {
    columns: { id: 'id', name: 'string', email: 'string' },
    relations: { posts: 'Post', friends: 'User' },
  },
  Comment: { columns: { id: 'id', text: 'string', isHidden: 'boolean' }, relations: { post: 'Post' } },
}
const VALUES: Record<string, fc.Arbitrary<unknown>> = {
  id: fc.uuid(),
  string: fc.oneof(fc.string(), fc.constantFrom('first', '%', "'", '"', '\ud800', '\u0000', '$1', '--')),
  number: fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constantFrom('1e400', '0x1', ' 7 ')),
  boolean: fc.boolean(),
  timestamp: fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.constantFrom('2026-01-01', '-270000-01-01', '0'),
  ),
  object: fc.jsonValue(),
  collection: fc.jsonValue(),
}
const ORDER = ['<', '<=', '>', '>=']
const isOrdered = (type: string) => type !== 'object' && type !== 'collection'

/** Paths of at most `depth` relations, with the type that they lead to. */
function pathsOf(record: string, depth: number): { path: string; type: string }[] {
  const { columns, relations } = RECORDS[record] ?? { columns: {}, relations: {} }
  const own = Object.entries(columns).map(([path, type]) => ({ path, type }))
  const further = depth === 0 ? [] : Object.entries(relations)
  return [
    ...own,
    ...further.flatMap(([name, target]) =>
      pathsOf(target, depth - 1).map(({ path, type }) => ({ path: `${name}.${path}`, type })),
    ),
  ]
}

function condition(record: string, depth: number): fc.Arbitrary<unknown> {
  return fc.constantFrom(...pathsOf(record, depth)).chain(({ path: key, type }) => {
    const value = VALUES[type] ?? fc.constant(null)
    const operators: fc.Arbitrary<[string, unknown]>[] = [
      fc.tuple(fc.constantFrom('=', '!='), fc.oneof(value, fc.constant(null))),
      fc.tuple(
        fc.constantFrom('in', 'not in', 'IN'),
        fc.array(fc.oneof(value, fc.constant(null)), { maxLength: 4 }),
      ),
      fc.tuple(fc.constantFrom('is null', 'is not null', 'not'), fc.constant(null)),
      ...(isOrdered(type)
        ? [
            fc.tuple(fc.constantFrom(...ORDER), value),
            fc.tuple(fc.constant('between'), fc.tuple(value, value)),
          ]
        : []),
      ...(type === 'string' ? [fc.tuple(fc.constantFrom('like', 'LIKE'), fc.string())] : []),
      ...(type === 'collection'
        ? [fc.tuple(fc.constant('contains'), fc.oneof(fc.string(), fc.integer()))]
        : []),
    ]
    return fc.oneof(...operators).map((pair) => ({ key, value: pair }))
  })
}

function match(record: string, depth: number): fc.Arbitrary<unknown> {
  const relations = Object.entries(RECORDS[record]?.relations ?? {})
  const one: fc.Arbitrary<unknown>[] = [condition(record, depth)]
  if (depth > 0) {
    for (const [key, target] of relations) {
      one.push(match(target, depth - 1).map((inner) => ({ key, value: ['exist', inner] })))
    }
  }
  const reference = fc
    .constantFrom(...pathsOf(record, 1).filter(({ type }) => isOrdered(type)))
    .chain(({ path: key, type }) =>
      fc
        .constantFrom(...pathsOf('Post', 2).filter((other) => other.type === type))
        .chain(({ path }) =>
          fc
            .constantFrom('=', '<', '!=')
            .map((operator) => ({ key, value: [operator, path], isReferenceValue: true })),
        ),
    )
  const simple = fc.oneof(...one, reference)
  const joined = (operator: string) =>
    fc
      .tuple(simple, simple)
      .map(([left, right]) => ({ type: 'expression', operator, left, ...(operator !== 'not' && { right }) }))
  return fc.oneof(simple, joined('and'), joined('or'), joined('not'))
}

function attributes(record: string, depth: number): fc.Arbitrary<unknown[]> {
  const { columns, relations } = RECORDS[record] ?? { columns: {}, relations: {} }
  const own = fc.subarray([...Object.keys(columns), '*'])
  if (depth === 0) return own
  const nested = Object.entries(relations).map(([name, target]) =>
    fc
      .tuple(attributes(target, depth - 1), modifier(target))
      .map(([attributeQuery, mod]) => [name, { attributeQuery, modifier: mod }]),
  )
  return fc
    .tuple(
      own,
      fc.subarray(nested).chain((some) => fc.tuple(...some)),
    )
    .map(([a, b]) => [...a, ...b])
}

function modifier(record: string): fc.Arbitrary<object> {
  const paths = pathsOf(record, 0)
    .filter(({ type }) => isOrdered(type))
    .map(({ path }) => path)
  return fc.record(
    {
      limit: fc.nat(4),
      offset: fc.nat(2),
      orderBy: fc.dictionary(
        fc.constantFrom(...paths, ...(record === 'Post' ? ['author.name', 'author.id'] : [])),
        fc.constantFrom('ASC', 'desc'),
        { maxKeys: 2 },
      ),
    },
    { requiredKeys: [] },
  )
}

const query = fc.record(
  { match: match('Post', 2), attributeQuery: attributes('Post', 2), modifier: modifier('Post') },
  { requiredKeys: [] },
)

it('whatever a caller asks for in an open app, it is answered, or refused with 400', async () => {
  let answered = 0
  await fc.assert(
    fc.asyncProperty(query, async (asked) => {
      const { status, error } = await read('noPolicy', asked, 'open')
      if (status === 200) answered += 1
      else expect({ status, code: error?.code }).toEqual({ status: 400, code: 'query_malformed' })
    }),
    { numRuns: 100 },
  )
  expect(answered).toBeGreaterThan(50)
}, 60_000)
