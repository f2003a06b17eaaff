import { text } from '../http.js'
import { type Person, pkceOf } from '../person.js'
import { REDIRECT_URI, type World } from '../world.js'
import { refreshTokenOf } from './token-case.js'

const SCOPE = 'openid profile offline_access'

/** A user with a session and a grant for each of two applications. */
export interface SignedIn {
  user: { id: string }
  person: Person
  /** `uid` of the session. */
  uid: string
  other: string
  refresh(client: string): Promise<number>
  /** An opaque token of the other application. */
  opaque: string
}

export async function signedIn(world: World): Promise<SignedIn> {
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

export async function sessionOf(
  world: World,
  { id }: { id: string },
): Promise<{ uid: string; authorizations: object }> {
  const { sessions } = (await world.made('GET', `/users/${id}/sessions`)).fields
  const [session] = Array.isArray(sessions) ? sessions : []
  return session.payload
}

export async function grantIdOf(world: World, { id }: { id: string }, clientId: string): Promise<string> {
  const { grants } = (await world.made('GET', `/users/${id}/grants`)).fields
  const found = Array.isArray(grants)
    ? grants.find(({ payload }) => payload.clientId === clientId)
    : undefined
  return found.id
}

export const silent = (world: World, person: Person, client_id = world.spa.id) =>
  person.begin({
    ...world.authorization({ client_id, scope: 'openid profile', resource: undefined, prompt: 'none' }),
    ...pkceOf('v'.repeat(43)),
  })

/** Revokes the session; `query` says which of its grants end with it. */
export const revoke =
  (query: string) =>
  (world: World, { user, uid }: SignedIn) =>
    world.made('DELETE', `/users/${user.id}/sessions/${uid}${query}`)
