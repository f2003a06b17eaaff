import { HTTPException } from 'hono/http-exception'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AppOptions, createApp, createDataAPI, HttpError } from '../../src/http/index.js'
import { isError } from '../../src/logto/to-error.js'
import { startGreetingApp } from './greeting-app.js'

/** In every text that another server sent. Nothing with it may reach a caller. */
const MARK = 'hunter2'

let app: Awaited<ReturnType<typeof startGreetingApp>>
beforeAll(async () => {
  app = await startGreetingApp()
  await app.storage.create('User', { logtoId: 'alice0000000', name: 'Alice' })
})
afterAll(() => app.close())

const lines: string[] = []
const write = (line: string) => void lines.push(line)
const logger = { info: write, warn: write, error: write }
const unhandled = vi.fn()
beforeEach(() => {
  lines.length = 0
  unhandled.mockReset()
  process.on('unhandledRejection', unhandled)
})
afterEach(() => void process.off('unhandledRejection', unhandled))

const HEADERS = { 'set-cookie': `sid=${MARK}`, 'www-authenticate': `Basic realm="${MARK}"`, 'x-secret': MARK }
const answered = (status: number) => new Response(MARK, { status, headers: HEADERS })
/** The answer of another server, as fetch returns it: with its URL. */
const fetched = (status: number) =>
  Object.defineProperty(answered(status), 'url', { value: 'http://upstream/' })
const withFields = (fields: object, name = 'Error') =>
  Object.assign(new Error(`Request failed: ${MARK}`), { name, ...fields })
const speaking = {
  getResponse: () => answered(404),
  toJSON: () => ({ error: { code: MARK, message: MARK } }),
}

/** By the shape that each client documents for its errors. */
const UPSTREAM: Record<string, (status: number) => unknown> = {
  axios: (status) =>
    withFields(
      {
        isAxiosError: true,
        code: 'ERR_BAD_REQUEST',
        status,
        config: { headers: { Authorization: MARK } },
        response: { status, headers: HEADERS, data: MARK },
        toJSON: () => ({ message: MARK, config: { headers: MARK } }),
      },
      'AxiosError',
    ),
  'undici ResponseError': (status) =>
    withFields(
      { code: 'UND_ERR_RESPONSE', statusCode: status, body: MARK, headers: HEADERS },
      'ResponseError',
    ),
  'fetch that failed': () => new TypeError('fetch failed', { cause: new Error(`connect ${MARK}`) }),
  '@logto/api': (status) => withFields({ status, code: MARK, data: { message: MARK } }, 'LogtoRequestError'),
  'openid-client': (status) =>
    withFields({
      code: 'OAUTH_RESPONSE_BODY_ERROR',
      error: MARK,
      error_description: MARK,
      status,
      response: fetched(status),
    }),
  superagent: (status) => withFields({ status, response: { text: MARK, header: HEADERS } }),
  'the client of Hono': (status) =>
    withFields({ statusCode: status, detail: { data: MARK } }, 'DetailedError'),
  'one that can answer for itself': (status) =>
    withFields({ status, statusCode: status, headers: HEADERS, ...speaking }),
  "a class named as this package's": (status) =>
    withFields({ status, publicMessage: MARK, ...speaking }, 'HttpError'),
  'an AggregateError of refusals': (status) => new AggregateError([new HttpError(status, MARK, MARK)], MARK),
  'an error whose cause is a refusal': (status) =>
    new Error(MARK, { cause: new HttpError(status, MARK, MARK, { headers: HEADERS }) }),
  'an HTTPException with the answer of another server': (status) =>
    Reflect.construct(HTTPException, [status, { message: MARK, res: fetched(status) }]),
}
const ROWS = Object.entries(UPSTREAM).flatMap(([name, make]) =>
  [401, 403, 404, 503].map((status) => [name, status, make] as const),
)

type Place = (thrown: unknown) => Promise<Response>
const appWith = (options: Partial<AppOptions>) =>
  createApp(app.controller, { parseUserId: () => 'alice0000000', logger, ...options })
const post = (options: Partial<AppOptions>, path = '/api/x') =>
  appWith(options).request(path, { method: 'POST', headers: { authorization: 'Bearer x' } })
const throwing = (thrown: unknown) => () => {
  throw thrown
}

/** Where an application's code runs, and may throw. */
const PLACES: Record<string, Place> = {
  'a data API': async (thrown) => post({ apis: { x: createDataAPI(throwing(thrown)) } }),
  'a data API, by return': async (thrown) =>
    post({ apis: { x: createDataAPI(isError(thrown) ? () => thrown : throwing(thrown)) } }),
  parseUserId: async (thrown) => post({ parseUserId: throwing(thrown) }, '/interaction/greet'),
  'parseUserId, later': async (thrown) => post({ parseUserId: async () => throwing(thrown)() }),
  'the sync': async (thrown) =>
    post({ sync: { ensureUser: async () => throwing(thrown)(), apply: async () => {} }, webhook: false }),
  'a function of interactionUser': async (thrown) =>
    post({ interactionUser: () => throwing(thrown)() }, '/interaction/greet'),
  'the origin of cors': async (thrown) => post({ cors: { origin: throwing(thrown) } }),
  "a route of the application's own": async (thrown) => {
    const hono = appWith({})
    hono.get('/own', throwing(thrown))
    return hono.request('/own')
  },
  "middleware of the application's own": async (thrown) => {
    const hono = appWith({})
    hono.use('/own', async (_, next) => {
      await next()
      throw thrown
    })
    hono.get('/own', (c) => c.text('ok'))
    return hono.request('/own')
  },
}

describe.each(Object.entries(PLACES))('thrown by %s', (_, place) => {
  it.each(ROWS)('an error of %s with status %i tells the caller nothing', async (_, status, make) => {
    const response = await place(make(status))
    const text = JSON.stringify([await response.text(), [...response.headers]])
    expect(text).not.toContain(MARK)
    expect(JSON.parse(JSON.parse(text)[0])).toEqual({
      error: { code: expect.any(String), message: expect.any(String) },
    })
    expect(response.headers.has('set-cookie')).toBe(false)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(lines).toHaveLength(1)
  })
})

/** A Proxy that was revoked: even `instanceof` throws for it. */
function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const hostile = (message: string) =>
  throwing(Object.defineProperty({}, 'message', { get: throwing(new Error(message)) }))
const trapped = (target: object) =>
  new Proxy(target, {
    get: hostile(MARK),
    has: hostile(MARK),
    getPrototypeOf: hostile(MARK),
    ownKeys: hostile(MARK),
  })

const VALUES: [string, () => unknown][] = [
  ['a string', () => MARK],
  ['an empty string', () => ''],
  ['null', () => null],
  ['undefined', () => undefined],
  ['a Symbol', () => Symbol(MARK)],
  ['a BigInt', () => 1n],
  ['zero', () => 0],
  ['NaN', () => Number.NaN],
  ['false', () => false],
  ['a function', () => throwing(MARK)],
  ['an array with itself', () => [0].map((_, __, list) => list)],
  ['an object without a prototype', () => Object.create(null, { message: { value: MARK } })],
  [
    'an object with throwing getters',
    () =>
      Object.defineProperties(
        {},
        Object.fromEntries(
          [
            'message',
            'stack',
            'status',
            'statusCode',
            'expose',
            'cause',
            'code',
            'toString',
            'name',
            'then',
          ].map((name) => [name, { get: throwing(new Error(MARK)), enumerable: true }]),
        ),
      ),
  ],
  [
    'an Error with throwing getters',
    () =>
      Object.defineProperties(new Error(MARK), {
        // First, because the engine makes the stack of the message.
        stack: { get: throwing(MARK) },
        expose: { value: true },
        status: { get: throwing(MARK) },
        message: { get: throwing(undefined) },
        cause: { get: throwing(null) },
        code: { get: throwing(MARK) },
      }),
  ],
  ['a Proxy whose traps throw', () => trapped({})],
  ['a Proxy of an Error whose traps throw', () => trapped(new Error(MARK))],
  ['a revoked Proxy', () => revoked({})],
  ['a revoked Proxy of an Error', () => revoked(new Error(MARK))],
  ['a revoked Proxy of a function', () => revoked(() => {})],
  ['a frozen Error', () => Object.freeze(new Error(MARK))],
  ['a frozen object', () => Object.freeze({ message: MARK, status: 404 })],
  ['an Error whose cause is a revoked Proxy', () => new Error(MARK, { cause: revoked({}) })],
  [
    'an AggregateError of hostile values',
    () => new AggregateError([trapped({}), revoked([]), Symbol(MARK)], MARK),
  ],
  ['a promise that rejects', () => Promise.reject(new Error(MARK))],
  ['a promise that is never settled', () => new Promise(() => {})],
  ['a Response', () => answered(404)],
]

describe.each(Object.entries(PLACES))('thrown by %s', (_, place) => {
  it.each(VALUES)('%s is answered and reported', async (_, make) => {
    const response = await place(make())
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(JSON.parse(text).error.code).toBe('internal_error')
    expect(text + JSON.stringify([...response.headers])).not.toContain(MARK)
    expect(lines).toEqual([expect.stringMatching(/^interaqt-logto: 500 at (?:GET|POST) \//)])
    // A rejection that nobody handles is told after the microtasks of this turn.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('what an interaction throws', () => {
  it.each([undefined, null, '', 0, false])('is no success though it is %j', async (thrown) => {
    // As Interaqt 4.10 returns it: `error` is there, whatever its value.
    const controller = {
      ...app.controller,
      system: app.controller.system,
      dispatch: async () => ({ error: thrown }),
    }
    const found = { name: 'x', entity: { name: '_Interaction_' }, mapEventData: () => ({}) }
    const failing = Object.assign(controller, { findEventSourceByName: () => found })
    const response = await createApp(failing, { parseUserId: () => 'alice0000000', logger }).request(
      '/interaction/x',
      {
        method: 'POST',
      },
    )
    expect([response.status, (await response.json()).error.code]).toEqual([500, 'internal_error'])
    expect(lines).toHaveLength(1)
  })
})

describe('an exposed error', () => {
  it('brings no cookie and no header of a connection along', async () => {
    const headers = {
      ...HEADERS,
      Connection: 'x-secret',
      'Content-Length': 3,
      'Access-Control-Allow-Origin': MARK,
    }
    const fields = {
      expose: true,
      status: 429,
      message: 'Slow down.',
      headers: { ...headers, 'Retry-After': 3 },
    }
    const response = await post({ apis: { x: createDataAPI(throwing(withFields(fields))) } })
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'retry-after': '3',
      'www-authenticate': HEADERS['www-authenticate'],
      'x-content-type-options': 'nosniff',
    })
  })
})

describe('an HTTPException', () => {
  it('answers with its own Response each time that it is thrown', async () => {
    const shared = new HTTPException(402, { res: new Response('Pay first.', { status: 402 }) })
    const hono = appWith({ apis: { x: createDataAPI(throwing(shared)) } })
    for (let time = 0; time < 3; time++) {
      const response = await hono.request('/api/x', { method: 'POST' })
      expect([response.status, await response.text()]).toEqual([402, 'Pay first.'])
    }
  })

  it('answers by its status when its Response has been read', async () => {
    const res = new Response('read', { status: 404 })
    await res.text()
    const response = await post({ apis: { x: createDataAPI(throwing(new HTTPException(404, { res }))) } })
    expect([response.status, (await response.json()).error.code]).toEqual([404, 'not_found'])
  })
})

it('an error whose headers HTTP does not allow is 500, and the log says why', async () => {
  const refusal = new HttpError(409, 'taken', 'Taken.', { headers: { 'x-name': `a\r\nset-cookie: ${MARK}` } })
  const response = await post({ apis: { x: createDataAPI(throwing(refusal)) } })
  expect([response.status, (await response.json()).error.code]).toEqual([500, 'internal_error'])
  expect(JSON.stringify([...response.headers])).not.toContain(MARK)
  expect(lines).toEqual([expect.stringContaining('could not be answered')])
})
