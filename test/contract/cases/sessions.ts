import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import type { World } from '../world.js'
import { errorOf, expectReleased, released, suspend } from './released.js'
import { effects } from './session-effects.js'
import { grantIdOf, revoke, type SignedIn, sessionOf, signedIn, silent } from './session-scene.js'

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
