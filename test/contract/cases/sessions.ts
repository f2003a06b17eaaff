import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { text } from '../http.js'
import { type Person, pkceOf } from '../person.js'
import { recording } from '../recordings.js'
import { REDIRECT_URI, type World } from '../world.js'
import { errorOf, expectReleased, released, suspend } from './released.js'
import { refreshTokenOf } from './token-case.js'

interface Effects {
  effects: Record<string, Record<string, unknown>>
}

const SCOPE = 'openid profile offline_access'

/** A user with a session and a grant for each of two applications. */
interface SignedIn {
  user: { id: string }
  person: Person
  /** `uid` of the session. */
  uid: string
  other: string
  refresh(client: string): Promise<number>
  /** An opaque token of the other application. */
  opaque: string
}

async function signedIn(world: World): Promise<SignedIn> {
  const user = await world.makeUser()
  const person = world.person()
  const { id: other } = await world.make('/applications', {
    name: world.name('bc'),
    type: 'SPA',
    oidcClientMetadata: { redirectUris: [REDIRECT_URI], postLogoutRedirectUris: [] },
  })
  const tokensOf = async (client_id: string) => {
    const request = world.authorization({ client_id, scope: SCOPE, resource: undefined })
    return world.exchange(await person.authorize(request, user), { client_id })
  }
  const [first, second] = [await tokensOf(world.spa.id), await tokensOf(other)]
  const tokens = new Map([
    [world.spa.id, refreshTokenOf(first)],
    [other, refreshTokenOf(second)],
  ])
  return {
    user,
    person,
    uid: (await sessionOf(world, user)).uid,
    other,
    opaque: text(second, 'access_token'),
    refresh: async (client_id) => (await world.refresh(tokens.get(client_id) ?? '', { client_id })).status,
  }
}

async function sessionOf(
  world: World,
  { id }: { id: string },
): Promise<{ uid: string; authorizations: object }> {
  const { sessions } = (await world.made('GET', `/users/${id}/sessions`)).fields
  const [session] = Array.isArray(sessions) ? sessions : []
  return session.payload
}

async function grantIdOf(world: World, { id }: { id: string }, clientId: string): Promise<string> {
  const { grants } = (await world.made('GET', `/users/${id}/grants`)).fields
  const found = Array.isArray(grants)
    ? grants.find(({ payload }) => payload.clientId === clientId)
    : undefined
  return found.id
}

const silent = (world: World, person: Person, client_id = world.spa.id) =>
  person.begin({
    ...world.authorization({ client_id, scope: 'openid profile', resource: undefined, prompt: 'none' }),
    ...pkceOf('v'.repeat(43)),
  })

/** What an act does to the tokens and the session of two applications, and what it tells anybody. */
function effect(
  name: string,
  file: string,
  key: string,
  act: (world: World, signedIn: SignedIn) => Promise<unknown>,
): ContractCase {
  return {
    name,
    recording: released(file),
    compares: `refresh in both applications, userinfo, a silent sign-in, and which webhooks arrive (${key})`,
    run: async (world) => {
      const signed = await signedIn(world)
      const already = world.receiver.received.length
      await act(world, signed)
      const prompted = await silent(world, signed.person)
      const measured = {
        refreshSpa: await signed.refresh(world.spa.id),
        refreshBcApp: await signed.refresh(signed.other),
        userinfo: (await world.userinfo(signed.opaque)).status,
        promptNone: errorOf(prompted) ?? 'code',
      }
      await new Promise((resolve) => setTimeout(resolve, 300))
      const events = world.receiver.received
        .slice(already)
        .filter(({ body }) => body.includes(signed.user.id))
        .map(({ event }) => ({ hook: event.event }))
      const recorded = recording<Effects>(released(file)).effects[key]
      const { accountApi: _notAsked, ...expected } = recorded ?? {}
      expect({ ...measured, deliveriesReceived: events }).toEqual(expected)
    },
  }
}

const SUMMARY = 'effects-summary'
const revoke =
  (query: string) =>
  (world: World, { user, uid }: SignedIn) =>
    world.made('DELETE', `/users/${user.id}/sessions/${uid}${query}`)

const effects: ContractCase[] = [
  effect('a session that is revoked', SUMMARY, 'after-session-delete', revoke('')),
  effect(
    'a session that is revoked with all grants',
    SUMMARY,
    'after-session-delete-grants-all',
    revoke('?revokeGrantsTarget=all'),
  ),
  effect(
    'a session that is revoked with the grants of first-party applications',
    SUMMARY,
    'after-session-delete-grants-firstParty',
    revoke('?revokeGrantsTarget=firstParty'),
  ),
  effect('a grant that is revoked', SUMMARY, 'after-grant-delete-of-spa', async (world, { user }) =>
    world.made('DELETE', `/users/${user.id}/grants/${await grantIdOf(world, user, world.spa.id)}`),
  ),
  effect('a suspension', SUMMARY, 'after-suspend', (world, { user }) => suspend(world, user)),
  effect('a new password', SUMMARY, 'after-password-change-by-management-api', (world, { user }) =>
    world.made('PATCH', `/users/${user.id}/password`, { password: 'An0ther-passw0rd!x9' }),
  ),
  effect('a deletion', SUMMARY, 'after-user-delete', (world, { user }) =>
    world.made('DELETE', `/users/${user.id}`),
  ),
]

function sessionCase(name: string, file: string, run: ContractCase['run']): ContractCase {
  return {
    name,
    recording: released(file),
    compares: 'status, shape of the body; for an error the body',
    run,
  }
}

/** A request that is refused, or answered with an empty list. */
function answered(
  file: string,
  name: string,
  method: string,
  path: (world: World, signedIn: SignedIn) => string | Promise<string>,
): ContractCase {
  return sessionCase(name, file, async (world) => {
    const signed = await signedIn(world)
    expectReleased(await world.management(method, await path(world, signed)), file)
  })
}

const AUTHORIZATIONS = 'payload.authorizations'

const lists: ContractCase[] = [
  sessionCase('the sessions of a user', 'sessions-list', async (world) => {
    const { user, other } = await signedIn(world)
    const answer = await world.management('GET', `/users/${user.id}/sessions`)
    expectReleased(answer, 'sessions-list', { free: [`sessions[].${AUTHORIZATIONS}`] })
    const { authorizations } = await sessionOf(world, user)
    expect(Object.keys(authorizations).toSorted()).toEqual([world.spa.id, other].toSorted())
    for (const authorization of Object.values(authorizations)) {
      expect(authorization).toEqual({
        sid: expect.any(String),
        grantId: expect.any(String),
        persistsLogout: true,
      })
    }
  }),
  sessionCase('one session', 'session-get', async (world) => {
    const { user, uid } = await signedIn(world)
    const answer = await world.management('GET', `/users/${user.id}/sessions/${uid}`)
    expectReleased(answer, 'session-get', { free: [AUTHORIZATIONS] })
  }),
  sessionCase('the grants of a user', 'grants-list', async (world) => {
    const { user } = await signedIn(world)
    expectReleased(await world.management('GET', `/users/${user.id}/grants`), 'grants-list')
  }),
  answered(
    'sessions-list-unknown-user',
    'the sessions of an unknown user',
    'GET',
    () => '/users/nope/sessions',
  ),
  answered(
    'sessions-list-after-delete',
    'the sessions after the deletion of one',
    'GET',
    async (world, it) => {
      await revoke('')(world, it)
      return `/users/${it.user.id}/sessions`
    },
  ),
  answered('sessions-list-after-suspend', 'the sessions of a suspended user', 'GET', async (world, it) => {
    await suspend(world, it.user)
    return `/users/${it.user.id}/sessions`
  }),
  answered(
    'grants-list-third-party',
    'the grants of third-party applications',
    'GET',
    (_world, { user }) => `/users/${user.id}/grants?appType=thirdParty`,
  ),
  answered(
    'grants-list-bad-type',
    'the grants of applications of another type',
    'GET',
    (_world, { user }) => `/users/${user.id}/grants?appType=x`,
  ),
]

const refusals: ContractCase[] = [
  answered(
    'session-get-unknown',
    'an unknown session',
    'GET',
    (_, { user }) => `/users/${user.id}/sessions/nope`,
  ),
  answered(
    'session-get-other-user',
    'a session of somebody else',
    'GET',
    (world, { uid }) => `/users/${world.norole.id}/sessions/${uid}`,
  ),
  answered(
    'session-delete',
    'the deletion of a session',
    'DELETE',
    (_, { user, uid }) => `/users/${user.id}/sessions/${uid}`,
  ),
  answered(
    'session-delete-bad-target',
    'its deletion with another target',
    'DELETE',
    (_, { user, uid }) => `/users/${user.id}/sessions/${uid}?revokeGrantsTarget=some`,
  ),
  answered(
    'session-delete-other-user',
    'the deletion of a session of somebody else',
    'DELETE',
    (world, { uid }) => `/users/${world.norole.id}/sessions/${uid}`,
  ),
  answered(
    'session-delete-unknown',
    'the deletion of an unknown session',
    'DELETE',
    (_, { user }) => `/users/${user.id}/sessions/nope`,
  ),
  answered('session-delete-twice', 'a second deletion of a session', 'DELETE', async (world, it) => {
    await revoke('?revokeGrantsTarget=all')(world, it)
    return `/users/${it.user.id}/sessions/${it.uid}?revokeGrantsTarget=all`
  }),
  answered(
    'grant-delete',
    'the deletion of a grant',
    'DELETE',
    async (world, { user }) => `/users/${user.id}/grants/${await grantIdOf(world, user, world.spa.id)}`,
  ),
  answered('grant-delete-twice', 'a second deletion of a grant', 'DELETE', async (world, { user }) => {
    const path = `/users/${user.id}/grants/${await grantIdOf(world, user, world.spa.id)}`
    await world.made('DELETE', path)
    return path
  }),
  answered(
    'grant-delete-other-user',
    'the deletion of a grant of somebody else',
    'DELETE',
    async (world, { user }) =>
      `/users/${world.norole.id}/grants/${await grantIdOf(world, user, world.spa.id)}`,
  ),
  answered(
    'grant-delete-unknown',
    'the deletion of an unknown grant',
    'DELETE',
    (_, { user }) => `/users/${user.id}/grants/nope`,
  ),
]

const ends: ContractCase[] = [
  sessionCase(
    'a silent sign-in after the application’s grant was revoked',
    'after-grant-delete-of-spa-prompt-none',
    async (world) => {
      const { user, person } = await signedIn(world)
      await world.made('DELETE', `/users/${user.id}/grants/${await grantIdOf(world, user, world.spa.id)}`)
      expect(errorOf(await silent(world, person))).toBe('login_required')
    },
  ),
  sessionCase(
    'a code that waits while the session ends with its grants',
    'code-issued-before-session-and-grants-revoked-exchanged-after',
    async (world) => {
      const user = await world.makeUser()
      const code = await world.signIn(user)
      const { uid } = await sessionOf(world, user)
      await world.made('DELETE', `/users/${user.id}/sessions/${uid}?revokeGrantsTarget=all`)
      const { indicator: resource } = world.resource
      const answer = await world.exchange(code, { resource })
      expectReleased(answer, 'code-issued-before-session-and-grants-revoked-exchanged-after')
    },
  ),
]

export const sessions: ContractGroup = {
  subject: 'Sessions and grants',
  cases: [...lists, ...refusals, ...effects, ...ends],
}
