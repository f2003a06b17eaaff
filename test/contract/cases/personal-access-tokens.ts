import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, send } from '../http.js'
import { recordedExchange } from '../recordings.js'
import type { World } from '../world.js'
import {
  exchanged,
  exchangeForm,
  ofRelease,
  PERSONAL_ACCESS_TOKEN,
  personalAccessToken,
  suspend,
} from './exchange-case.js'
import { BOTH_SCOPES } from './token-case.js'

const READ = 'interaction:read'
const type = { subject_token_type: PERSONAL_ACCESS_TOKEN }
const compares = 'status, content type, shape of the answer; for a refusal the body'

/** A recorded request about the personal access tokens of a user, made about a new one. */
function managed(
  name: string,
  file: string,
  replay: (world: World, path: string, userId: string) => Promise<Answer>,
): ContractCase {
  const recording = `released/${file}.json`
  return {
    name,
    recording,
    compares,
    run: async (world) => {
      const { id } = await world.makeUser()
      const answer = await replay(world, `/users/${id}/personal-access-tokens`, id)
      const { response } = recordedExchange(recording)
      expectLike(answer, { ...response, body: response.body ?? '' })
    },
  }
}

const management: ContractCase[] = [
  managed('a personal access token', 'pat-create', (world, path) =>
    world.management('POST', path, { body: { name: 'cli' } }),
  ),
  managed('one that expires', 'pat-create-with-expiry', (world, path) =>
    world.management('POST', path, { body: { name: 'short', expiresAt: Date.now() + 60_000 } }),
  ),
  managed('one that has expired already', 'pat-create-past', (world, path) =>
    world.management('POST', path, { body: { name: 'past', expiresAt: Date.now() - 1000 } }),
  ),
  managed('a name that the user has given already', 'pat-create-duplicate-name', async (world, path) => {
    await world.made('POST', path, { name: 'cli' })
    return world.management('POST', path, { body: { name: 'cli' } })
  }),
  managed('one of an unknown user', 'pat-create-unknown-user', (world) =>
    world.management('POST', '/users/nobody/personal-access-tokens', { body: { name: 'cli' } }),
  ),
  {
    ...managed('the list shows the values again, newest first', 'pat-list', async (world, path) => {
      const first = await world.made('POST', path, { name: 'first' })
      // Two of the same millisecond would have no order.
      await new Promise((resolve) => setTimeout(resolve, 5))
      const second = await world.made('POST', path, { name: 'second', expiresAt: Date.now() + 60_000 })
      const listed = await world.management('GET', path)
      expect(listed.body).toEqual([second.body, first.body])
      return listed
    }),
    compares: `${compares}; the values are those of the creations`,
  },
  managed('a new name', 'pat-rename', async (world, path) => {
    await world.made('POST', path, { name: 'cli' })
    return world.management('PATCH', `${path}/cli`, { body: { name: 'cli2' } })
  }),
  managed('delete a personal access token', 'pat-delete', async (world, path) => {
    await world.made('POST', path, { name: 'cli' })
    const answer = await world.management('DELETE', `${path}/cli`)
    expect((await world.made('GET', path)).body).toEqual([])
    return answer
  }),
  managed('delete one that does not exist', 'pat-delete-unknown', (world, path) =>
    world.management('DELETE', `${path}/none`),
  ),
]

const exchanges: ContractCase[] = [
  exchanged(
    'exchanged by a single-page application',
    'pat-exchange-spa',
    BOTH_SCOPES,
    async ({ spa }, world) =>
      spa({ ...type, subject_token: (await personalAccessToken(world)).value, scope: BOTH_SCOPES }),
  ),
  exchanged('exchanged again', 'pat-exchange-again', READ, async ({ spa }, world) => {
    const form = { ...type, subject_token: (await personalAccessToken(world)).value, scope: READ }
    expect((await spa(form)).status).toBe(200)
    return spa(form)
  }),
  exchanged('exchanged by a machine', 'pat-exchange-m2m', READ, async ({ machine }, world) =>
    machine({ ...type, subject_token: (await personalAccessToken(world)).value, scope: READ }),
  ),
  exchanged(
    'exchanged without a resource: opaque',
    'pat-exchange-without-resource',
    undefined,
    async ({ spa }, world) =>
      spa({
        ...type,
        subject_token: (await personalAccessToken(world)).value,
        resource: undefined,
        scope: 'openid profile',
      }),
  ),
  exchanged('exchanged after it was renamed', 'pat-exchange-after-rename', '', async ({ spa }, world) => {
    const { name, value } = await personalAccessToken(world)
    const path = `/users/${world.alice.id}/personal-access-tokens/${name}`
    await world.made('PATCH', path, { name: world.name('renamed') })
    return spa({ ...type, subject_token: value })
  }),
  ...[
    exchanged('exchanged of a suspended user', 'pat-exchange-suspended-user', '', async ({ spa }, world) =>
      spa({ ...type, subject_token: await tokenOfSuspended(world) }),
    ),
    exchanged(
      'exchanged of a suspended user without a resource: opaque',
      'pat-exchange-suspended-user-opaque',
      undefined,
      async ({ spa }, world) =>
        spa({
          ...type,
          subject_token: await tokenOfSuspended(world),
          resource: undefined,
          scope: 'openid profile',
        }),
    ),
  ].map(ofRelease),
  exchanged(
    'exchanged as an access token',
    'pat-exchange-as-access_token-type',
    undefined,
    async ({ spa }, world) => spa({ subject_token: (await personalAccessToken(world)).value }),
  ),
  exchanged('exchanged after it was deleted', 'pat-exchange-deleted', undefined, async ({ spa }, world) => {
    const { name, value } = await personalAccessToken(world)
    await world.made('DELETE', `/users/${world.alice.id}/personal-access-tokens/${name}`)
    return spa({ ...type, subject_token: value })
  }),
  exchanged('exchanged after it expired', 'pat-exchange-expired', undefined, async ({ spa }, world) => {
    const { value } = await personalAccessToken(world, world.alice.id, { expiresAt: Date.now() + 1500 })
    await new Promise((resolve) => setTimeout(resolve, 1700))
    return spa({ ...type, subject_token: value })
  }),
  exchanged(
    'exchanged by a machine that may not exchange tokens',
    'pat-exchange-application-not-allowed',
    undefined,
    async (_, world) => {
      const { id, secret } = world.plainMachine
      const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
      const { value } = await personalAccessToken(world)
      return world.token(exchangeForm(world, { ...type, subject_token: value }), { authorization })
    },
  ),
]

async function tokenOfSuspended(world: World): Promise<string> {
  const { id } = await world.makeUser()
  const { value } = await personalAccessToken(world, id)
  await suspend(world, id)
  return value
}

/** A personal access token is no access token: neither endpoint takes it. */
function asBearer(name: string, file: string, path: string): ContractCase {
  const recording = `released/${file}.json`
  return {
    name,
    recording,
    compares: 'status, content type, body, challenge',
    run: async (world) => {
      const { value } = await personalAccessToken(world)
      const { response } = recordedExchange(recording)
      const headers = { authorization: `Bearer ${value}` }
      const answer = await send(`${world.endpoint}${path}`, { headers })
      expectLike(answer, response)
      const challenge = response.headers['www-authenticate']?.replace(
        'http://127.0.0.1:3001/oidc',
        world.issuer,
      )
      expect(answer.headers.get('www-authenticate') ?? undefined).toBe(challenge)
    },
  }
}

export const personalAccessTokens: ContractGroup = {
  subject: 'Personal access tokens',
  cases: [
    ...management,
    ...exchanges,
    asBearer('not usable at userinfo', 'pat-as-bearer-at-userinfo', '/oidc/me'),
    asBearer('not usable at the account API', 'pat-as-bearer-at-account-api', '/api/my-account'),
  ],
}
