import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { recording } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import type { World } from '../world.js'

interface RecordedPage {
  request: { url: string }
  status: number
  headers: Record<string, string>
  count?: number
  first?: unknown
}

/** The relations of a Link header with the queries of their URLs. */
function relations(link: string | null | undefined, prefix: string): Record<string, string> {
  const parts = [...(link ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g)]
  return Object.fromEntries(
    parts.map(([, url = '', rel = '']) => [rel, url.replace(/^https?:\/\/[^/]+/, '').replace(prefix, '')]),
  )
}

// Pages are compared where the number of users is known: on users of one name of ours, found by a search.
const SEARCH = (world: World) => `search.username=${world.prefix}_page%25`

async function pageUsers(world: World): Promise<void> {
  const existing = await world.made('GET', `/users?${SEARCH(world)}`)
  if (existing.headers.get('total-number') !== '0') return
  for (let index = 0; index < 7; index++) {
    await world.make('/users', { username: world.name('page') })
  }
}

function page(name: string, file: string, query: string): ContractCase {
  const path = `pagination/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, number of rows, total, Link relations without their host, shape of a row',
    run: async (world) => {
      await pageUsers(world)
      const recorded = recording<RecordedPage>(path)
      const search = SEARCH(world)
      const answer = await world.management('GET', `/users?${search}${query && `&${query}`}`)
      expect(answer.status).toBe(recorded.status)
      expect(answer.headers.get('total-number')).toBe(recorded.headers['total-number'])
      const rows = Array.isArray(answer.body) ? answer.body : []
      expect(rows.length).toBe(recorded.count)
      const prefix = `${new URLSearchParams(search)}&`
      expect(relations(answer.headers.get('link'), prefix)).toEqual(relations(recorded.headers.link, ''))
      if (recorded.first) {
        const free = ['primaryEmail', 'lastSignInAt', 'applicationId']
        expectSameShape(rows[0], recorded.first, { free, optional: ['username'] })
      }
    },
  }
}

function found(
  name: string,
  file: string,
  query: (world: World) => string,
  expected: (world: World) => unknown[],
): ContractCase {
  return {
    name,
    recording: `pagination/${file}.json`,
    compares: 'status, which users are found, total, paging headers',
    run: async (world) => {
      const answer = await world.management('GET', `/users?${query(world)}`)
      expect(answer.status).toBe(200)
      const rows = Array.isArray(answer.body) ? answer.body : []
      expect(rows.map(({ id }) => id).toSorted()).toEqual(expected(world).toSorted())
      expect(answer.headers.get('total-number')).toBe(String(rows.length))
      expect(Object.keys(relations(answer.headers.get('link'), ''))).toEqual(['first', 'last'])
      expect(answer.headers.get('link')).not.toContain('/api/')
    },
  }
}

function refused(name: string, file: string): ContractCase {
  const path = `pagination/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, error body',
    run: async (world) => {
      const { request, status, first } = recording<RecordedPage>(path)
      const answer = await world.management('GET', request.url.replace(/^.*\/api/, ''))
      expectLike(answer, { status, body: first })
    },
  }
}

const CASE_SENSITIVITY = 'search-case-sensitivity'

const caseSensitivity = (name: string, query: string, finds: boolean): ContractCase =>
  found(
    name,
    CASE_SENSITIVITY,
    (world) => `search.username=${world.alice.username.toUpperCase()}&mode.username=exact${query}`,
    (world) => (finds ? [world.alice.id] : []),
  )

export const pagination: ContractGroup = {
  subject: 'Management API: pages and searches',
  cases: [
    page('all on one page', 'default', ''),
    page('a page in the middle', 'page2-size3', 'page=2&page_size=3'),
    page('a page beyond the last', 'beyond-last', 'page=99&page_size=10'),
    {
      name: 'the largest page, and the order of users',
      recording: 'pagination/users-page100-5000-headers.json',
      compares: 'status, Link relations, order by createdAt descending',
      run: async (world) => {
        await pageUsers(world)
        const answer = await world.management('GET', '/users?page_size=100')
        expect(answer.status).toBe(200)
        const times = Array.isArray(answer.body) ? answer.body.map(({ createdAt }) => Number(createdAt)) : []
        expect(times).toEqual(times.toSorted((a, b) => b - a))
        expect(relations(answer.headers.get('link'), '').first).toBe('/users?page_size=100&page=1')
      },
    },
    found(
      'by id',
      'search-id-exact',
      (world) => `search.id=${world.alice.id}&mode.id=exact`,
      (world) => [world.alice.id],
    ),
    found(
      'by several ids',
      'search-multi-exact',
      (world) => `search.id=${world.alice.id}&search.id=${world.norole.id}&mode.id=exact`,
      (world) => [world.alice.id, world.norole.id],
    ),
    {
      name: 'the Link of a search by several ids joins them',
      recording: 'pagination/search-multi-exact.json',
      compares: 'the query of the Link',
      run: async (world) => {
        const { alice, norole } = world
        const answer = await world.management(
          'GET',
          `/users?search.id=${alice.id}&search.id=${norole.id}&mode.id=exact`,
        )
        const expected = recording<RecordedPage>('pagination/search-multi-exact.json')
          .headers.link?.replaceAll('fqxs9dd65si6', alice.id)
          .replaceAll('9fi5o6ch078c', norole.id)
        expect(relations(answer.headers.get('link'), '')).toEqual(relations(expected, ''))
      },
    },
    found(
      'by username',
      'search-username-exact',
      (world) => `search.username=${world.alice.username}&mode.username=exact`,
      (world) => [world.alice.id],
    ),
    {
      name: 'by email address',
      recording: 'pagination/search-primaryEmail-exact.json',
      compares: 'status, which user is found, shape of the user',
      run: async (world) => {
        const primaryEmail = `${world.name('carol')}@example.com`
        const { id } = await world.makeUser({ primaryEmail })
        const query = `search.primaryEmail=${encodeURIComponent(primaryEmail)}&mode.primaryEmail=exact`
        const answer = await world.management('GET', `/users?${query}`)
        const { first, status } = recording<RecordedPage>('pagination/search-primaryEmail-exact.json')
        expect(answer.status).toBe(status)
        const rows = Array.isArray(answer.body) ? answer.body : []
        expect(rows.map((row) => row.id)).toEqual([id])
        expectSameShape(rows[0], first, { free: ['username', 'lastSignInAt', 'applicationId'] })
      },
    },
    found(
      'by a pattern over all fields',
      'search-like',
      (world) => `search=%25${world.alice.id}%25`,
      (world) => [world.alice.id],
    ),
    caseSensitivity('an exact search ignores case', '', true),
    caseSensitivity('unless it is told not to', '&isCaseSensitive=true', false),
    refused('a field that cannot be searched', 'search-bad-field'),
    refused('custom data cannot be searched', 'search-customData'),
    refused('a mode that does not exist', 'search-bad-mode'),
  ],
}
