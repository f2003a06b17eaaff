import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AppOptions, createApp, createDataAPI, HttpError } from '../../src/http/index.js'
import { AuthError, Client, createParseUserId } from '../../src/server/index.js'
import { createTestLogto, type TestLogto } from '../../src/testing/index.js'
import { startGreetingApp } from './greeting-app.js'

let app: Awaited<ReturnType<typeof startGreetingApp>>
let logto: TestLogto
let parseUserId: AppOptions['parseUserId']

beforeAll(async () => {
  app = await startGreetingApp()
  logto = await createTestLogto({ resources: [{ indicator: 'https://other.example/interaction' }] })
  await app.storage.create('User', { logtoId: 'alice0000000', name: 'Alice' })
  await app.storage.create('User', { logtoId: 'bob000000000', name: 'Bob', isSuspended: true })
  parseUserId = createParseUserId(clientOf(logto.endpoint))
})
afterAll(() => app.close())

const clientOf = (logtoEndpoint: string) =>
  new Client({
    logtoEndpoint,
    resource: logto.resource,
    fetch: (input, init) => logto.fetch(new Request(input, init)),
  })

/** A logger whose methods need their `this`, as pino's do. */
class TestLogger {
  readonly entries: { level: string; text: string }[] = []
  info(text: string) {
    this.entries.push({ level: 'info', text })
  }
  warn(text: string) {
    this.entries.push({ level: 'warn', text })
  }
  error(text: string) {
    this.entries.push({ level: 'error', text })
  }
}

let logger = new TestLogger()
const texts = () => logger.entries.map(({ text }) => text)
beforeEach(() => {
  logger = new TestLogger()
})
afterEach(() => vi.unstubAllEnvs())

const appWith = (options: Partial<AppOptions> = {}) =>
  createApp(app.controller, { parseUserId, logger, ...options })

function post(hono: ReturnType<typeof createApp>, path: string, token?: string, body: unknown = {}) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const headers = { 'content-type': 'application/json', ...authorization }
  return hono.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
}
const alice = (options: object = {}) => logto.accessToken({ sub: 'alice0000000', ...options })

describe('what is refused', () => {
  it('is in the log with the expected and the found audience, which the caller is not told', async () => {
    const token = await alice({ audience: 'https://other.example/interaction' })
    const response = await post(appWith(), '/interaction/greet?code=secret', token)
    expect(response.status).toBe(401)
    expect(await response.text()).not.toContain('other.example')
    expect(logger.entries).toHaveLength(1)
    const [{ level, text } = { level: '', text: '' }] = logger.entries
    expect(level).toBe('warn')
    expect(text).toMatch(/^interaqt-logto: 401 at POST \/interaction\/greet: audience_mismatch: /)
    expect(text).toContain(`"${logto.resource}"`)
    expect(text).toContain('"https://other.example/interaction"')
    expect(text).toMatch(/\. What to do: the frontend must ask for a token of this resource, [^:]*$/)
    // jose's own words say less than what was expected and what came.
    expect(text).not.toContain('because')
    expect(text).not.toContain('\n')
    expect(text).not.toContain('secret')
    expect(text).not.toContain(token.slice(0, 12))
  })

  it('is in the log with the expected and the found issuer', async () => {
    const foreign = await createTestLogto({ endpoint: 'https://foreign.example', resource: logto.resource })
    const response = await post(
      appWith(),
      '/interaction/greet',
      await foreign.accessToken({ sub: 'alice0000000' }),
    )
    expect(await response.text()).not.toContain('foreign.example')
    expect(texts()).toEqual([expect.stringContaining('401 at POST /interaction/greet: issuer_mismatch: ')])
    expect(texts()[0]).toContain('"https://foreign.example/oidc"')
    expect(texts()[0]).toContain(`"${logto.endpoint}/oidc"`)
  })

  it.each<[string, string, () => Promise<string> | undefined, string | RegExp]>([
    [
      'nobody signed in',
      '/interaction/greet',
      () => undefined,
      '401 at POST /interaction/greet: token_missing',
    ],
    [
      'a suspended user',
      '/api/whoAmI',
      () => logto.accessToken({ sub: 'bob000000000' }),
      '403 at POST /api/whoAmI: user_suspended: This user is suspended. What to do: lift the suspension in Logto',
    ],
    [
      'an unknown user',
      '/interaction/greet',
      () => logto.accessToken({ sub: 'nobody000000' }),
      '401 at POST /interaction/greet: user_unknown',
    ],
    [
      'a condition that does not hold',
      '/interaction/greetLoudly',
      () => alice(),
      /greetLoudly: condition_failed: The condition "may_greetLoudly" does not hold\. What to do: look at the condition/,
    ],
    [
      'a condition that says why',
      '/interaction/greetPolitely',
      () => alice(),
      /greetPolitely: say_please: Say please; because: Condition 'may_greetPolitely' rejected \[say_please\]$/,
    ],
  ])('is in the log: %s', async (_, path, token, expected) => {
    const apis = { whoAmI: createDataAPI(({ user }) => user.name) }
    const response = await post(appWith({ apis }), path, await token(), { payload: { text: 'hello' } })
    expect([401, 403]).toContain(response.status)
    expect(texts()).toEqual([
      typeof expected === 'string' ? expect.stringContaining(expected) : expect.stringMatching(expected),
    ])
  })

  it('is in the log once for each code and route and minute, whatever the path and the token', async () => {
    const hono = appWith()
    for (let time = 0; time < 30; time++) {
      await post(hono, `/interaction/path%0a${time}`, `${time}`)
      await post(hono, `/interaction/${time}`)
    }
    await post(hono, '/api/any', 'garbage')
    expect(texts().map((text) => text.split(': ').slice(1, 3).join(' '))).toEqual([
      '401 at POST /interaction/path%0a0 token_malformed',
      '401 at POST /interaction/0 token_missing',
      '401 at POST /api/any token_malformed',
    ])
  })

  it('is in the log every time in development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const hono = appWith()
    for (let time = 0; time < 3; time++) await post(hono, '/interaction/greet')
    expect(texts()).toHaveLength(3)
  })

  it("is told of an application's own route by its pattern", async () => {
    const hono = appWith()
    hono.get('/files/:id', () => {
      throw new HttpError(403, 'not_yours', 'This file is not yours.', { remedy: 'ask its owner' })
    })
    for (let time = 0; time < 10; time++) await hono.request(`/files/${time}?token=secret`)
    expect(texts()).toEqual([
      'interaqt-logto: 403 at GET /files/0: not_yours: This file is not yours. What to do: ask its owner',
    ])
  })

  it('goes to onRefused instead, with the message and the cause for the operator', async () => {
    const onRefused = vi.fn()
    const token = await alice({ audience: 'https://other.example/interaction' })
    await post(appWith({ onRefused }), '/interaction/greet', token)
    await post(appWith({ onRefused }), '/interaction/greetPolitely', await alice(), {
      payload: { text: 'x' },
    })
    await post(appWith({ onRefused }), '/interaction/nothing', await alice())
    expect(onRefused.mock.calls).toEqual([
      [expect.any(AuthError), expect.any(Request)],
      [expect.objectContaining({ code: 'say_please', status: 403 }), expect.any(Request)],
    ])
    const [audience, polite] = onRefused.mock.calls.map(([error]) => error)
    expect(audience.message).toContain('https://other.example/interaction')
    expect(audience.cause).toBeInstanceOf(Error)
    expect(polite.cause.conditionName).toBe('may_greetPolitely')
    expect(texts()).toEqual([])
  })

  it('is answered although onRefused throws or rejects', async () => {
    for (const onRefused of [
      () => {
        throw new Error('broken')
      },
      () => Promise.reject(new Error('broken')),
    ]) {
      expect((await post(appWith({ onRefused }), '/interaction/greet')).status).toBe(401)
    }
    expect(texts().map((text) => text.split('\n')[0])).toEqual([
      'interaqt-logto: onRefused of the HTTP app threw: broken',
      'interaqt-logto: onRefused of the HTTP app threw: broken',
    ])
  })

  it('at the webhook route too, for each code', async () => {
    const hono = appWith({ webhook: { signingKey: 'the-signing-key' } })
    const deliver = (signature?: string) =>
      hono.request('/api/syncUser', {
        method: 'POST',
        body: '{}',
        headers: signature === undefined ? {} : { 'logto-signature-sha-256': signature },
      })
    for (const signature of ['f'.repeat(64), 'e'.repeat(64), undefined, 'garbage']) await deliver(signature)
    expect(texts()).toEqual([
      expect.stringMatching(
        /^interaqt-logto: 401 at POST \/api\/syncUser: signature_mismatch: .*signing key/,
      ),
      expect.stringContaining('401 at POST /api/syncUser: signature_missing: '),
      expect.stringContaining('401 at POST /api/syncUser: signature_malformed: '),
    ])
    expect(texts().join()).not.toContain('the-signing-key')
  })

  it('at the webhook route goes to onRefused too', async () => {
    const onRefused = vi.fn()
    await appWith({ onRefused, webhook: { signingKey: 'key' } }).request('/api/syncUser', { method: 'POST' })
    expect(onRefused.mock.calls).toEqual([
      [expect.objectContaining({ code: 'signature_missing' }), expect.any(Request)],
    ])
    expect(texts()).toEqual([])
  })
})

describe('what fails', () => {
  const apis = {
    broken: createDataAPI(() => {
      throw new TypeError('outer', { cause: new Error('inner', { cause: new Error('innermost') }) })
    }),
  }

  it('is one line and one stack', async () => {
    await post(appWith({ apis }), '/api/broken?token=secret', await alice(), [])
    expect(logger.entries.map(({ level }) => level)).toEqual(['error'])
    const [line = '', ...frames] = texts()[0]?.split('\n') ?? []
    expect(line).toBe(
      'interaqt-logto: 500 at POST /api/broken: TypeError: outer; because: inner; because: innermost',
    )
    expect(frames.length).toBeGreaterThan(0)
    expect(frames.length).toBeLessThanOrEqual(20)
    expect(frames.every((frame) => /^ {4}at /.test(frame))).toBe(true)
  })

  it('is one line without a stack for an outage', async () => {
    const away = createParseUserId(
      new Client({
        logtoEndpoint: 'http://away.example',
        resource: logto.resource,
        fetch: () => Promise.reject(new Error('getaddrinfo ENOTFOUND')),
      }),
    )
    const response = await post(appWith({ parseUserId: away }), '/interaction/greet', await alice())
    expect(response.status).toBe(503)
    expect(texts()).toEqual([
      expect.stringMatching(/^interaqt-logto: 503 at POST .*: keys_unavailable: [^\n]*$/),
    ])
    expect(texts()[0]).toContain('What to do: check that this server reaches logtoEndpoint')
  })

  it('is one line for a condition that threw, and not told twice', async () => {
    const body = { payload: { text: 'hello' } }
    const response = await post(appWith(), '/interaction/greetBroken', await alice(), body)
    expect(await response.text()).not.toContain('hunter2')
    expect(texts()).toEqual([
      expect.stringMatching(
        /^interaqt-logto: 403 at POST .*condition_failed: .*threw exception: .*hunter2[^\n]*$/,
      ),
    ])
  })

  it('goes to the console without a logger', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const hono = createApp(app.controller, { parseUserId, apis })
    await post(hono, '/api/broken', await alice(), [])
    await post(hono, '/interaction/greet')
    expect([error.mock.calls.length, warn.mock.calls.length]).toEqual([1, 1])
    vi.restoreAllMocks()
  })
})
