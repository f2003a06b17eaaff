import { describe, expect, it } from 'vitest'
import { ManagementApi } from '../../src/server/management-api.js'
import { sendJson, writeJson } from '../../src/server/management-write.js'
import withoutRole from '../fixtures/recordings/errors/mgmt-api-m2m-without-role.json' with { type: 'json' }
import unknownRoute from '../fixtures/recordings/errors/mgmt-unknown-route-404.json' with { type: 'json' }
import unknownUser from '../fixtures/recordings/errors/mgmt-unknown-user-patch-404.json' with { type: 'json' }
import invalid from '../fixtures/recordings/errors/mgmt-user-set-unknown-field.json' with { type: 'json' }
import type { Answer } from './scripted-logto.js'

/** A ManagementApi whose requests get the given answers, the last of them for ever; `lost` is no answer. */
function apiThatGets(...answers: (Answer | 'lost')[]) {
  const requests: { method: string; path: string; authorization: string | null; body: unknown }[] = []
  let tokens = 0
  const api = new ManagementApi({
    logtoEndpoint: 'http://logto.test',
    appId: 'm2m',
    appSecret: 'm2m-secret',
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { pathname, search } = new URL(request.url)
      if (pathname === '/oidc/token') return Response.json({ access_token: `t${++tokens}`, expires_in: 60 })
      const text = await request.text()
      requests.push({
        method: request.method,
        path: pathname + search,
        authorization: request.headers.get('authorization'),
        body: text === '' ? undefined : [request.headers.get('content-type'), JSON.parse(text)],
      })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (answer === 'lost' || answer === undefined) throw new TypeError('fetch failed')
      const { status, body, headers = {} } = answer
      const content = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
      return new Response(content ?? null, { status, headers })
    },
  })
  return { api, requests }
}

describe('a request to the Management API', () => {
  it.each(['POST', 'PATCH'] as const)('sends a %s with JSON and the machine token', async (method) => {
    const { api, requests } = apiThatGets({ status: 201, body: { id: 'app' } })
    const { status, body } = await writeJson(api, method, '/applications', { name: 'Web' })
    expect([status, body]).toEqual([201, { id: 'app' }])
    expect(requests).toEqual([
      {
        method,
        path: '/api/applications',
        authorization: 'Bearer t1',
        body: ['application/json', { name: 'Web' }],
      },
    ])
  })

  it('takes an answer to a write that has no body', async () => {
    const { api } = apiThatGets({ status: 204 })
    expect(await writeJson(api, 'PATCH', '/hooks/h1', {})).toMatchObject({ status: 204, body: undefined })
  })

  it('sends no body with a GET, and repeats it when its answer was lost', async () => {
    const { api, requests } = apiThatGets('lost', { status: 200, body: {} })
    await api.get('/resources/r1')
    expect(requests).toMatchObject([{ method: 'GET', body: undefined }, { method: 'GET' }])
  })

  it.each<[string, Answer | 'lost', string]>([
    ['that was lost', 'lost', 'unreachable'],
    ['with status 500', { status: 500 }, 'server_error'],
    ['with status 429', { status: 429, headers: { 'retry-after': '0' } }, 'rate_limited'],
  ])('never repeats a POST or PATCH after an answer %s', async (_, answer, code) => {
    for (const method of ['POST', 'PATCH'] as const) {
      const { api, requests } = apiThatGets(answer, { status: 201, body: {} })
      await expect(writeJson(api, method, '/hooks', {})).rejects.toMatchObject({ code, status: 503 })
      expect(requests).toHaveLength(1)
    }
  })

  it('sends a POST again with a new token when the old one got a 401, which carried nothing out', async () => {
    const refused = { status: 401, body: { code: 'auth.unauthorized' } }
    const { api, requests } = apiThatGets(refused, { status: 201, body: {} })
    await writeJson(api, 'POST', '/hooks', {})
    expect(requests.map(({ authorization }) => authorization)).toEqual(['Bearer t1', 'Bearer t2'])
  })

  it.each<[string, Answer, object]>([
    ['a missing role', withoutRole.response, { code: 'role_missing', logtoStatus: 403 }],
    [
      'an input that Logto refuses',
      invalid.response,
      {
        code: 'request_refused',
        logtoStatus: 422,
        logtoCode: 'entity.invalid_input',
        logtoMessage: 'Invalid input. Value list must not be empty.',
      },
    ],
    ['a thing that is not there', unknownUser.response, { code: 'request_refused', logtoStatus: 404 }],
    ['an unknown route', unknownRoute.response, { code: 'response_invalid', logtoStatus: 404 }],
    ['a redirect', { status: 302, headers: { location: '/' } }, { code: 'response_invalid' }],
  ])('says why it failed: %s', async (_, answer, expected) => {
    const { api } = apiThatGets(answer)
    await expect(writeJson(api, 'PATCH', '/users/abc', {})).rejects.toMatchObject(expected)
  })

  it("keeps back Logto's words for a 401, which may echo the token", async () => {
    const { api } = apiThatGets({ status: 401, body: { code: 'auth.unauthorized', message: 'the token' } })
    const error = await api.get('/users/abc').catch((error) => error)
    expect(error).toMatchObject({ logtoStatus: 401, logtoCode: 'auth.unauthorized' })
    expect(error.logtoMessage).toBeUndefined()
  })

  it('finds a thing, or undefined when Logto says that it is not there', async () => {
    expect(await apiThatGets({ status: 200, body: { id: 1 } }).api.find('/hooks/h1')).toMatchObject({
      body: { id: 1 },
    })
    expect(await apiThatGets(unknownUser.response).api.find('/hooks/h1')).toBeUndefined()
    await expect(apiThatGets(unknownRoute.response).api.find('/nothing')).rejects.toMatchObject({
      code: 'response_invalid',
    })
  })

  it('hands a refusal on where the caller asks for any answer', async () => {
    const refusal = { status: 422, body: { code: 'hook.test_failed', data: { responseStatus: 401 } } }
    const { status, body } = await sendJson(apiThatGets(refusal).api, 'POST', '/hooks/h1/test', {})
    expect([status, body]).toEqual([422, refusal.body])
  })
})
