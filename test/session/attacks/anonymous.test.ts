import { UnsecuredJWT } from 'jose'
import { createStorage } from 'unstorage'
import { describe, expect, it } from 'vitest'
import { type AppOptions, createApp, createDataAPI, type UserRecord } from '../../../src/http/index.js'
import type { SessionOptions } from '../../../src/session/index.js'
import { BASE_URL, BOB, browserOf, createApplication, signedIn } from '../support/application.js'
import { changed, codeOf, cookieOf, later } from '../support/attack.js'
import type { TestBrowser } from '../support/browser.js'
import { aliceId, logto } from '../support/logto.js'
import { slow } from '../support/slow-store.js'

const COOKIE = 'interaqt-session'
const HOUR = 3_600

/** What the database says of the caller. */
type UserRow = UserRecord | undefined

/** An application with a data API for everybody and one for people who are signed in. */
function start(session: Partial<SessionOptions> = {}, options: Partial<AppOptions> = {}) {
  const application = createApplication(logto.url, session)
  const state: { user: UserRow } = { user: { id: 1, name: 'Somebody' } }
  const controller = {
    findEventSourceByName: () => undefined,
    dispatch: async () => ({}),
    system: { storage: { findOne: async () => state.user } },
  }
  const faults: unknown[] = []
  const app = createApp(controller, {
    parseUserId: application.session.parseUserId,
    session: application.session,
    onError: (error) => faults.push(error),
    onRefused: () => undefined,
    apis: {
      open: createDataAPI(({ logtoId }) => logtoId ?? 'anonymous', { allowAnonymous: true }),
      closed: createDataAPI(({ logtoId }) => logtoId),
    },
    ...options,
  })
  app.get('/', (c) => c.text('home'))
  return { ...application, state, faults, fetch: (request: Request) => app.fetch(request) }
}

const open = (browser: TestBrowser, headers = {}) => browser.post(`${BASE_URL}/api/open`, [], headers)
async function outcomeOf(answer: Promise<Response>): Promise<string> {
  const response = await answer
  return response.ok ? response.json() : codeOf(response)
}
function holding(application: Pick<ReturnType<typeof start>, 'fetch'>, value: string): TestBrowser {
  const browser = browserOf(application)
  browser.cookies(BASE_URL).set(COOKIE, value)
  return browser
}

describe.each([
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: createStorage() })],
])('a data API for everybody, sessions %s', (_, options) => {
  it('serves those without a cookie, with other cookies, and those who are signed in', async () => {
    const application = start(options())
    const stranger = browserOf(application)
    expect(await outcomeOf(open(stranger))).toBe('anonymous')
    for (const name of ['theme', `${COOKIE}-theme`, `${COOKIE}2`, `\u00a0${COOKIE}`, COOKIE.toUpperCase()]) {
      expect(await outcomeOf(open(stranger, { cookie: `${name}=x` }))).toBe('anonymous')
    }
    expect(await outcomeOf(open(await signedIn(application)))).toBe(aliceId())
  })

  it.each<[string, (cookie: string) => string]>([
    ['made up', () => 'anything'],
    ['empty', () => ''],
    ['a JWT without a signature', () => new UnsecuredJWT({ sub: 'alice' }).encode()],
    ['truncated', (cookie) => cookie.slice(0, -10)],
    ['with one character changed', (cookie) => changed(cookie, 3)],
  ])('refuses a forged cookie once, and then serves: %s', async (_, forge) => {
    const application = start(options())
    const genuine = cookieOf(await signedIn(application))
    const browser = holding(application, forge(genuine))
    expect(await outcomeOf(open(browser))).toBe('401 signed_out')
    expect(browser.cookies(BASE_URL).size).toBe(0)
    expect(await outcomeOf(open(browser))).toBe('anonymous')
  })

  it('refuses the attempt of a sign-in as a session, and a cookie of another application', async () => {
    const application = start(options())
    const other = cookieOf(
      await signedIn(start({ ...options(), appId: 'traditional-app', cookieSecret: OTHER })),
    )
    expect(await outcomeOf(open(holding(application, other)))).toBe('401 signed_out')
    const browser = browserOf(application)
    await browser.request(`${BASE_URL}/auth/sign-in`)
    const [attempt = ''] = browser.cookies(BASE_URL).values()
    expect(await outcomeOf(open(holding(application, attempt)))).toBe('401 signed_out')
    // Who is on the way to Logto is nobody yet.
    expect(await outcomeOf(open(browser))).toBe('anonymous')
  })

  it('refuses two cookies of the session’s name', async () => {
    const application = start(options())
    const cookie = `${COOKIE}=${cookieOf(await signedIn(application))}`
    const twice = { cookie: `${cookie}; ${cookie}` }
    expect(await outcomeOf(open(browserOf(application), twice))).toBe('401 signed_out')
  })

  it('refuses a session that was idle for too long, once', async () => {
    const application = start({ ...options(), idleSeconds: HOUR })
    const browser = await signedIn(application)
    later(HOUR + 60)
    expect(await outcomeOf(open(browser))).toBe('401 session_ended')
    expect(browser.cookies(BASE_URL).size).toBe(0)
    expect(await outcomeOf(open(browser))).toBe('anonymous')
  })

  it('refuses a copy of a cookie that was signed out, and one whose grant Logto has ended', async () => {
    const application = start(options())
    const browser = await signedIn(application)
    const copied = cookieOf(browser)
    await browser.post(`${BASE_URL}/auth/sign-out`)
    expect(await outcomeOf(open(browser))).toBe('anonymous')
    expect(await outcomeOf(open(holding(application, copied)))).toBe('401 session_ended')

    const ended = await signedIn(application)
    logto.faults.revokeGrants(aliceId())
    later(HOUR)
    expect(await outcomeOf(open(ended))).toBe('401 session_ended')
    expect(await outcomeOf(open(ended))).toBe('anonymous')
  })

  it('serves a person whose access token has expired and can be renewed', async () => {
    const application = start(options())
    const browser = await signedIn(application)
    later(HOUR)
    expect(await outcomeOf(open(browser))).toBe(aliceId())
  })

  it('refuses while Logto is away and the access token has expired, and keeps the session', async () => {
    const application = start(options())
    const browser = await signedIn(application)
    later(HOUR)
    logto.faults.endpoint('token', { status: 503, times: 1 })
    expect(await outcomeOf(open(browser))).toBe('503 logto_unavailable')
    expect(browser.cookies(BASE_URL).size).toBe(1)
    expect(await outcomeOf(open(browser))).toBe(aliceId())
  })

  it('refuses a deleted user, ends the session with it, and then serves', async () => {
    const application = start(options())
    const browser = await signedIn(application)
    const copied = cookieOf(browser)
    application.state.user = { id: 1, isDeleted: true }
    expect(await outcomeOf(open(browser))).toBe('401 user_deleted')
    expect(browser.cookies(BASE_URL).size).toBe(0)
    expect(await outcomeOf(open(browser))).toBe('anonymous')
    expect(await outcomeOf(open(holding(application, copied)))).toBe('401 session_ended')
  })

  it('refuses a user whose record is gone, ends the session with it, and then serves', async () => {
    const application = start(options())
    const browser = await signedIn(application)
    application.state.user = undefined
    expect(await outcomeOf(open(browser))).toBe('401 user_unknown')
    expect(await outcomeOf(open(browser))).toBe('anonymous')
  })

  it('refuses a suspended user as long as the suspension lasts, and keeps the session', async () => {
    const application = start(options())
    const browser = await signedIn(application)
    application.state.user = { id: 1, isSuspended: true }
    expect(await outcomeOf(open(browser))).toBe('403 user_suspended')
    application.state.user = { id: 1, isSuspended: false }
    expect(await outcomeOf(open(browser))).toBe(aliceId())
  })

  it('with a bad bearer token beside the cookie: refused, and the session is left alone', async () => {
    const application = start(options(), {
      parseUserId: ({ authorization }) => (authorization === undefined ? undefined : 'deleted00000'),
    })
    const browser = await signedIn(application)
    application.state.user = { id: 1, isDeleted: true }
    const bearer = { authorization: 'Bearer of-somebody-else' }
    expect(await outcomeOf(open(browser, bearer))).toBe('401 user_deleted')
    expect(browser.cookies(BASE_URL).size).toBe(1)
  })

  it('a request of another site with the cookie: 403, not anonymous', async () => {
    const browser = await signedIn(start(options()))
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect(await outcomeOf(open(browser, foreign))).toBe('403 cross_site_request')
  })
})

const OTHER = 'another secret for tests, long enough to be one'

describe('a data API for everybody', () => {
  it('also refuses where the application wraps parseUserId', async () => {
    const plain = start()
    const swallowing = start(
      {},
      { parseUserId: (headers) => plain.session.parseUserId(headers).catch(() => undefined) },
    )
    expect(await outcomeOf(open(holding(swallowing, 'anything')))).toBe('401 unauthenticated')
    expect(await outcomeOf(open(browserOf(swallowing)))).toBe('anonymous')
  })

  it('also refuses where the session is mounted by the application itself', async () => {
    const { app, session, fetch } = createApplication(logto.url)
    const controller = {
      findEventSourceByName: () => undefined,
      dispatch: async () => ({}),
      system: { storage: { findOne: async () => ({ id: 1 }) } },
    }
    const inner = createApp(controller, {
      parseUserId: session.parseUserId,
      onRefused: () => undefined,
      apis: { open: createDataAPI(() => 'anonymous', { allowAnonymous: true }) },
    })
    app.route('/', inner)
    const browser = holding({ fetch: async (request) => fetch(request) }, 'anything')
    expect(await outcomeOf(open(browser))).toBe('401 signed_out')
    expect(browser.cookies(BASE_URL).size).toBe(0)
    expect(await outcomeOf(open(browser))).toBe('anonymous')
  })

  it('serves nobody in the place of a person whose session cannot be read: the store is away', async () => {
    const store = createStorage()
    let isAway = false
    const getItem = async (key: string) => {
      if (isAway) throw new Error('The store is away')
      return store.getItem(key)
    }
    const application = start({ store: { ...slow(store, 0), getItem } })
    const browser = await signedIn(application, BOB)
    isAway = true
    expect(await outcomeOf(open(browser))).toBe('503 store_unavailable')
    expect(browser.cookies(BASE_URL).size).toBe(1)
    isAway = false
    expect(await outcomeOf(open(browser))).not.toBe('anonymous')
  })
})
