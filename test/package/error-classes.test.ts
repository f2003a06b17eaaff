/**
 * Error classes across the entries, on the built files, as Node loads them: what one entry throws is caught by the class
 * of another.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { ALICE, BASE_URL, registrationAt, SECRET, startLogto } from '../session/support/application.js'
import { TestBrowser } from '../session/support/browser.js'
import { closureOf } from './closure.js'

const DIST = resolve(import.meta.dirname, '../../dist')
const built = (entry: string) => import(/* @vite-ignore */ pathToFileURL(resolve(DIST, `${entry}.js`)).href)

const server: typeof import('../../src/server/index.js') = await built('server')
const webhook: typeof import('../../src/webhook/index.js') = await built('webhook')
const interaqt: typeof import('../../src/interaqt/index.js') = await built('interaqt')
const http: typeof import('../../src/http/index.js') = await built('http')
const session: typeof import('../../src/session/index.js') = await built('session')
const browser: typeof import('../../src/browser/index.js') = await built('browser')
const browserSession: typeof import('../../src/session/browser/index.js') = await built('browser-session')

const logtoEndpoint = 'http://logto.example'
const interaqtEndpoint = 'http://api.example'

/** An application without interactions: what is asked for here ends at the caller. */
const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => undefined } },
}

/** Makes a function keep what it throws, which goes on as it is. */
function keeping<Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) {
  const thrown: unknown[] = []
  const kept = async (...args: Args): Promise<Result> => {
    try {
      return await run(...args)
    } catch (error) {
      thrown.push(error)
      throw error
    }
  }
  return { kept, thrown }
}

async function codeOf(answer: Response): Promise<string> {
  const { error } = await answer.json()
  return `${answer.status} ${error.code}`
}

describe('a caller', () => {
  const post = { method: 'POST', headers: { authorization: 'Bearer garbage' } }

  it('without a good token: AuthError of ./server, answered by ./http', async () => {
    const logto = new server.Client({ logtoEndpoint, interaqtEndpoint })
    const { kept, thrown } = keeping(server.createParseUserId(logto))
    const app = http.createApp(controller, { parseUserId: kept })
    expect(await codeOf(await app.request('/interaction/greet', post))).toBe('401 token_malformed')
    expect(thrown[0]).toBeInstanceOf(server.AuthError)
  })

  it('whom Logto does not know: SyncError of ./interaqt, answered by ./http', async () => {
    const { kept, thrown } = keeping(async () => {
      throw new interaqt.SyncError('user_unknown', 'Logto has no such user.')
    })
    const app = http.createApp(controller, {
      parseUserId: () => 'alice0000000',
      sync: { ensureUser: kept, apply: async () => undefined },
    })
    expect(await codeOf(await app.request('/interaction/greet', post))).toBe('401 user_unknown')
    expect(thrown[0]).toBeInstanceOf(interaqt.SyncError)
  })

  it('of a sync without its controller: SyncError of ./interaqt, at the start of ./http', () => {
    const logto = new server.Client({ logtoEndpoint, interaqtEndpoint })
    const sync = interaqt.createLogtoSync({ logto })
    const start = () => http.createApp(controller, { parseUserId: () => 'alice0000000', sync })
    expect(start).toThrow(interaqt.SyncError)
  })

  it('in a data API: HttpError of ./http, thrown by the application', async () => {
    const api = http.createDataAPI(
      async () => {
        throw new http.HttpError(409, 'too_late', 'Somebody was faster.')
      },
      { allowAnonymous: true },
    )
    const app = http.createApp(controller, { parseUserId: () => undefined, apis: { reserve: api } })
    expect(await codeOf(await app.request('/api/reserve', { method: 'POST' }))).toBe('409 too_late')
  })
})

describe('a caller with a session', () => {
  let logto: EmbeddedLogto
  beforeAll(async () => {
    logto = await startLogto(registrationAt([BASE_URL]))
  })
  afterAll(() => logto.close())

  function start(requiredScopes: string[]) {
    const [application] = registrationAt([BASE_URL]).applications ?? []
    const { parseUserId, ...signIn } = session.createSession({
      logtoEndpoint: logto.url,
      appId: application?.id ?? '',
      appSecret: application?.secret ?? '',
      cookieSecret: SECRET,
      baseUrl: BASE_URL,
      requiredScopes,
    })
    const { kept, thrown } = keeping(parseUserId)
    const app = http.createApp(controller, { parseUserId: kept, session: signIn })
    const person = new TestBrowser()
    person.serve(BASE_URL, (request) => app.fetch(request))
    return { person, thrown }
  }

  it('that lacks a scope: AuthError of ./server, thrown by ./session and answered by ./http', async () => {
    const { person, thrown } = start(['greet'])
    await person.open(`${BASE_URL}/auth/sign-in`, ALICE)
    expect(await codeOf(await person.post(`${BASE_URL}/interaction/greet`, {}))).toBe(
      '403 scope_insufficient',
    )
    expect(thrown[0]).toBeInstanceOf(server.AuthError)
  })

  it('that does not exist: SessionError of ./session, answered by ./http', async () => {
    const { person, thrown } = start([])
    expect(await codeOf(await person.post(`${BASE_URL}/interaction/greet`, {}))).toBe('401 signed_out')
    expect(thrown[0]).toBeInstanceOf(session.SessionError)
  })
})

describe('a delivery', () => {
  it('that is not signed: WebhookError of ./webhook, reported by the webhook of ./http', async () => {
    const onError = vi.fn()
    const app = http.createApp(controller, {
      parseUserId: () => undefined,
      webhook: { signingKey: 'signing-key', onError },
    })
    expect(await codeOf(await app.request('/api/syncUser', { method: 'POST' }))).toBe('401 signature_missing')
    expect(onError.mock.lastCall?.[0]).toBeInstanceOf(webhook.WebhookError)
  })

  it('with a wrong signing key: WebhookError of ./webhook, thrown by createApp of ./http', () => {
    const create = () =>
      http.createApp(controller, { parseUserId: () => undefined, webhook: { signingKey: [' '] } })
    expect(create).toThrow(webhook.WebhookError)
  })
})

describe('Logto', () => {
  it('that refuses the Management API: ManagementError of ./server, the cause of a SyncError', async () => {
    const logto = new server.Client({
      logtoEndpoint,
      interaqtEndpoint,
      appId: 'm2m',
      appSecret: 'secret',
      fetch: async () => Response.json({ error: 'invalid_client' }, { status: 401 }),
    })
    const sync = interaqt.createLogtoSync({ logto })
    const storage = {
      findOne: async () => undefined,
      find: async () => [],
      create: async () => ({ id: 1 }),
      update: async () => undefined,
      runInTransaction: <T>(_: unknown, run: () => Promise<T>) => run(),
      atomic: { lockRecord: async () => undefined, lockRows: async () => [] },
    }
    sync.attach({ ...controller, system: { storage }, maintainEntityRetention: async () => undefined })
    const error = await sync.ensureUser('alice0000000').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(interaqt.SyncError)
    expect(error).toHaveProperty('cause', expect.any(server.ManagementError))
  })
})

describe('a page', () => {
  afterEach(() => vi.unstubAllGlobals())

  it.each([
    ['ApiError', async () => Response.json({ error: { code: 'x', message: 'x' } }, { status: 409 })],
    ['NetworkError', () => Promise.reject(new TypeError('fetch failed'))],
  ] as const)('%s of ./browser catches what the Client of ./browser/session throws', async (name, fetch) => {
    vi.stubGlobal('fetch', fetch)
    vi.stubGlobal('location', new URL('http://app.example/'))
    vi.stubGlobal('localStorage', { getItem: () => null, setItem() {}, removeItem() {} })
    vi.stubGlobal('addEventListener', () => {})
    const failure = new browserSession.Client().post('/interaction/greet')
    await expect(failure).rejects.toBeInstanceOf(browser[name])
  })

  it('has one SignInError', () => {
    expect(browserSession.SignInError).toBe(browser.SignInError)
  })

  // `useInteraction` hands on what the Client throws.
  it('./react has no error class of its own', () => {
    for (const { text } of closureOf('react.js', DIST)) expect(text).not.toMatch(/\bextends \w*Error\b/)
  })
})
