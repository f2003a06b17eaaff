import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { Client } from '../../src/server/index.js'
import timeline from '../fixtures/recordings/keys/rotation-timeline.json' with { type: 'json' }
import discovery from '../fixtures/recordings/oidc/openid-configuration.json' with { type: 'json' }
import userToken from '../fixtures/recordings/tokens/B-refresh-with-resource_jwt-all-scopes.json' with {
  type: 'json',
}
import organizationToken from '../fixtures/recordings/tokens/E-organization-token.json' with { type: 'json' }
import opaqueToken from '../fixtures/recordings/tokens/J-no-resource-in-auth_opaque.json' with {
  type: 'json',
}
import managementToken from '../fixtures/recordings/tokens/N-m2m-management-api.json' with { type: 'json' }
import machineToken from '../fixtures/recordings/tokens/Q-m2m-for-interaction-resource-with-role.json' with {
  type: 'json',
}

const { access_token: token, id_token: idToken } = userToken.response
const { iat, exp } = userToken.decodedAccessToken.claims
const [first, , second] = timeline

// What Logto 1.42 issued, with the keys that it published, at the time that it did.
let jwks: unknown
const fetchRecorded = async (input: RequestInfo | URL) =>
  Response.json(String(input).endsWith('/oidc/jwks') ? jwks : discovery)
let client: Client

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
beforeEach(() => {
  vi.setSystemTime((iat + 10) * 1_000)
  jwks = first?.jwks
  client = new Client({
    logtoEndpoint: 'http://127.0.0.1:3001',
    interaqtEndpoint: 'http://127.0.0.1:4000',
    keys: { cooldownMs: 0 },
    fetch: fetchRecorded,
  })
})
afterAll(() => {
  vi.useRealTimers()
})

it("accepts Logto's access token of a user", async () => {
  expect(await client.verifyAccessToken(token)).toEqual(userToken.decodedAccessToken.claims)
})

it.each([
  ['its ID token', idToken, 'type_mismatch'],
  ['its organization token', organizationToken.response.access_token, 'audience_mismatch'],
  ['its opaque token', opaqueToken.response.access_token, 'token_malformed'],
  ['its machine token', machineToken.response.access_token, 'machine_token_not_allowed'],
  ['its token for the Management API', managementToken.response.access_token, 'audience_mismatch'],
])('refuses %s', async (_, token, code) => {
  await expect(client.verifyAccessToken(token)).rejects.toMatchObject({ code })
})

it('accepts its machine token when told so', async () => {
  const { access_token } = machineToken.response
  expect(await client.verifyAccessToken(access_token, { allowMachine: true })).toEqual(
    machineToken.decodedAccessToken.claims,
  )
})

it('refuses the token from its exp on', async () => {
  vi.setSystemTime(exp * 1_000)
  await expect(client.verifyAccessToken(token)).rejects.toMatchObject({ code: 'token_expired' })
})

it('refuses the token after two rotations, when its key is gone', async () => {
  jwks = second?.jwks
  await expect(client.verifyAccessToken(token)).rejects.toMatchObject({ code: 'key_unknown' })
})

it('reads every key set of the rotation, with RSA keys without alg', async () => {
  for (const step of timeline) {
    jwks = step.jwks
    const one = new Client({ logtoEndpoint: 'http://127.0.0.1:3001', resource: 'x', fetch: fetchRecorded })
    await one.warmUp()
    expect(one.status().keySources[0]?.kids).toEqual(step.jwks.keys.map(({ kid }) => kid))
  }
})
