import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client, type ClientSettings, ManagementError } from '../../src/server/index.js'
import unknownResource from '../fixtures/recordings/errors/m2m-unknown-resource.json' with { type: 'json' }
import withoutRole from '../fixtures/recordings/errors/mgmt-api-m2m-without-role.json' with { type: 'json' }
import unknownRoute from '../fixtures/recordings/errors/mgmt-unknown-route-404.json' with { type: 'json' }
import unknownUser from '../fixtures/recordings/errors/mgmt-unknown-user-delete-404.json' with {
  type: 'json',
}
import adminClient from '../fixtures/recordings/errors/token-m2m-default-on-default-tenant-issuer.json' with {
  type: 'json',
}
import publicClient from '../fixtures/recordings/errors/token-spa-client-credentials.json' with {
  type: 'json',
}
import wrongSecret from '../fixtures/recordings/errors/token-wrong-client-secret.json' with { type: 'json' }
import recordedUser from '../fixtures/recordings/mgmt/user-get.json' with { type: 'json' }
import deletedSecret from '../fixtures/recordings/released/token-secret-deleted.json' with { type: 'json' }
import expiredSecret from '../fixtures/recordings/released/token-secret-expired-post.json' with {
  type: 'json',
}
import unknownClient from '../fixtures/recordings/released/token-unknown-client.json' with { type: 'json' }
import { type Answer, machineClient, ScriptedLogto } from './scripted-logto.js'

let logto: ScriptedLogto
let endpoint: string
beforeEach(async () => {
  logto = new ScriptedLogto()
  endpoint = await logto.start()
})
afterEach(async () => {
  vi.useRealTimers()
  await logto.stop()
})

const clientWith = (settings: ClientSettings = {}) => machineClient(endpoint, settings)
const USER = recordedUser.response.body

describe('getManagementToken', () => {
  it('asks once for any number of cold calls, and keeps the token', async () => {
    const client = clientWith()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => client.getManagementToken()))
    expect(new Set(tokens)).toEqual(new Set(['t1']))
    expect(await client.getManagementToken()).toBe('t1')
    expect(logto.tokenRequests).toEqual([
      {
        grant_type: 'client_credentials',
        client_id: 'm2m',
        client_secret: 'm2m-secret',
        resource: 'https://default.logto.app/api',
        scope: 'all',
      },
    ])
  })

  it('is not what checkManagementAccess relies on, which asks Logto once for all who ask at a time', async () => {
    logto.tokenAnswers = [logto.token('t1', 3_600), expiredSecret.response]
    const client = clientWith()
    await client.getManagementToken()
    const checks = await Promise.allSettled([1, 2, 3].map(() => client.checkManagementAccess()))
    for (const check of checks)
      expect(check).toMatchObject({ status: 'rejected', reason: { code: 'client_secret_expired' } })
    expect(logto.tokenRequests).toHaveLength(2)
    // The token of before is good until it expires.
    expect(await client.getManagementToken()).toBe('t1')
  })

  it('renews the token before it expires', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    logto.tokenAnswers = [logto.token('t1', 3_600), logto.token('t2', 3_600)]
    const client = clientWith()
    const start = Date.now()
    await client.getManagementToken()
    vi.setSystemTime(start + 3_539_000)
    expect(await client.getManagementToken()).toBe('t1')
    vi.setSystemTime(start + 3_541_000)
    expect(await client.getManagementToken()).toBe('t2')
  })

  it('keeps a token of a short life for nine tenths of it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    logto.tokenAnswers = [logto.token('t1', 10), logto.token('t2', 10)]
    const client = clientWith()
    const start = Date.now()
    await client.getManagementToken()
    vi.setSystemTime(start + 8_900)
    expect(await client.getManagementToken()).toBe('t1')
    vi.setSystemTime(start + 9_100)
    expect(await client.getManagementToken()).toBe('t2')
  })

  it.each<[string, Partial<Answer>, string, RegExp]>([
    [
      'a wrong secret',
      wrongSecret.response,
      'client_secret_invalid',
      /secret of the application "m2m".*appSecret/,
    ],
    ['a deleted secret', deletedSecret.response, 'client_secret_invalid', /secret of the application "m2m"/],
    ['an expired secret', expiredSecret.response, 'client_secret_expired', /"m2m" has expired.*appSecret/],
    ['an unknown application', unknownClient.response, 'client_unknown', /no application "m2m"/],
    [
      "the admin tenant's application",
      adminClient.response,
      'client_unknown',
      /no application "m2m": check appId/,
    ],
    ['a wrong indicator', unknownResource.response, 'resource_unknown', /management\.resource/],
    [
      'an application of another type',
      publicClient.response,
      'client_type_unsupported',
      /machine-to-machine/,
    ],
    ['a web page', { status: 200, body: '<!doctype html>' }, 'response_invalid', /logtoEndpoint/],
    ['another server', { status: 404, body: 'Not Found' }, 'response_invalid', /logtoEndpoint/],
    ['anything else', { status: 400, body: { error: 'x_y' } }, 'request_refused', /x_y/],
  ])('says what to change: %s', async (_, answer, code, message) => {
    logto.tokenAnswers = [{ status: 500, ...answer }]
    const error = await clientWith()
      .getManagementToken()
      .catch((error) => error)
    expect(error).toBeInstanceOf(ManagementError)
    expect(error).toMatchObject({ code, status: 502, statusCode: 502, logtoStatus: answer.status })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('m2m-secret')
    expect(logto.tokenRequests).toHaveLength(1)
  })

  it('points m-default to the admin endpoint', async () => {
    logto.tokenAnswers = [adminClient.response]
    await expect(clientWith({ appId: 'm-default' }).getManagementToken()).rejects.toThrow(
      /admin endpoint.*management\.tokenEndpoint.*3002/s,
    )
  })

  it('takes another token endpoint and indicator', async () => {
    const management = { tokenEndpoint: `${endpoint}/oidc/token`, resource: 'https://tenant.logto.app/api' }
    await clientWith({
      logtoEndpoint: 'http://127.0.0.1:1',
      management,
    } as ClientSettings).getManagementToken()
    expect(logto.tokenRequests[0]).toMatchObject({ resource: 'https://tenant.logto.app/api' })
  })

  it("knows the cloud's indicator by the endpoint", async () => {
    const asked: string[] = []
    const client = new Client({
      logtoEndpoint: 'https://abc123.logto.app/',
      resource: 'x',
      appId: 'a',
      appSecret: 'b',
      fetch: async (url, init) => {
        asked.push(String(url), String(new URLSearchParams(String(init?.body)).get('resource')))
        return Response.json({ access_token: 't', expires_in: 60 })
      },
    })
    await client.getManagementToken()
    expect(asked).toEqual(['https://abc123.logto.app/oidc/token', 'https://abc123.logto.app/api'])
  })

  it('needs an application', async () => {
    const client = new Client({ logtoEndpoint: endpoint, resource: 'x' })
    await expect(client.getManagementToken()).rejects.toMatchObject({
      code: 'credentials_missing',
      status: 502,
    })
  })

  it("ends the wait, not the others' request, when the caller aborts", async () => {
    logto.tokenAnswers = ['hang']
    const client = clientWith({ management: { timeoutMs: 300, retries: 0 } })
    const controller = new AbortController()
    const aborted = client.getManagementToken({ signal: controller.signal })
    const waiting = client.getManagementToken()
    controller.abort(new Error('no longer needed'))
    await expect(aborted).rejects.toThrow('no longer needed')
    await expect(waiting).rejects.toMatchObject({ code: 'unreachable', status: 503 })
    expect(logto.tokenRequests).toHaveLength(1)
  })
})

describe('getUser', () => {
  it('gives the user as Logto has it', async () => {
    expect(await clientWith().getUser(USER.id)).toEqual(USER)
    expect(logto.apiRequests).toEqual([
      { url: `/api/users/${USER.id}`, authorization: 'Bearer t1', origin: undefined },
    ])
  })

  it('gives undefined when there is none', async () => {
    logto.apiAnswers = [unknownUser.response]
    expect(await clientWith().getUser('doesnotexist')).toBeUndefined()
  })

  it.each(['', '.', '..'])('asks nothing for %j, which would name another path', async (id) => {
    expect(await clientWith().getUser(id)).toBeUndefined()
    expect(logto.apiRequests).toEqual([])
  })

  it('cannot be led to another path', async () => {
    await clientWith().getUser('../applications?x=1#y')
    expect(logto.apiRequests[0]?.url).toBe('/api/users/..%2Fapplications%3Fx%3D1%23y')
  })

  it.each<[string, Answer, string, number]>([
    ['a missing role', withoutRole.response, 'role_missing', 502],
    ['an unknown route, which is no unknown user', unknownRoute.response, 'response_invalid', 502],
    ['a web page with status 200', { status: 200, body: '<!doctype html>' }, 'response_invalid', 502],
    ['JSON that is no user', { status: 200, body: { id: 1 } }, 'response_invalid', 502],
    ['a refusal', { status: 422, body: { code: 'x.y' } }, 'request_refused', 502],
    ['a redirect', { status: 302, headers: { location: '/' } }, 'response_invalid', 502],
  ])('says what to change: %s', async (_, answer, code, status) => {
    logto.apiAnswers = [answer]
    await expect(clientWith().getUser('abc')).rejects.toMatchObject({ name: 'ManagementError', code, status })
    expect(logto.apiRequests).toHaveLength(1)
  })

  it('names the role that is missing', async () => {
    logto.apiAnswers = [withoutRole.response]
    await expect(clientWith().getUser('abc')).rejects.toThrow('Logto Management API access')
  })

  it('gets a new token once when Logto refuses the one it has', async () => {
    const refused = { status: 401, body: { code: 'auth.unauthorized', data: { token: 'echo of the token' } } }
    logto.tokenAnswers = [logto.token('t1', 3_600), logto.token('t2', 3_600)]
    logto.apiAnswers = [refused, recordedUser.response, refused]
    const client = clientWith()
    expect(await client.getUser(USER.id)).toEqual(USER)
    expect(logto.apiRequests.map(({ authorization }) => authorization)).toEqual(['Bearer t1', 'Bearer t2'])
    const error = await client.getUser(USER.id).catch((error) => error)
    expect(error).toMatchObject({ code: 'request_refused', logtoStatus: 401, logtoCode: 'auth.unauthorized' })
    expect(JSON.stringify([error, error.message])).not.toContain('echo')
  })
})
