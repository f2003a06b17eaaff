import { describe, expect, it } from 'vitest'
import { MALFORMED } from './malformed-queries.js'
import { condition, postsOverHttp, texts } from './posts-over-http.js'

const { read, started } = postsOverHttp()

describe('a malformed query', () => {
  it.each(MALFORMED)('with %s is refused with 400', async (_, query) => {
    const queries = { posts: ['*', 'author.*', 'comments.text'] }
    for (const option of [undefined, queries, 'open'] as const) {
      const { status, error } = await read('posts', query, option)
      // What is not allowed may be refused as that, in an open app nothing is.
      const expected = option !== 'open' && status === 403 ? 'query_not_allowed' : 'query_malformed'
      expect({ status: status === 403 ? 400 : status, code: error?.code }).toEqual({
        status: 400,
        code: expected,
      })
      expect(error?.message).not.toMatch(/SELECT|syntax|\$1/)
    }
  })

  it.each([
    ['an array', []],
    ['a text', 'text'],
    ['a number', 1],
  ])('that is %s is refused with 400', async (_, query) => {
    expect((await read('posts', query)).status).toBe(400)
  })

  it('finds no way into the SQL, also where everything is allowed', async () => {
    const { attributes } = Object(started().storage.map).records.Post
    const column: string = attributes.text.field
    expect(column).toMatch(/^\w+$/)
    // Interaqt 4.10 takes this for a resolved column, and answers with the posts that the policy leaves out.
    const outOfThePolicy = `Post.${column}")) OR ((1=1)) OR (("${column}" = "${column}`
    const marks = { isReferenceValue: true, isResolvedFieldReference: true }
    for (const option of [undefined, 'open'] as const) {
      const { error } = await read('ownPosts', condition('text', ['=', outOfThePolicy], marks), option)
      expect(error?.code).toBe('query_malformed')
      expect(error?.message).toContain('"isResolvedFieldReference"')
    }
  })

  it('says what was expected, what came, and where', async () => {
    const { error } = await read('posts', { modifier: { limit: -1 } })
    expect(error?.message).toBe('query.modifier.limit must be an integer from 0, got -1.')
    const nested = { match: { type: 'expression', operator: 'and', left: { key: 'text', value: ['~', 1] } } }
    expect((await read('posts', nested)).error?.message).toMatch(
      /^query\.match\.left\.value\[0\] must be one of =, /,
    )
  })

  it('does not grow without end', async () => {
    const one = { key: 'text', value: ['=', 'first'] }
    const wide = (count: number): unknown =>
      count === 1
        ? one
        : { type: 'expression', operator: 'or', left: wide(count >> 1), right: wide(count - (count >> 1)) }
    expect(texts(await read('posts', { match: wide(100) }))).toEqual(['first'])
    expect((await read('posts', { match: wide(101) })).error?.code).toBe('query_malformed')
    const listed = (count: number) =>
      condition('score', ['in', Array.from({ length: count }, (_, index) => index)])
    expect(texts(await read('posts', listed(1000)))).toHaveLength(3)
    expect((await read('posts', listed(1001))).error?.code).toBe('query_malformed')
    const long = { attributeQuery: Array.from({ length: 201 }, (_, index) => `a${index}`) }
    expect((await read('posts', long, 'open')).status).toBe(400)
    let deep: unknown = one
    for (let depth = 0; depth < 90; depth++) deep = { type: 'expression', operator: 'not', left: deep }
    expect(texts(await read('posts', { match: deep }))).toEqual(['first'])
    expect(
      (
        await read('posts', {
          match: { type: 'expression', operator: 'not', left: JSON.parse('['.repeat(120) + ']'.repeat(120)) },
        })
      ).status,
    ).toBe(400)
  })
})
