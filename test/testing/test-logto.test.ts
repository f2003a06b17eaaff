import { decodeProtectedHeader } from 'jose'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Client } from '../../src/server/index.js'
import { createTestLogto, type TestLogto } from '../../src/testing/index.js'
import { verifyWebhook } from '../../src/webhook/index.js'

const server = setupServer()
let logto: TestLogto
let client: Client

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
beforeEach(async () => {
  logto = await createTestLogto({
    users: [{ username: 'alice' }, { username: 'bob' }],
    applications: [
      { id: 'machine', name: 'M', type: 'MachineToMachine', secret: 'secret', managementApi: true },
    ],
  })
  server.use(...logto.handlers)
  client = new Client({
    logtoEndpoint: logto.endpoint,
    appId: 'machine',
    appSecret: 'secret',
    resource: logto.resource,
  })
})
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

describe('tokens without a server', () => {
  it('verify against the handlers', async () => {
    const token = await logto.accessToken({ sub: 'abcdefghijkl', scope: 'interaction:write' })
    await expect(client.verifyAccessToken(token)).resolves.toMatchObject({
      sub: 'abcdefghijkl',
      scope: 'interaction:write',
    })
  })

  it.each([
    ['expired', { expiresIn: -60 }, 'token_expired'],
    ['for another audience', { audience: 'http://other' }, undefined],
    ['without a type', { header: { typ: undefined } }, undefined],
    ['without a subject', { claims: { sub: undefined } }, undefined],
  ])('are refused when %s', async (_what, options, code) => {
    const refused = client.verifyAccessToken(await logto.accessToken(options))
    await expect(refused).rejects.toMatchObject({ name: 'AuthError', ...(code && { code }) })
  })

  it('of a machine have no scope, and are not a user’s', async () => {
    const token = await logto.machineToken()
    await expect(client.verifyAccessToken(token)).rejects.toMatchObject({ name: 'AuthError' })
    await expect(client.verifyAccessToken(token, { allowMachine: true })).resolves.toMatchObject({
      sub: 'machine',
    })
  })

  it('follow a key rotation', async () => {
    const before = await logto.accessToken({ sub: 'before' })
    await logto.faults.rotateKeys({ signingKeyAlgorithm: 'RSA' })
    const after = await logto.accessToken({ sub: 'after' })
    expect([before, after].map((token) => decodeProtectedHeader(token).alg)).toEqual(['ES384', 'RS256'])
    await expect(client.verifyAccessToken(before)).resolves.toMatchObject({ sub: 'before' })
    await expect(client.verifyAccessToken(after)).resolves.toMatchObject({ sub: 'after' })
  })
})

describe('the Management API without a server', () => {
  it('lists users for a machine token that it issues itself', async () => {
    const names: (string | null)[] = []
    for await (const user of client.users()) names.push(user.username)
    expect(names).toEqual(['bob', 'alice'])
  })

  it.each([
    ['an unknown client', { client_id: 'nobody', client_secret: 'x' }, 400, 'oidc.invalid_client'],
    ['a wrong secret', { client_id: 'machine', client_secret: 'x' }, 401, 'oidc.invalid_client'],
    ['no client', {}, 400, 'oidc.invalid_request'],
  ])('refuses %s', async (_what, form, status, code) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    const response = await logto.fetch(new Request(`${logto.issuer}/token`, { method: 'POST', body }))
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })])
  })

  it('takes basic authentication and JSON', async () => {
    const response = await logto.fetch(
      new Request(`${logto.issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from('machine:secret').toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ grant_type: 'client_credentials', resource: logto.resource }),
      }),
    )
    expect(response.status).toBe(200)
  })

  it('leaves grants that need a person to the embedded Logto', async () => {
    const form = {
      grant_type: 'refresh_token',
      client_id: 'machine',
      client_secret: 'secret',
      refresh_token: 'x',
    }
    const request = new Request(`${logto.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })
    const response = await logto.fetch(request)
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'unsupported_grant_type' }),
    ])
  })

  it('answers malformed JSON with a message alone', async () => {
    const headers = { authorization: `Bearer ${await client.getManagementToken()}` }
    const request = new Request(`${logto.endpoint}/api/users`, { method: 'POST', headers, body: '{' })
    const response = await logto.fetch(request)
    expect(response.status).toBe(400)
    expect(Object.keys(await response.json())).toEqual(['message'])
  })

  it('echoes the decoded token of a wrong audience, as Logto does', async () => {
    const headers = { authorization: `Bearer ${await logto.machineToken({ audience: 'http://other' })}` }
    const response = await logto.fetch(new Request(`${logto.endpoint}/api/users`, { headers }))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({
      code: 'auth.unauthorized',
      data: { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud', payload: { aud: 'http://other' } },
    })
  })
})

describe('webhooks without a server', () => {
  it('are signed, about whom one says, and ready to be delivered', async () => {
    const webhook = logto.webhook('User.Created', { id: 'abcdefghijkl', username: 'carol' })
    const request = webhook.request('http://127.0.0.1:4000/hook')
    expect(request.url).toBe('http://127.0.0.1:4000/hook')
    const signature = request.headers.get('logto-signature-sha-256')
    const event = verifyWebhook(await request.text(), signature, logto.signingKey)
    expect(event).toMatchObject({ event: 'User.Created', data: { id: 'abcdefghijkl', username: 'carol' } })
  })
})
