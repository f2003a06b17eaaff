import { HTTPException } from 'hono/http-exception'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AppOptions, createApp, createDataAPI, HttpError } from '../../src/http/index.js'
import { SyncError } from '../../src/interaqt/errors.js'
import { AuthError } from '../../src/server/auth-error.js'
import { startGreetingApp } from './greeting-app.js'

let app: Awaited<ReturnType<typeof startGreetingApp>>
let greetings = 0

beforeAll(async () => {
  app = await startGreetingApp()
  await app.storage.create('User', { logtoId: 'alice0000000', name: 'Alice' })
  await app.storage.create('User', { logtoId: 'bob000000000', name: 'Bob', isSuspended: true })
  await app.storage.create('User', { logtoId: 'carol0000000', name: 'Carol', isDeleted: true })
})
afterAll(() => app.close())

const onError = vi.fn()
beforeEach(() => onError.mockReset())

// Stands for a verified token: the bearer token is the Logto user id, then its scopes.
const parseUserId: AppOptions['parseUserId'] = async ({ authorization }) => {
  const [userId, ...scopes] = authorization?.replace(/^Bearer /, '').split(' ') ?? []
  if (userId === 'garbage') {
    throw new AuthError('token_malformed', 'Expected a JWT, got garbage')
  }
  return userId ? { userId, scopes } : undefined
}

function request(
  path: string,
  body: unknown,
  { as = 'alice0000000', headers = {}, ...options }: Options = {},
) {
  const hono = createApp(app.controller, { parseUserId, onError, ...options })
  return hono.request(path, {
    method: 'POST',
    headers: {
      ...(as ? { Authorization: `Bearer ${as}` } : {}),
      'Content-Type': 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

type Options = Partial<AppOptions> & { as?: string; headers?: Record<string, string> }

const greeting = () => ({ payload: { text: `hello ${greetings++}` } })

async function expectRefusal(answer: Response | Promise<Response>, status: number, code: string) {
  const response = await answer
  const body = await response.json()
  expect([response.status, body.error?.code]).toEqual([status, code])
  expect(Object.keys(body)).toEqual(['error'])
  expect(Object.keys(body.error)).toEqual(['code', 'message'])
  expect(JSON.stringify(body)).not.toMatch(/ at .*\.(js|ts)|node_modules/)
  return { headers: response.headers, message: String(body.error.message) }
}

describe('interactions', () => {
  it.each([
    ['the path', '/interaction/greet', {}],
    ['the body, as under Interaqt 0.8', '/interaction', { interaction: 'greet' }],
    ["the boilerplate's path", '/api/interaction/greet', {}],
  ])('are named by %s', async (_, path, extra) => {
    const body = { ...greeting(), ...extra }
    const response = await request(path, body)
    expect(response.status).toBe(200)
    const records = await app.storage.find('Greeting', undefined, undefined, ['*'])
    expect(records).toContainEqual(expect.objectContaining({ text: body.payload.text, from: 'alice0000000' }))
  })

  it('store a short user in the event: no profile, no claims', async () => {
    await request('/interaction/greet', greeting(), { as: 'alice0000000 a b' })
    const events = await app.storage.find('_Interaction_', undefined, undefined, ['*'])
    const last = events.at(-1)
    expect(last?.user).toEqual({ id: expect.anything(), logtoId: 'alice0000000', scopes: ['a', 'b'] })
  })

  it('answer what they read', async () => {
    const response = await request('/interaction/greetings', {
      query: { attributeQuery: ['text'], modifier: { limit: 1 } },
    })
    expect(await response.json()).toEqual({ data: [expect.objectContaining({ text: expect.any(String) })] })
  })

  it('keep the mutations of records to themselves', async () => {
    expect(await (await request('/interaction/greet', greeting())).json()).toEqual({})
  })

  it('refuse a payload that does not fit', async () => {
    const { message } = await expectRefusal(
      request('/interaction/greet', { payload: {} }),
      400,
      'payload_invalid',
    )
    expect(message).toContain('text')
    expect(onError).not.toHaveBeenCalled()
  })

  it('see the scopes of the caller in their conditions', async () => {
    const denied = await expectRefusal(
      request('/interaction/greetLoudly', greeting()),
      403,
      'condition_failed',
    )
    expect(denied.message).toContain('may_greetLoudly')
    const allowed = await request('/interaction/greetLoudly', greeting(), { as: 'alice0000000 greet:loudly' })
    expect(allowed.status).toBe(200)
  })

  it('have no scopes when parseUserId returns a bare Logto user id', async () => {
    const bare = { parseUserId: async () => 'alice0000000' }
    await expectRefusal(request('/interaction/greetLoudly', greeting(), bare), 403, 'condition_failed')
    expect((await request('/interaction/greet', greeting(), bare)).status).toBe(200)
  })

  it('pass on the code and message that a condition speaks', async () => {
    const { message } = await expectRefusal(
      request('/interaction/greetPolitely', greeting()),
      403,
      'say_please',
    )
    expect(message).toBe('Say please.')
  })

  it('fail closed when a condition throws, tell the operator and nobody else', async () => {
    const { message } = await expectRefusal(
      request('/interaction/greetBroken', greeting()),
      403,
      'condition_failed',
    )
    expect(message).not.toContain('hunter2')
    expect(onError).toHaveBeenCalledOnce()
  })

  it('ask to come again when a condition lost a race for the database', async () => {
    const { headers } = await expectRefusal(request('/interaction/lock', {}), 503, 'retry_later')
    expect(headers.get('Retry-After')).toBe('1')
  })

  it('name the conflict as the application names it', async () => {
    const body = greeting()
    await request('/interaction/greet', body)
    await expectRefusal(request('/interaction/greet', body), 409, 'GREETING_TAKEN')
  })

  it.each(['nothing', 'constructor', '__proto__', 'greet:x'])('are unknown: %s', async (name) => {
    await expectRefusal(request(`/interaction/${name}`, {}), 404, 'interaction_unknown')
  })

  it('leave the other event sources of the controller out of reach', async () => {
    await expectRefusal(request('/interaction/backdoor', {}), 404, 'interaction_unknown')
    await expectRefusal(request('/interaction', { interaction: 'backdoor' }), 404, 'interaction_unknown')
  })

  it('need a name', async () => {
    await expectRefusal(request('/interaction', {}), 400, 'body_malformed')
  })
})

describe('bodies', () => {
  it.each([
    ['broken JSON', '{"payload":', 400, 'body_malformed'],
    ['an array', '[]', 400, 'body_malformed'],
    ['null', 'null', 400, 'body_malformed'],
    ['a payload that is no object', '{"payload":"x"}', 400, 'body_malformed'],
    ['a query that is no object', '{"query":[]}', 400, 'body_malformed'],
    ['an activity that is no string', '{"activity":{}}', 400, 'body_malformed'],
    ['a key __proto__', '{"payload":{"__proto__":{"text":"x"}}}', 400, 'body_malformed'],
    ['a million brackets', '['.repeat(500_000) + ']'.repeat(500_000), 400, 'body_malformed'],
    ['more than maxBodyBytes', JSON.stringify({ payload: 'x'.repeat(1_100_000) }), 413, 'body_too_large'],
  ])('are refused: %s', async (_, body, status, code) => {
    await expectRefusal(request('/interaction/greet', body), status, code)
    expect(onError).not.toHaveBeenCalled()
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data'])(
    'are refused as %s',
    async (type) => {
      await expectRefusal(
        request('/interaction/greet', greeting(), { headers: { 'Content-Type': type } }),
        415,
        'content_type_unsupported',
      )
    },
  )

  it.each(['application/json; charset=utf-8', 'application/JSON', 'application/vnd.api+json'])(
    'are taken as %s',
    async (type) => {
      const response = await request('/interaction/greet', greeting(), { headers: { 'Content-Type': type } })
      expect(response.status).toBe(200)
    },
  )

  it('may be absent', async () => {
    await expectRefusal(request('/interaction/greet', undefined), 400, 'payload_invalid')
  })

  it('are not read of a caller who is not signed in', async () => {
    await expectRefusal(request('/interaction/greet', '{"broken', { as: '' }), 401, 'unauthenticated')
  })
})

describe('callers', () => {
  it('are challenged when they are not signed in', async () => {
    const { headers } = await expectRefusal(
      request('/interaction/greet', greeting(), { as: '' }),
      401,
      'unauthenticated',
    )
    expect(headers.get('WWW-Authenticate')).toBe('Bearer')
  })

  it('are told what is wrong with their token', async () => {
    const { headers } = await expectRefusal(
      request('/interaction/greet', greeting(), { as: 'garbage' }),
      401,
      'token_malformed',
    )
    expect(headers.get('WWW-Authenticate')).toContain('Bearer error="invalid_token"')
  })

  it.each([
    [401, 'unauthenticated', 'Bearer'],
    [403, 'forbidden', null],
  ])(
    'get a %i with fixed words when parseUserId throws an error of that status',
    async (status, code, challenge) => {
      const upstream = Object.assign(new Error('secret'), {
        status,
        code: 'secret',
        headers: { 'set-cookie': 'secret=1', 'www-authenticate': 'Secret' },
      })
      const parseUserId = () => {
        throw upstream
      }
      const { headers, message } = await expectRefusal(
        request('/interaction/greet', greeting(), { parseUserId }),
        status,
        code,
      )
      expect([headers.get('www-authenticate'), headers.get('set-cookie')]).toEqual([challenge, null])
      expect(message).not.toContain('secret')
    },
  )

  it('are anonymous where that is allowed, by whatever 401 parseUserId says that nobody is signed in', async () => {
    const apis = { hello: createDataAPI(({ user }) => user?.name ?? 'stranger', { allowAnonymous: true }) }
    for (const thrown of [
      new HTTPException(401),
      Object.assign(new Error(), { expose: true, status: 401 }),
      { status: 401 },
      { expose: true, status: 401 },
      new HTTPException(401, { res: new Response('mine', { status: 401 }) }),
    ]) {
      const parseUserId = () => {
        throw thrown
      }
      const response = await request('/api/hello', [], { apis, parseUserId, as: '' })
      expect(await response.json()).toBe('stranger')
      expect((await request('/api/hello', [], { apis, parseUserId })).status).toBe(401)
    }
  })

  it('get 500 when parseUserId fails otherwise', async () => {
    const parseUserId = async () => {
      throw Object.assign(new Error('secret'), { status: 404 })
    }
    await expectRefusal(request('/interaction/greet', greeting(), { parseUserId }), 500, 'internal_error')
    expect(onError).toHaveBeenCalledOnce()
  })

  it('are refused when suspended, deleted or unknown, though the token is valid', async () => {
    await expectRefusal(
      request('/interaction/greet', greeting(), { as: 'bob000000000' }),
      403,
      'user_suspended',
    )
    await expectRefusal(
      request('/interaction/greet', greeting(), { as: 'carol0000000' }),
      401,
      'user_deleted',
    )
    await expectRefusal(
      request('/interaction/greet', greeting(), { as: 'dave00000000' }),
      401,
      'user_unknown',
    )
  })

  it('are found by the property that the app names', async () => {
    const response = await request('/interaction/greet', greeting(), { as: 'Alice', userProperty: 'name' })
    expect(response.status).toBe(200)
  })

  it('are provisioned just in time with sync', async () => {
    const ensureUser = vi.fn(async (logtoId: string) => ({ id: 'record-1', logtoId, isSuspended: false }))
    const sync = { ensureUser, apply: async () => 'ignored' }
    const response = await request('/interaction/greet', greeting(), {
      as: 'erin00000000',
      sync,
      webhook: false,
    })
    expect(response.status).toBe(200)
    expect(ensureUser).toHaveBeenCalledWith('erin00000000')
  })

  it("hear of Logto's absence when they cannot be provisioned", async () => {
    const sync = {
      ensureUser: async () => {
        throw new SyncError('logto_unavailable', 'Logto cannot be reached.')
      },
      apply: async () => 'ignored',
    }
    const { headers } = await expectRefusal(
      request('/interaction/greet', greeting(), { sync, webhook: false }),
      503,
      'logto_unavailable',
    )
    expect(headers.get('Retry-After')).toBe('5')
  })
})

describe('data APIs', () => {
  const apis = {
    whoAmI: createDataAPI(({ user, scopes }) => ({ name: user.name, scopes })),
    echo: createDataAPI((_context, text: string, times: number) => text.repeat(times), {
      params: ['string', 'number'],
    }),
    count: createDataAPI(
      async function (this: typeof app.controller) {
        return (await this.system.storage.find('User', undefined, undefined, ['id'])).length
      },
      { allowAnonymous: true },
    ),
    welcome: createDataAPI(({ user }) => `hello ${user?.name ?? 'stranger'}`, { allowAnonymous: true }),
    nothing: createDataAPI(() => undefined),
    raw: createDataAPI(() => new Response('as it is', { status: 202 })),
    teapot: createDataAPI(() => {
      throw new HttpError(418, 'teapot', 'I am a teapot.')
    }),
    broken: createDataAPI(() => {
      throw new Error('secret path /etc/passwd')
    }),
    upstream: createDataAPI(() => {
      throw Object.assign(new Error('secret of the upstream'), {
        status: 404,
        statusCode: 404,
        code: 'secret',
        headers: { 'set-cookie': 'secret=1', 'www-authenticate': 'Secret' },
      })
    }),
    hono: createDataAPI(() => {
      throw new HTTPException(409, { message: 'You are friends already.' })
    }),
    exposed: createDataAPI(() => {
      throw Object.assign(new Error('Slow down.'), {
        expose: true,
        statusCode: 429,
        headers: { 'Retry-After': 3 },
      })
    }),
    badId: createDataAPI(
      async function (this: typeof app.controller, _context, id: string) {
        const { MatchExp } = await import('interaqt')
        return this.system.storage.findOne('User', MatchExp.atom({ key: 'id', value: ['=', id] }))
      },
      { params: ['string'] },
    ),
  }

  it('know the caller', async () => {
    const response = await request('/api/whoAmI', [], { apis, as: 'alice0000000 a' })
    expect(await response.json()).toEqual({ name: 'Alice', scopes: ['a'] })
  })

  it('take parameters by position', async () => {
    expect(await (await request('/api/echo', ['ab', 2], { apis })).json()).toBe('abab')
    await expectRefusal(request('/api/echo', ['ab', '2'], { apis }), 400, 'params_invalid')
  })

  it('serve anonymous callers where allowed, and refuse a bad token even there', async () => {
    expect(await (await request('/api/count', [], { apis, as: '' })).json()).toBe(3)
    expect(await (await request('/api/welcome', [], { apis, as: '' })).json()).toBe('hello stranger')
    expect(await (await request('/api/welcome', [], { apis })).json()).toBe('hello Alice')
    await expectRefusal(request('/api/welcome', [], { apis, as: 'garbage' }), 401, 'token_malformed')
    await expectRefusal(request('/api/whoAmI', [], { apis, as: '' }), 401, 'unauthenticated')
  })

  it('answer null for nothing, and a Response as it is', async () => {
    expect(await (await request('/api/nothing', [], { apis })).json()).toBeNull()
    const response = await request('/api/raw', [], { apis })
    expect([response.status, await response.text()]).toEqual([202, 'as it is'])
  })

  it('may refuse in their own words', async () => {
    await expectRefusal(request('/api/teapot', [], { apis }), 418, 'teapot')
  })

  it("may throw Hono's HTTPException, or an error that is marked as exposed", async () => {
    const hono = await expectRefusal(request('/api/hono', [], { apis }), 409, 'conflict')
    expect(hono.message).toBe('You are friends already.')
    const exposed = await expectRefusal(request('/api/exposed', [], { apis }), 429, 'too_many_requests')
    expect([exposed.message, exposed.headers.get('retry-after')]).toEqual(['Slow down.', '3'])
    expect(onError).not.toHaveBeenCalled()
  })

  it("give nothing away of an HTTP client's error", async () => {
    const { message, headers } = await expectRefusal(
      request('/api/upstream', [], { apis }),
      500,
      'internal_error',
    )
    expect(JSON.stringify([message, ...headers])).not.toMatch(/secret/i)
    expect(onError).toHaveBeenCalledOnce()
  })

  it('keep their defects to themselves', async () => {
    const { message } = await expectRefusal(request('/api/broken', [], { apis }), 500, 'internal_error')
    expect(message).not.toContain('passwd')
    expect(onError).toHaveBeenCalledOnce()
  })

  it.each([['text'], [{ status: 418 }], [undefined], [null]])(
    'may throw %j, which is no Error',
    async (thrown) => {
      const throwing = createDataAPI(() => {
        throw thrown
      })
      const { headers } = await expectRefusal(
        request('/api/throwing', [], { apis: { throwing } }),
        500,
        'internal_error',
      )
      expect(onError).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ cause: thrown }),
        expect.any(Request),
      )
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
        'no-store',
        'nosniff',
      ])
    },
  )

  it('are answered though onError throws', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const throwing = () => {
      throw new Error('onError is broken')
    }
    await expectRefusal(request('/api/broken', [], { apis, onError: throwing }), 500, 'internal_error')
    expect(said).toHaveBeenCalledOnce()
    said.mockRestore()
  })

  it('answer 400 for a value that the database cannot take', async () => {
    await expectRefusal(request('/api/badId', ['not a uuid'], { apis }), 400, 'payload_invalid')
  })

  it.each(['missing', 'constructor', 'toString', '__proto__'])('are unknown: %s', async (name) => {
    await expectRefusal(request(`/api/${name}`, [], { apis }), 404, 'api_unknown')
  })
})

describe('the app', () => {
  it("answers what an application's own route throws, an Error or not", async () => {
    const hono = createApp(app.controller, { parseUserId, onError })
    hono.get('/own/:kind', (c) => {
      throw c.req.param('kind') === 'text' ? 'text' : new SyncError('logto_unavailable', 'secret')
    })
    await expectRefusal(hono.request('/own/text'), 500, 'internal_error')
    await expectRefusal(hono.request('/own/error'), 503, 'logto_unavailable')
    expect(onError).toHaveBeenCalledTimes(2)
  })

  it('answers a ping', async () => {
    const response = await createApp(app.controller, { parseUserId }).request('/ping')
    expect(await response.json()).toEqual({ message: 'pong' })
  })

  it('has nothing elsewhere', async () => {
    const hono = createApp(app.controller, { parseUserId })
    await expectRefusal(await hono.request('/interaction/greet'), 404, 'not_found')
    await expectRefusal(await hono.request('/'), 404, 'not_found')
  })

  it('forbids caches and guessing of types', async () => {
    for (const response of [await request('/interaction/greet', greeting()), await request('/nowhere', {})]) {
      expect(response.headers.get('Cache-Control')).toBe('no-store')
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
  })

  it('sends no CORS headers unless asked', async () => {
    const response = await request('/interaction/greet', greeting(), {
      headers: { Origin: 'https://a.example' },
    })
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('lets a browser read also its refusals, and why', async () => {
    const response = await request('/interaction/greet', greeting(), {
      as: 'garbage',
      cors: { origin: 'https://a.example' },
      headers: { Origin: 'https://a.example' },
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://a.example')
    expect(response.headers.get('Access-Control-Expose-Headers')).toBe('WWW-Authenticate,Retry-After')
  })

  it('answers a preflight without asking who calls', async () => {
    const hono = createApp(app.controller, { parseUserId, cors: true })
    const response = await hono.request('/interaction/greet', {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://a.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(response.headers.get('Access-Control-Allow-Headers')).toBe('authorization,content-type')
  })
})
