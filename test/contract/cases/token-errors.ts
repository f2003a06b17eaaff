import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { expectLike } from '../expect-like.js'
import { type Answer, send, text } from '../http.js'
import { recordedExchange, recording } from '../recordings.js'
import { MANAGEMENT_API, REDIRECT_URI, type World } from '../world.js'
import { expectReleased, expectReleasedToken, released } from './released.js'

const UNKNOWN_RESOURCE = 'http://127.0.0.1:4000/unknown'

function refused(name: string, file: string, request: (world: World) => Promise<Answer>): ContractCase {
  const path = `errors/${file}.json`
  return {
    name,
    recording: path,
    compares: 'status, content type, cache-control, challenge, error body',
    run: async (world) => {
      const { response } = recordedExchange(path)
      const answer = await request(world)
      expectLike(answer, response)
      expect(answer.headers.get('cache-control') ?? undefined).toBe(response.headers['cache-control'])
      const challenge = response.headers['www-authenticate']?.replace(
        'http://127.0.0.1:3001/oidc',
        world.issuer,
      )
      expect(answer.headers.get('www-authenticate') ?? undefined).toBe(challenge)
    },
  }
}

const refreshToken = async (world: World, credentials = world.alice): Promise<string> =>
  text(await world.tokens(credentials), 'refresh_token')

const machine = (world: World) => ({ client_id: world.machine.id, client_secret: world.machine.secret })

const codeCases: ContractCase[] = [
  refused('a code that does not exist', 'token-bad-code', (world) =>
    world.token({
      grant_type: 'authorization_code',
      client_id: world.spa.id,
      code: 'nope',
      redirect_uri: 'http://127.0.0.1:4173/callback',
      code_verifier: 'x'.repeat(43),
    }),
  ),
  refused('a code with a wrong verifier', 'token-code-wrong-verifier', async (world) =>
    world.exchange(await world.signIn(), { code_verifier: 'y'.repeat(43) }),
  ),
  refused('a code without a verifier', 'token-code-missing-verifier', async (world) =>
    world.exchange(await world.signIn(), { code_verifier: '' }),
  ),
  refused('a code with another redirect URI', 'token-code-wrong-redirect-uri', async (world) =>
    world.exchange(await world.signIn(), { redirect_uri: 'http://127.0.0.1:4173/callbackx' }),
  ),
  refused(
    'a code without a redirect URI, of a client with two',
    'token-code-missing-redirect-uri',
    async (world) => {
      const client_id = await makeClientOfTwoUris(world)
      return world.exchange(await world.signIn(world.alice, { client_id }), { client_id, redirect_uri: '' })
    },
  ),
  refused('a code with an unknown resource', 'token-code-unknown-resource', async (world) =>
    world.exchange(await world.signIn(), { resource: 'http://nope' }),
  ),
  refused('a code used twice', 'code-replay', async (world) => {
    const authorization = await world.signIn()
    await world.exchange(authorization)
    return world.exchange(authorization, { resource: world.resource.indicator })
  }),
]

/** A single-page application with two redirect URIs: a request has to say which one. */
export async function makeClientOfTwoUris(world: World): Promise<string> {
  const { id } = await world.make('/applications', {
    name: world.name('spa'),
    type: 'SPA',
    oidcClientMetadata: { redirectUris: [REDIRECT_URI, `${REDIRECT_URI}2`], postLogoutRedirectUris: [] },
  })
  return id
}

const refreshCases: ContractCase[] = [
  refused('a refresh with an unknown resource', 'refresh-unknown-resource', async (world) =>
    world.refresh(await refreshToken(world), { resource: UNKNOWN_RESOURCE }),
  ),
  refused('a refresh for an organization of others', 'refresh-organization-not-member', async (world) =>
    world.refresh(await refreshToken(world), { organization_id: 'nope' }),
  ),
  refused(
    'a refresh for an organization without the scope',
    'refresh-organization-without-organizations-scope',
    async (world) => {
      const first = await world.tokens(world.alice, { scope: 'openid offline_access profile' })
      return world.refresh(text(first, 'refresh_token'), { organization_id: world.organization.id })
    },
  ),
  refused('a refresh of a suspended user', 'refresh-suspended-user', async (world) => {
    const user = await world.makeUser()
    const token = await refreshToken(world, user)
    await world.made('PATCH', `/users/${user.id}/is-suspended`, { isSuspended: true })
    return world.refresh(token, { resource: world.resource.indicator })
  }),
  refused('a refresh token used again after 3 s', 'refresh-family-revoked', async (world) => {
    return (await reuseAfterWindow(world)).reused
  }),
  {
    name: 'that reuse ends the whole grant',
    recording: 'errors/refresh-family-revoked.json',
    compares: 'the rotated token is refused with the recorded body too',
    run: async (world) => {
      const { response } = recordedExchange('errors/refresh-family-revoked.json')
      expectLike((await reuseAfterWindow(world)).rotated, response)
    },
  },
]

let reuse: Promise<{ reused: Answer; rotated: Answer }> | undefined

/** Answers to a refresh token used again after the window of 3 s, and then to the one that it was rotated to. */
function reuseAfterWindow(world: World): Promise<{ reused: Answer; rotated: Answer }> {
  reuse ??= (async () => {
    const resource = world.resource.indicator
    const used = await refreshToken(world)
    const rotated = text(await world.refresh(used, { resource }), 'refresh_token')
    await new Promise((resolve) => setTimeout(resolve, 3200))
    return {
      reused: await world.refresh(used, { resource }),
      rotated: await world.refresh(rotated, { resource }),
    }
  })()
  return reuse
}

const clientCases: ContractCase[] = [
  refused('a wrong client secret', 'token-wrong-client-secret', (world) =>
    world.machineToken({ client_secret: 'wrong', resource: world.resource.indicator }),
  ),
  refused('a wrong client secret by basic authentication', 'token-wrong-client-secret-basic', (world) => {
    const basic = Buffer.from(`${world.machine.id}:wrong`).toString('base64')
    const form = { grant_type: 'client_credentials', resource: world.resource.indicator }
    return world.token(form, { authorization: `Basic ${basic}` })
  }),
  refused('no client', 'token-missing-client', (world) =>
    world.token({ grant_type: 'client_credentials', resource: world.resource.indicator }),
  ),
  refused('no grant type', 'token-missing-grant-type', (world) => world.token(machine(world))),
  refused('an unsupported grant type', 'token-unsupported-grant-type', (world) =>
    world.token({ grant_type: 'password', ...machine(world) }),
  ),
  refused('a single-page application that asks as a machine', 'token-spa-client-credentials', (world) =>
    world.token({
      grant_type: 'client_credentials',
      client_id: world.spa.id,
      resource: world.resource.indicator,
    }),
  ),
  refused('a machine and an unknown resource', 'm2m-unknown-resource', (world) =>
    world.machineToken({ resource: UNKNOWN_RESOURCE }),
  ),
  refused('a machine and a resource with a trailing slash', 'token-m2m-trailing-slash-resource', (world) =>
    world.machineToken({ resource: `${world.resource.indicator}/` }),
  ),
  refused(
    'the built-in machine at the tenant endpoint',
    'token-m2m-default-on-default-tenant-issuer',
    (world) =>
      world.machineToken(
        { resource: MANAGEMENT_API, scope: 'all' },
        { id: 'm-default', secret: 'x'.repeat(32) },
      ),
  ),
  refused('a token request in JSON is accepted', 'token-json-body-accepted', (world) =>
    send(`${world.endpoint}/oidc/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'client_credentials',
        ...machine(world),
        resource: world.resource.indicator,
      }),
    }),
  ),
  {
    name: 'the token endpoint has no rate limit',
    recording: 'errors/rate-limit-probe-token-endpoint.json',
    compares: 'status of every request with a wrong secret; here 60 instead of 300',
    run: async (world) => {
      const { statuses } = recording<{ statuses: Record<string, number> }>(
        'errors/rate-limit-probe-token-endpoint.json',
      )
      const answers = await Promise.all(
        Array.from({ length: 60 }, () =>
          world.machineToken({ client_secret: 'wrong', resource: world.resource.indicator }),
        ),
      )
      expect([...new Set(answers.map(({ status }) => String(status)))]).toEqual(Object.keys(statuses))
    },
  },
]

const leftOut: ContractCase[] = [
  {
    name: 'a code without a redirect URI, of a client with one',
    recording: released('code-exchange-without-redirect_uri-one-registered-uri'),
    compares: 'status, shape of the answer, claims of its access token',
    run: async (world) => {
      const { indicator: resource } = world.resource
      const answer = await world.exchange(await world.signIn(), { redirect_uri: undefined, resource })
      expectReleasedToken(answer, 'code-exchange-without-redirect_uri-one-registered-uri')
    },
  },
  {
    name: 'the same, of a client with two',
    recording: released('code-exchange-without-redirect_uri-two-registered-uris'),
    compares: 'status, content type, error body',
    run: async (world) => {
      const client_id = await makeClientOfTwoUris(world)
      const code = await world.signIn(world.alice, { client_id })
      const answer = await world.exchange(code, { client_id, redirect_uri: undefined })
      expectReleased(answer, 'code-exchange-without-redirect_uri-two-registered-uris')
    },
  },
]

export const tokenErrors: ContractGroup = {
  subject: 'Refused token requests',
  cases: [...codeCases, ...leftOut, ...refreshCases, ...clientCases],
}
