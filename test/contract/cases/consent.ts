import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { pkceOf } from '../person.js'
import type { World } from '../world.js'
import { errorOf, expectReleased, expectReleasedToken, released } from './released.js'
import { BOTH_SCOPES, refreshTokenOf } from './token-case.js'

const READ = 'interaction:read'
const WRITE = 'interaction:write'
const SCOPE = `openid offline_access ${BOTH_SCOPES}`
const RECORDED_SCOPE = 'admin:posts'

/** Gives a role to a user, or takes it away. */
const give = (world: World, user: { id: string }, roleId: string) =>
  world.made('POST', `/users/${user.id}/roles`, { roleIds: [roleId] })
const take = (world: World, user: { id: string }, roleId: string) =>
  world.made('DELETE', `/users/${user.id}/roles/${roleId}`)

/** A person who has signed in with a role that may read, and then got the one that may write too. */
async function promoted(world: World) {
  const user = await world.makeUser()
  const name = world.name('reader')
  const scopeIds = [world.scopes.read]
  const reader = await world.make('/roles', { name, description: name, type: 'User', scopeIds })
  await give(world, user, reader.id)
  const person = world.person()
  const request = world.authorization({ scope: SCOPE })
  const { indicator: resource } = world.resource
  const tokens = await world.exchange(await person.authorize(request, user), { resource })
  expect(tokens.fields.scope).toBe(READ)
  await give(world, user, world.role.id)
  return { user, person, request, resource, refreshToken: refreshTokenOf(tokens) }
}

function consentCase(name: string, files: readonly string[], run: ContractCase['run']): ContractCase {
  const compares =
    'status, shape of the answer, claims of its access token, which scopes; for an error its body'
  return { name, recording: files.map(released).join(', '), compares, run }
}

export const consent: ContractGroup = {
  subject: 'Scopes as granted at the last consent',
  cases: [
    consentCase(
      'a role taken away leaves the next refreshed token at once, and one given back returns',
      [
        'B1-refresh-role-held-at-sign-in',
        'B2-refresh-role-removed-after-sign-in',
        'B3-refresh-role-given-back',
      ],
      async (world) => {
        const user = await world.makeUser()
        await give(world, user, world.role.id)
        const { indicator: resource } = world.resource
        const held = await world.refresh(refreshTokenOf(await world.tokens(user)), { resource })
        expect(expectReleasedToken(held, 'B1-refresh-role-held-at-sign-in')).toBe(BOTH_SCOPES)
        await take(world, user, world.role.id)
        const removed = await world.refresh(refreshTokenOf(held), { resource })
        expect(expectReleasedToken(removed, 'B2-refresh-role-removed-after-sign-in')).toBe('')
        await give(world, user, world.role.id)
        const back = await world.refresh(refreshTokenOf(removed), { resource })
        expect(expectReleasedToken(back, 'B3-refresh-role-given-back')).toBe(BOTH_SCOPES)
      },
    ),
    consentCase(
      'a role given after the sign-in reaches no refreshed token',
      ['B4-refresh-role-new-since-sign-in'],
      async (world) => {
        const { refreshToken, resource } = await promoted(world)
        const answer = await world.refresh(refreshToken, { resource })
        expect(expectReleasedToken(answer, 'B4-refresh-role-new-since-sign-in')).toBe(READ)
      },
    ),
    consentCase(
      'nor one that names its scope',
      ['B5-refresh-role-new-since-sign-in-scope-named'],
      async (world) => {
        const { refreshToken, resource } = await promoted(world)
        const answer = await world.refresh(refreshToken, { resource, scope: WRITE })
        expectReleased(answer, 'B5-refresh-role-new-since-sign-in-scope-named', {
          substitute: { [RECORDED_SCOPE]: WRITE },
        })
      },
    ),
    consentCase('a silent sign-in asks for consent', ['B6-prompt-none-after-new-role'], async (world) => {
      const { person, request } = await promoted(world)
      const answer = await person.begin({ ...request, ...pkceOf('v'.repeat(43)), prompt: 'none' })
      expect(answer.status).toBe(303)
      expect(errorOf(answer)).toBe('consent_required')
      expect(answer.headers.get('location')).toContain('error_description=requested+scopes+not+granted')
    }),
    consentCase(
      'a new authorization grants it without a question',
      ['B6b-no-prompt-after-new-role', 'B6c-no-prompt-after-new-role-token'],
      async (world) => {
        const { user, person, request, resource } = await promoted(world)
        const silent = { ...request, prompt: undefined }
        const begun = await person.begin({ ...silent, ...pkceOf('v'.repeat(43)) })
        expect(begun.status).toBe(303)
        expect(begun.headers.get('location')).toBe(`/consent?app_id=${world.spa.id}`)
        const answer = await world.exchange(await person.authorize(silent, user), { resource })
        expect(expectReleasedToken(answer, 'B6c-no-prompt-after-new-role-token')).toBe(BOTH_SCOPES)
      },
    ),
    consentCase(
      'the refresh token from before that stays as it was',
      ['B7-authorize-again-prompt-consent-after-new-role', 'B8-old-refresh-token-after-second-authorization'],
      async (world) => {
        const { user, person, request, resource, refreshToken } = await promoted(world)
        const again = await world.exchange(await person.authorize(request, user), { resource })
        const file = 'B7-authorize-again-prompt-consent-after-new-role'
        expect(expectReleasedToken(again, file)).toBe(BOTH_SCOPES)
        const old = await world.refresh(refreshToken, { resource })
        expect(expectReleasedToken(old, 'B8-old-refresh-token-after-second-authorization')).toBe(READ)
      },
    ),
  ],
}
