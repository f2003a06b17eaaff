import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { recordedExchange } from '../recordings.js'
import { expectSameShape } from '../shape.js'
import type { World } from '../world.js'

const file = (name: string): string => `released/${name}.json`
const queryOf = (name: string): string => new URL(recordedExchange(file(name)).request.url).search.slice(1)

const refused = (name: string, title: string): ContractCase => ({
  name: title,
  recording: file(name),
  compares: 'status, content type, error body',
  run: async (world) => {
    await world.replay(file(name))
  },
})

/** The ids and the total of a list of users. */
async function listed(world: World, query: string): Promise<{ ids: string[]; total: string | null }> {
  const { body, headers } = await world.made('GET', `/users?${query}`)
  const ids = Array.isArray(body) ? body.map(({ id }) => String(id)) : []
  return { ids, total: headers.get('total-number') }
}

const ignored = (name: string): ContractCase => ({
  name: `a parameter that is ignored: ${name.replace('users-', '').replaceAll('-', ' ')}`,
  recording: file(name),
  compares: 'the same users in the same order as without it, the same total',
  run: async (world) => {
    for (let count = 0; count < 3; count++) await world.makeUser()
    // What the recorded request asks for besides the page, and a time that would leave out everybody.
    const parameters = new URLSearchParams(queryOf(name))
    if (parameters.has('start_time')) parameters.set('start_time', String(Date.now() + 60_000))
    expect(await listed(world, String(parameters))).toEqual(await listed(world, 'page_size=3'))
  },
})

const found = (
  name: string,
  title: string,
  query: (ids: string[]) => string,
  expected: (ids: string[]) => string[],
): ContractCase => ({
  name: title,
  recording: file(name),
  compares: 'status, which users are found, total',
  run: async (world) => {
    expect(recordedExchange(file(name)).response.status).toBe(200)
    const ids = [world.alice.id, world.norole.id]
    const answer = await listed(world, query(ids))
    expect(answer.ids.toSorted()).toEqual(expected(ids).toSorted())
    expect(answer.total).toBe(String(answer.ids.length))
  },
})

/** Searches of users, and parameters that search or sort nothing. */
export const searches: ContractGroup = {
  subject: 'Management API: what finds and what sorts no users',
  cases: [
    refused('users-search-createdAt', 'the time of the creation cannot be searched'),
    refused('users-search-updatedAt', 'the time of the last change cannot be searched'),
    refused('users-search-id-similar_to', 'similar_to does not go without regard to case'),
    ignored('users-sort-parameter'),
    ignored('users-order-by-parameter'),
    ignored('users-start_time-on-users'),
    found(
      'users-search-id-like-prefix',
      'by the prefix of an id',
      ([id = '']) => `search.id=${id.slice(0, 11)}%25`,
      ([id = '']) => [id],
    ),
    found(
      'users-search-id-exact-many',
      'by any of several ids',
      ([one, other]) => `search.id=${one}&search.id=${other}&mode.id=exact&joint=or`,
      (ids) => ids,
    ),
    found(
      'users-search-id-regex',
      'by a regular expression',
      ([id = '']) => `search.id=${encodeURIComponent(`^${id.slice(0, 11)}[0-9a-z]$`)}&mode.id=posix`,
      ([id = '']) => [id],
    ),
    {
      name: 'digests of a page of users',
      recording: file('users-include-password-hash'),
      compares: 'keys of a row; its password fields are null where there is no password',
      run: async (world) => {
        const { id } = await world.make('/users', { username: world.name('none') })
        const { body } = await world.made(
          'GET',
          `/users?search.id=${id}&mode.id=exact&includePasswordHash=true`,
        )
        const { response } = recordedExchange(file('users-include-password-hash'))
        expectSameShape(body, response.body, { optional: ['[].cimdClientId'] })
      },
    },
  ],
}
