import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDataAPI, type RunningServer, startServer } from '../../src/http/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { startGreetingApp } from './greeting-app.js'

const logtoEndpoint = 'http://logto.example'
const interaqtEndpoint = 'http://api.example'
const resource = `${interaqtEndpoint}/interaction`
const issuer = `${logtoEndpoint}/oidc`

let app: Awaited<ReturnType<typeof startGreetingApp>>
let server: RunningServer
let privateKey: CryptoKey
let foreignKey: CryptoKey

beforeAll(async () => {
  const keys = await generateKeyPair('ES384')
  privateKey = keys.privateKey
  foreignKey = (await generateKeyPair('ES384')).privateKey
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'key-1', alg: 'ES384', use: 'sig' }
  const documents: Record<string, unknown> = {
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/jwks` },
    [`${issuer}/jwks`]: { keys: [jwk] },
  }
  const logto = new Client({
    logtoEndpoint,
    interaqtEndpoint,
    fetch: async (input) => Response.json(documents[String(input instanceof Request ? input.url : input)]),
  })

  app = await startGreetingApp()
  await app.storage.create('User', { logtoId: 'alice0000000', name: 'Alice' })
  const apis = {
    whoAmI: createDataAPI(({ user, organizationId }) => ({ name: user.name, organizationId })),
  }
  server = await startServer(app.controller, { port: 0, parseUserId: createParseUserId(logto) }, apis)
})
afterAll(async () => {
  await server.close()
  await app.close()
})

/** An access token with Logto's exact header and claims (recordings/tokens), changed where a test asks. */
function accessToken(claims: JWTPayload = {}, { key = privateKey, typ = 'at+jwt', kid = 'key-1' } = {}) {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    jti: 'jti',
    sub: 'alice0000000',
    iat: now,
    exp: now + 3600,
    scope: '',
    client_id: 'spa',
    iss: issuer,
    aud: resource,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES384', typ, kid })
    .sign(key)
}

async function call(path: string, authorization: string | undefined, body: unknown = []) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization ? { authorization } : {}) },
    body: JSON.stringify(body),
  })
  const json = await response.json()
  const challenge = response.headers.get('www-authenticate')
  return { status: response.status, code: json.error?.code, challenge, json }
}

const now = () => Math.floor(Date.now() / 1000)

describe('an access token over HTTP', () => {
  it('lets its user in', async () => {
    const { json } = await call('/api/whoAmI', `Bearer ${await accessToken()}`)
    expect(json).toEqual({ name: 'Alice' })
  })

  it('brings its scopes and its organization along', async () => {
    const token = await accessToken({ scope: 'greet:loudly', organization_id: 'org-1' })
    expect((await call('/api/whoAmI', `Bearer ${token}`)).json).toEqual({
      name: 'Alice',
      organizationId: 'org-1',
    })
    const greeting = { payload: { text: 'HELLO' } }
    expect((await call('/interaction/greetLoudly', `Bearer ${token}`, greeting)).status).toBe(200)
    const scopeless = await accessToken({ organization_id: 'org-1' })
    expect(await call('/interaction/greetLoudly', `Bearer ${scopeless}`, greeting)).toMatchObject({
      status: 403,
      code: 'condition_failed',
    })
  })

  it.each([
    ['missing', () => undefined, 401, 'token_missing'],
    ['of another scheme', () => 'Basic YWxpY2U6c2VjcmV0', 401, 'token_type_unsupported'],
    ['garbage', () => 'Bearer garbage', 401, 'token_malformed'],
    ['opaque', () => `Bearer ${'o'.repeat(43)}`, 401, 'token_malformed'],
    [
      'expired',
      async () => `Bearer ${await accessToken({ iat: now() - 7200, exp: now() - 3600 })}`,
      401,
      'token_expired',
    ],
    [
      'for another API',
      async () => `Bearer ${await accessToken({ aud: 'http://other.example' })}`,
      401,
      'audience_mismatch',
    ],
    [
      'with a slash too many',
      async () => `Bearer ${await accessToken({ aud: `${resource}/` })}`,
      401,
      'audience_mismatch',
    ],
    [
      'of another issuer',
      async () => `Bearer ${await accessToken({ iss: 'http://other.example/oidc' })}`,
      401,
      'issuer_mismatch',
    ],
    [
      'signed by another key',
      async () => `Bearer ${await accessToken({}, { key: foreignKey })}`,
      401,
      'signature_invalid',
    ],
    ['an ID token', async () => `Bearer ${await accessToken({}, { typ: 'JWT' })}`, 401, 'type_mismatch'],
    [
      'a machine token',
      async () => `Bearer ${await accessToken({ sub: 'm2m', client_id: 'm2m' })}`,
      403,
      'machine_token_not_allowed',
    ],
    ['too large', () => `Bearer ${'a'.repeat(9000)}`, 401, 'token_too_large'],
  ])('that is %s is refused', async (_, authorization, status, code) => {
    const answer = await call('/interaction/greet', await authorization(), { payload: { text: 'refused' } })
    expect(answer).toMatchObject({ status, code })
    if (status === 401) expect(answer.challenge).toMatch(/^Bearer/)
    expect(Object.keys(answer.json)).toEqual(['error'])
    const records = await app.storage.find('Greeting', undefined, undefined, ['text'])
    expect(records).not.toContainEqual(expect.objectContaining({ text: 'refused' }))
  })

  it('of a user who is not known here is refused', async () => {
    const token = await accessToken({ sub: 'nobody000000' })
    expect(await call('/api/whoAmI', `Bearer ${token}`)).toMatchObject({ status: 401, code: 'user_unknown' })
  })
})

describe("the original Logto guide's parseUserId", () => {
  it('works as it stands', async () => {
    const logto = { verifyJWTForAPI: async (_headers: object) => ({ sub: 'alice0000000' }) }
    const guided = await startServer(
      app.controller,
      { port: 0, parseUserId: async (headers) => (await logto.verifyJWTForAPI(headers)).sub },
      { guide: createDataAPI(({ logtoId }) => logtoId) },
    )
    const response = await fetch(`${guided.url}/api/guide`, { method: 'POST' })
    expect(await response.json()).toBe('alice0000000')
    await guided.close()
  })
})
