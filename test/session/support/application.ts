import { Hono } from 'hono'
import {
  type EmbeddedLogto,
  type EmbeddedLogtoOptions,
  startEmbeddedLogto,
} from '../../../src/embedded/index.js'
import {
  createSession,
  type LogtoSession,
  SessionError,
  type SessionOptions,
} from '../../../src/session/index.js'
import type { SeedApplication } from '../../../src/testing/index.js'
import { TestBrowser } from './browser.js'

export const BASE_URL = 'http://127.0.0.1:4000'
export const SECRET = 'a secret for tests, long enough to be one'
export const ALICE = { username: 'alice', password: 'correct-horse-1' }
export const BOB = { username: 'bob', password: 'correct-horse-2' }

const APP_ID = 'traditional-app'
const APP_SECRET = 'traditional-secret'

/** A Logto with the application, two people and strict refresh tokens. */
export function startLogto(options: EmbeddedLogtoOptions = {}): Promise<EmbeddedLogto> {
  return startEmbeddedLogto({
    port: 0,
    log: () => {},
    reuseWindowSeconds: 0,
    users: [ALICE, BOB],
    ...registrationAt([BASE_URL, 'https://app.example.com']),
    ...options,
  })
}

/** The application as Logto knows it, at these base URLs; the first one is that of its API resource. */
export function registrationAt(
  baseUrls: readonly [string, ...string[]],
  more: Partial<SeedApplication> = {},
): Pick<EmbeddedLogtoOptions, 'resources' | 'applications'> {
  return {
    resources: [{ indicator: `${baseUrls[0]}/interaction` }],
    applications: [
      {
        id: APP_ID,
        secret: APP_SECRET,
        name: 'App',
        type: 'Traditional',
        redirectUris: baseUrls.map((url) => `${url}/auth/callback`),
        postLogoutRedirectUris: baseUrls.map((url) => `${url}/`),
        ...more,
      },
    ],
  }
}

export interface TestApplication {
  session: LogtoSession
  app: Hono
  /** Faults that the session reported. */
  faults: unknown[]
  fetch: (request: Request) => Response | Promise<Response>
}

/** An application with the session and one route that changes something and needs a caller. */
export function createApplication(logtoUrl: string, options: Partial<SessionOptions> = {}): TestApplication {
  const faults: unknown[] = []
  const session = createSession({
    logtoEndpoint: logtoUrl,
    appId: APP_ID,
    appSecret: APP_SECRET,
    cookieSecret: SECRET,
    baseUrl: BASE_URL,
    resource: `${BASE_URL}/interaction`,
    onError: (error) => faults.push(error),
    ...options,
  })
  const app = new Hono()
  session.mount(app)
  app.get('/', (c) => c.text('home'))
  app.get('/page', (c) => c.text('page'))
  app.post('/interaction/:name', async (c) => {
    const { userId, scopes } = await session.parseUserId(Object.fromEntries(c.req.raw.headers))
    return c.json({ userId, scopes })
  })
  app.post('/other', (c) => c.json({ changed: true }))
  app.onError((error, c) => {
    if (error instanceof SessionError) return error.getResponse()
    if ('getResponse' in error && typeof error.getResponse === 'function') return error.getResponse()
    faults.push(error)
    return c.json({ error: { code: 'internal_error', message: error.message } }, 500)
  })
  return { session, app, faults, fetch: (request) => app.fetch(request) }
}

/** A browser in front of an application. */
export function browserOf({ fetch }: Pick<TestApplication, 'fetch'>, origin = BASE_URL): TestBrowser {
  const browser = new TestBrowser()
  browser.serve(origin, fetch)
  return browser
}

/** A browser in which somebody is signed in. */
export async function signedIn(
  application: Pick<TestApplication, 'fetch'>,
  person = ALICE,
  origin = BASE_URL,
): Promise<TestBrowser> {
  const browser = browserOf(application, origin)
  const { url } = await browser.open(`${origin}/auth/sign-in`, person)
  if (url !== `${origin}/`) throw new Error(`The sign-in ended at ${url}`)
  return browser
}
