import { inspect } from 'node:util'
import type { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AppOptions, createApp, createDataAPI } from '../../src/http/index.js'
import { AuthError, Client, createParseUserId } from '../../src/server/index.js'
import { createTestLogto, type TestLogto } from '../../src/testing/index.js'
import { startGreetingApp } from './greeting-app.js'

// The sweep: whatever a caller sends and whatever Logto answers, no token, secret or key is in an answer, a line of the
// log or an error, and no stack trace is in an answer.

const APP_SECRET = 'the-machines-secret-0123456789abcdef'
const SIGNING_KEY = 'the-hooks-signing-key-0123456789abcdef'
const ALICE = 'alice0000000'

let greetings: Awaited<ReturnType<typeof startGreetingApp>>
let logto: TestLogto
let secrets: Set<string>
/** Lines of the log, and errors as an operator would print them. */
let told: string[]
/** Status, headers and body of each answer. */
let answers: string[]

beforeAll(async () => {
  greetings = await startGreetingApp()
  await greetings.storage.create('User', { logtoId: ALICE, name: 'Alice' })
})
afterAll(() => greetings.close())
beforeEach(async () => {
  logto = await createTestLogto({ signingKey: SIGNING_KEY, users: [{ id: ALICE, username: 'alice' }] })
  secrets = new Set([APP_SECRET, SIGNING_KEY, logto.machine.appSecret])
  told = []
  answers = []
  vi.stubEnv('NODE_ENV', 'development')
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation((...words) => told.push(words.map(String).join(' ')))
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const logger = {
  info: (text: string) => told.push(text),
  warn: (text: string) => told.push(text),
  error: (text: string) => told.push(text),
}

type Fetch = (request: Request) => Promise<Response>

/** The app as its operator hears of it: by the log, or by callbacks that print the whole error. */
function appWith(fetch: Fetch = logto.fetch, options: Partial<AppOptions> = {}): Hono {
  const { appId, appSecret } = logto.machine
  const client = new Client({
    logtoEndpoint: logto.endpoint,
    resource: logto.resource,
    appId,
    appSecret,
    management: { retries: 0 },
    keys: { cooldownMs: 0 },
    logger,
    fetch: (input, init) => fetch(new Request(input, init)),
  })
  const ensureUser = async (id: string) => {
    await client.getUser(id)
    const [user] = await greetings.storage.find('User', undefined, undefined, ['*'])
    return Object.assign({ id: '1' }, user)
  }
  return createApp(greetings.controller, {
    parseUserId: createParseUserId(client),
    sync: { ensureUser, apply: async () => undefined },
    webhook: { signingKey: SIGNING_KEY },
    logger,
    apis: {
      whoAmI: createDataAPI(({ user }) => user, { allowAnonymous: true }),
      callElsewhere: createDataAPI(() => Promise.reject(new Error('It broke')), { allowAnonymous: true }),
      verify: createDataAPI((_context, { token }: { token: string }) => client.verifyAccessToken(token), {
        params: { token: 'string' },
        useNamedParams: true,
        allowAnonymous: true,
      }),
    },
    ...options,
  })
}

const PRINTING: Partial<AppOptions> = {
  onError: (error) => told.push(inspect(error, { depth: 12, showHidden: true })),
  onRefused: (error) => told.push(inspect(error, { depth: 12, showHidden: true })),
}

async function send(app: Hono, path: string, headers: Record<string, string>, body = '{}'): Promise<number> {
  const all = { 'content-type': 'application/json', ...headers }
  const response = await app.request(path, { method: 'POST', headers: all, body })
  answers.push([response.status, ...[...response.headers].flat(), await response.clone().text()].join('\n'))
  return response.status
}

/** Tokens are looked for by each of their segments: half a token is too much. */
function expectNoneTold(): void {
  const parts = [...secrets].flatMap((secret) => secret.split('.')).filter((part) => part.length >= 12)
  const forms = parts.flatMap((part) => [part, encodeURIComponent(part), JSON.stringify(part).slice(1, -1)])
  for (const text of [...told, ...answers])
    expect(forms.filter((form) => text.includes(form)).map((form) => `${form} in ${text}`)).toEqual([])
  for (const answer of answers) expect(answer).not.toMatch(/\bat .+:\d+:\d+|node_modules|file:\/\/|\/src\//)
}

function alter(token: string): string {
  const middle = token.length - 20
  return token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1)
}

function withCrit(token: string): string {
  const [header = '', ...rest] = token.split('.')
  const fields = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), crit: ['x'], x: 1 }
  return [Buffer.from(JSON.stringify(fields)).toString('base64url'), ...rest].join('.')
}

const TOKENS: Record<string, () => Promise<string> | string> = {
  'a good one': () => logto.accessToken({ sub: ALICE }),
  'of an unknown user': () => logto.accessToken({ sub: 'nobody000000' }),
  'for another API': () => logto.accessToken({ sub: ALICE, audience: 'https://other.example' }),
  'of another issuer': () => logto.accessToken({ claims: { iss: 'https://other.example/oidc' } }),
  expired: () => logto.accessToken({ sub: ALICE, expiresIn: -60 }),
  'from the future': () => logto.accessToken({ claims: { iat: Date.now() / 1_000 + 3_600 } }),
  'with a claim of another type': () => logto.accessToken({ claims: { scope: ['a'] } }),
  'without a subject': () => logto.accessToken({ claims: { sub: undefined } }),
  'of a machine': () => logto.machineToken(),
  'of another type': () => logto.accessToken({ header: { typ: 'JWT' } }),
  'with crit': async () => withCrit(await logto.accessToken({ sub: ALICE })),
  'of an unknown key': () => logto.accessToken({ header: { kid: 'unknown' } }),
  altered: async () => alter(await logto.accessToken({ sub: ALICE })),
  'cut off': async () => (await logto.accessToken({ sub: ALICE })).slice(0, -30),
  opaque: () => 'kP0x7dOlWGkJ3v0mB1c_sYv9q2Lr8TzHnEaFuI5oXw4',
  'too long': async () => `${await logto.accessToken({ sub: ALICE })}${'A'.repeat(9_000)}`,
}

const SCHEMES: [string, (token: string) => Record<string, string>][] = [
  ['as a bearer token', (token) => ({ authorization: `Bearer ${token}` })],
  ['without a scheme', (token) => ({ authorization: token })],
  ['of another scheme', (token) => ({ authorization: `Token ${token}` })],
  ['as a password', (token) => ({ authorization: `Basic ${btoa(`alice:${token}`)}` })],
  ['twice', (token) => ({ authorization: `Bearer ${token}, Bearer ${token}` })],
  ['in a header of its own', (token) => ({ 'x-access-token': token })],
]

const WAYS: [string, Partial<AppOptions>][] = [
  ['in the log', {}],
  ['in what callbacks get', PRINTING],
]

describe.each(WAYS)('no token, secret or key comes out, %s', (_, options) => {
  it.each(Object.entries(TOKENS))('of a token %s, wherever it is sent', async (_, make) => {
    const app = appWith(logto.fetch, options)
    const token = await make()
    secrets.add(token)
    for (const [, headersWith] of SCHEMES) {
      const headers = headersWith(token)
      for (const value of Object.values(headers)) secrets.add(value.split(' ').at(-1) ?? '')
      await send(app, `/interaction/greet?access_token=${token}`, headers, '{"payload":{"text":1}}')
      await send(app, '/api/whoAmI', headers)
    }
    await send(app, '/api/verify', {}, JSON.stringify({ token }))
    await send(app, '/api/verify', {}, JSON.stringify({ token, [token]: 1 }).slice(0, -1))
    await send(app, '/api/callElsewhere', { authorization: `Bearer ${token}` })
    expect(answers.length).toBe(2 * SCHEMES.length + 3)
    expectNoneTold()
  })

  it('of webhooks that are refused', async () => {
    const app = appWith(logto.fetch, options)
    const token = await logto.accessToken({ sub: ALICE })
    const { body, headers } = logto.webhook('User.Created', { id: ALICE, customData: { token } })
    const signed = { ...Object.fromEntries(new Headers(headers)) }
    const signature = signed['logto-signature-sha-256'] ?? ''
    secrets.add(token).add(signature)
    const cases: [Record<string, string>, string][] = [
      [{}, body],
      [{ 'logto-signature-sha-256': `sha256=${signature}` }, body],
      [signed, `${body} `],
      [{ ...signed, 'content-encoding': 'gzip' }, body],
    ]
    for (const [headers, body] of cases)
      expect(await send(app, '/api/syncUser', headers, body)).toBeGreaterThan(400)
    expectNoneTold()
  })

  it.each<[string, Fetch]>([
    ['with 401 and what it was sent', (request) => echo(request, 401)],
    ['with 403 and what it was sent', (request) => echo(request, 403)],
    ['with 500 and what it was sent', (request) => echo(request, 500)],
    ['with a redirect that has it', (request) => echo(request, 302)],
    [
      'with its token for a code',
      async (request) => Response.json({ code: request.headers.get('authorization') }, { status: 422 }),
    ],
    [
      'not at all',
      async (request) => Promise.reject(new Error(`no connection to ${new URL(request.url).host}`)),
    ],
  ])('of the server, when the Management API answers %s', async (_, answer) => {
    const app = appWith(async (request) => {
      if (!new URL(request.url).pathname.startsWith('/api/')) return logto.fetch(request)
      secrets.add(request.headers.get('authorization')?.split(' ')[1] ?? '')
      return answer(request)
    }, options)
    const token = await logto.accessToken({ sub: ALICE })
    secrets.add(token)
    expect(
      await send(app, '/interaction/greet', { authorization: `Bearer ${token}` }),
    ).toBeGreaterThanOrEqual(500)
    expect(secrets.size).toBeGreaterThan(4)
    expect(told).not.toEqual([])
    expectNoneTold()
  })

  it.each([400, 401, 500])(
    'of the server, when the token endpoint answers %i and what it was sent',
    async (status) => {
      const app = appWith(async (request) => {
        return new URL(request.url).pathname === '/oidc/token' ? echo(request, status) : logto.fetch(request)
      }, options)
      const token = await logto.accessToken({ sub: ALICE })
      secrets.add(token)
      expect(
        await send(app, '/interaction/greet', { authorization: `Bearer ${token}` }),
      ).toBeGreaterThanOrEqual(500)
      expect(told).not.toEqual([])
      expectNoneTold()
    },
  )
})

/** A server that sends back what it was sent, as debug pages of proxies do. */
async function echo(request: Request, status: number): Promise<Response> {
  const sent = { headers: Object.fromEntries(request.headers), body: await request.text() }
  const body = {
    code: 'echoed',
    error: 'echoed',
    message: JSON.stringify(sent),
    error_description: sent.body,
  }
  const headers = {
    'x-echo': request.headers.get('authorization') ?? '',
    location: `https://x.example/?${sent.body}`,
  }
  return Response.json(body, { status, headers })
}

it('the sweep notices a token that an error holds', async () => {
  const token = await logto.accessToken({ sub: ALICE })
  secrets.add(token)
  PRINTING.onError?.(
    new AuthError('token_malformed', `Expected a token, got ${token}`),
    new Request('http://x'),
  )
  expect(expectNoneTold).toThrow()
})
