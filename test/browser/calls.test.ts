import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Calls, createCalls } from '../../src/browser/calls.js'
import { type ClientOptions, toSettings } from '../../src/browser/options.js'
import { type ReceivedCall, serveApi, type TestApi } from './site.js'

let api: TestApi

// One for each test: a call that one test has given up may arrive late.
beforeEach(async () => {
  api = await serveApi()
})
afterEach(async () => {
  await api.close()
  vi.restoreAllMocks()
})

const getToken = vi.fn(async (_organizationId?: string, rejected?: string) => `after-${rejected ?? 'none'}`)

const callsWith = (options: Partial<ClientOptions> = {}): Calls =>
  createCalls(
    toSettings({
      logtoEndpoint: 'http://logto.test',
      appId: 'spa',
      interaqtEndpoint: `${api.url}/base`,
      ...options,
    }),
    getToken,
  )

const only = (): ReceivedCall | undefined => (api.calls.length === 1 ? api.calls[0] : undefined)

describe('post', () => {
  it('sends JSON below the endpoint, with the token and the headers of the caller', async () => {
    const options = { headers: { 'x-mine': '1' }, organizationId: 'acme' }
    await expect(callsWith().post('/interaction/x', { payload: 1 }, options)).resolves.toEqual({
      data: '/base/interaction/x',
    })
    expect(only()).toMatchObject({
      method: 'POST',
      body: '{"payload":1}',
      headers: { authorization: 'Bearer after-none', 'content-type': 'application/json', 'x-mine': '1' },
    })
    expect(getToken).toHaveBeenLastCalledWith('acme', undefined)
  })

  it('sends no body where there is none, and resolves with undefined for an empty answer', async () => {
    api.answer = () => ({ status: 204, body: '' })
    await expect(callsWith().post('/x', undefined)).resolves.toBeUndefined()
    expect(only()?.body).toBe('')
  })

  it.each([
    [
      { status: 403, body: '{"error":{"code":"user_suspended","message":"Ask us."}}' },
      'user_suspended',
      'Ask us.',
    ],
    [{ status: 500, body: '{"error":"old"}' }, 'http_500', 'The server answers 500.'],
    [{ status: 502, body: '' }, 'http_502', 'The server answers 502.'],
    [{ status: 200, body: '<html>' }, 'http_200', 'The server answers 200.'],
    [{ status: 404, body: 'null' }, 'http_404', 'The server answers 404.'],
  ])('throws what the API answered: %j', async (answer, code, message) => {
    api.answer = () => answer
    await expect(callsWith().post('/x', {})).rejects.toMatchObject({
      name: 'ApiError',
      status: answer.status,
      code,
      message,
    })
  })

  it('repeats a 401 once, with a token that is not the refused one', async () => {
    api.answer = () => ({ status: 401 })
    await expect(callsWith().post('/x', { a: 1 })).rejects.toMatchObject({ status: 401 })
    expect(api.calls.map(({ body, headers }) => [body, headers.authorization])).toEqual([
      ['{"a":1}', 'Bearer after-none'],
      ['{"a":1}', 'Bearer after-after-none'],
    ])
  })

  it('ends after its timeout, and with the signal of the caller', async () => {
    api.answer = () => new Promise(() => {})
    await expect(callsWith({ timeoutMs: 30 }).post('/x', {})).rejects.toMatchObject({ code: 'api_timeout' })
    await expect(callsWith().post('/x', {}, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'api_timeout' })
    const reason = new Error('changed my mind')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 30)
    await expect(callsWith().post('/x', {}, { signal: controller.signal })).rejects.toBe(reason)
  })

  it('carries a user id instead of a token in local development', async () => {
    await callsWith({ devUserId: 'alice' }).post('/x', {})
    await callsWith({ devUserId: 'bob', devUserIdHeader: 'x-dev-user' }).post('/x', {})
    expect(
      api.calls.map(({ headers }) => [headers['x-user-id'], headers['x-dev-user'], headers.authorization]),
    ).toEqual([
      ['alice', undefined, undefined],
      [undefined, 'bob', undefined],
    ])
  })

  it.each(['//evil.example/x', '/\\evil.example', '/@evil.example', '/../..//evil.example'])(
    'stays with the API for the path %s',
    async (path) => {
      await callsWith().post(path, {})
      expect(api.calls).toHaveLength(1)
    },
  )

  it.each(['https://evil.example/x', '@evil.example', 'http://127.0.0.1:1/x', 'x'])(
    'refuses %s',
    async (path) => {
      await expect(callsWith().post(path, {})).rejects.toThrow(TypeError)
      expect(api.calls).toEqual([])
    },
  )
})

describe('fetch', () => {
  it('is fetch with the token, for paths, URLs and requests', async () => {
    const { fetch } = callsWith()
    const responses = await Promise.all([
      fetch('/x'),
      fetch(new URL(`${api.url}/y`)),
      fetch(new Request(`${api.url}/z`, { method: 'PUT', body: 'text' })),
    ])
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(api.calls.map(({ path }) => path).sort()).toEqual(['/base/x', '/y', '/z'])
    for (const { headers } of api.calls) expect(headers.authorization).toBe('Bearer after-none')
  })

  it('resolves with any status, and sends a request again after a 401', async () => {
    api.answer = () => ({ status: api.calls.length === 1 ? 401 : 418 })
    const response = await callsWith().fetch(new Request(`${api.url}/z`, { method: 'PUT', body: 'text' }))
    expect(response.status).toBe(418)
    expect(api.calls.map(({ body }) => body)).toEqual(['text', 'text'])
  })

  it('follows no redirect', async () => {
    const elsewhere = await serveApi()
    api.answer = () => ({ status: 302, headers: { location: elsewhere.url } })
    await expect(callsWith().fetch('/x', { redirect: 'follow' })).rejects.toMatchObject({
      code: 'api_blocked',
    })
    expect(elsewhere.calls).toEqual([])
    await elsewhere.close()
  })
})

describe('without an answer', () => {
  const failing = () => vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))

  it('says that the API cannot be reached', async () => {
    failing()
    await expect(callsWith().fetch('/x')).rejects.toMatchObject({
      name: 'NetworkError',
      code: 'api_unreachable',
    })
  })

  it('says that the API is up, but may not be read', async () => {
    failing().mockRejectedValueOnce(new TypeError('CORS')).mockResolvedValueOnce(new Response())
    await expect(callsWith().fetch('/x')).rejects.toMatchObject({ code: 'api_blocked' })
  })

  it('says that the device is offline', async () => {
    failing()
    vi.stubGlobal('navigator', { onLine: false })
    await expect(callsWith().fetch('/x')).rejects.toMatchObject({
      code: 'offline',
      message: 'This device is offline.',
    })
    vi.unstubAllGlobals()
  })

  it('passes on what is no failure of the network', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new RangeError('a bug'))
    await expect(callsWith().fetch('/x')).rejects.toThrow('a bug')
  })
})
