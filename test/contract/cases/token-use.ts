import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, send, sendForm, text } from '../http.js'
import { recordedExchange } from '../recordings.js'
import type { World } from '../world.js'
import { noResource, refreshTokenOf } from './token-case.js'

const profile = { scope: 'openid offline_access profile', resource: undefined }

/** An introspection by a machine, or by the single-page application for its own token. */
function introspect(world: World, token: string, by: 'machine' | 'spa'): Promise<Answer> {
  const url = `${world.endpoint}/oidc/token/introspection`
  if (by === 'spa') return sendForm(url, { token, client_id: world.spa.id })
  const basic = Buffer.from(`${world.machine.id}:${world.machine.secret}`).toString('base64')
  return sendForm(url, { token }, { authorization: `Basic ${basic}` })
}

const revoke = (world: World, token: string): Promise<Answer> =>
  sendForm(`${world.endpoint}/oidc/token/revocation`, { token, client_id: world.spa.id })

function use(
  name: string,
  path: string,
  request: (world: World) => Promise<Answer>,
  substitute: (world: World) => Record<string, string> = () => ({}),
): ContractCase {
  return {
    name,
    recording: path,
    compares: 'status, shape of the answer; for an error its body and challenge',
    run: async (world) => {
      const { response } = recordedExchange(path)
      const answer = await request(world)
      expectLike(answer, response, { substitute: substitute(world) })
      const challenge = response.headers['www-authenticate']?.replace(
        'http://127.0.0.1:3001/oidc',
        world.issuer,
      )
      expect(answer.headers.get('www-authenticate') ?? undefined).toBe(challenge)
    },
  }
}

const uses: ContractCase[] = [
  use('userinfo with an opaque token', 'tokens/userinfo.json', async (world) =>
    world.userinfo(text(await world.tokens(world.alice, noResource), 'access_token')),
  ),
  use(
    'userinfo with an opaque token of a sign-in with a resource',
    'tokens/userinfo-with-revoked-or-opaque.json',
    async (world) => world.userinfo(text(await world.tokens(), 'access_token')),
  ),
  use('userinfo with a JWT', 'errors/userinfo-with-jwt-resource-token.json', async (world) => {
    const { resource } = { resource: world.resource.indicator }
    return world.userinfo(text(await world.exchange(await world.signIn(), { resource }), 'access_token'))
  }),
  use('userinfo of a suspended user', 'errors/userinfo-suspended-user.json', async (world) => {
    const user = await world.makeUser()
    const token = text(await world.tokens(user), 'access_token')
    await world.made('PATCH', `/users/${user.id}/is-suspended`, { isSuspended: true })
    return world.userinfo(token)
  }),
  use(
    'introspection of an opaque token by a machine',
    'tokens/introspection-user-opaque-by-m2m.json',
    async (world) =>
      introspect(world, text(await world.tokens(world.alice, profile), 'access_token'), 'machine'),
  ),
  use(
    'introspection of an opaque token by its own client',
    'tokens/introspection-user-opaque-by-own-spa.json',
    async (world) => introspect(world, text(await world.tokens(world.alice, profile), 'access_token'), 'spa'),
  ),
  use(
    'introspection of a refresh token by its own client',
    'tokens/introspection-refresh-token-by-own-spa.json',
    async (world) => introspect(world, refreshTokenOf(await world.tokens(world.alice, profile)), 'spa'),
  ),
  use('introspection of a JWT', 'tokens/introspection-user-jwt-by-m2m.json', async (world) => {
    const answer = await world.exchange(await world.signIn(), { resource: world.resource.indicator })
    return introspect(world, text(answer, 'access_token'), 'machine')
  }),
  use('introspection of garbage', 'tokens/introspection-garbage-by-m2m.json', (world) =>
    introspect(world, 'nope', 'machine'),
  ),
  use('revocation of a JWT', 'tokens/revocation-jwt.json', async (world) => {
    const answer = await world.exchange(await world.signIn(), { resource: world.resource.indicator })
    return revoke(world, text(answer, 'access_token'))
  }),
  use('revocation of a refresh token', 'tokens/revocation-refresh-token.json', async (world) =>
    revoke(world, refreshTokenOf(await world.tokens(world.alice, profile))),
  ),
  use(
    'userinfo after the refresh token was revoked',
    'tokens/userinfo-after-refresh-token-revocation.json',
    async (world) => {
      const tokens = await world.tokens(world.alice, profile)
      await revoke(world, refreshTokenOf(tokens))
      return world.userinfo(text(tokens, 'access_token'))
    },
  ),
  {
    name: 'sign-out ends the session and leads back to the application',
    recording: 'oidc/openid-configuration.json',
    compares: 'the end-session endpoint that it names: a page that posts itself, then the redirect',
    run: async (world) => {
      const person = world.person()
      await person.authorize(world.authorization(), world.alice)
      const query = new URLSearchParams({
        client_id: world.spa.id,
        post_logout_redirect_uri: 'http://127.0.0.1:4173/',
      })
      const page = await person.visit(`/oidc/session/end?${query}`)
      expect(page.status).toBe(200)
      const html = String(page.body)
      const action = /action="([^"]+)"/.exec(html)?.[1] ?? ''
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
      const body = new URLSearchParams({ xsrf, logout: 'yes' })
      const done = await person.visit(action, { method: 'POST', body })
      expect(done.status).toBe(303)
      expect(done.headers.get('location')).toBe('http://127.0.0.1:4173/')
      const again = await person.begin(
        world.authorization({ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }),
      )
      expect(again.headers.get('location')).toContain('/sign-in')
      expect((await send(`${world.endpoint}/oidc/session/end`)).status).toBe(200)
    },
  },
]

export const tokenUse: ContractGroup = { subject: 'Use and end of tokens', cases: uses }
