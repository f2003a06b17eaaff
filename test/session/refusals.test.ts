import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { createApp } from '../../src/http/index.js'
import { createSession, type SessionOptions } from '../../src/session/index.js'
import {
  ALICE,
  BASE_URL,
  browserOf,
  createApplication,
  SECRET,
  signedIn,
  startLogto,
} from './support/application.js'

let logto: EmbeddedLogto
beforeAll(async () => {
  logto = await startLogto()
})
afterAll(() => logto.close())

function start(options: Partial<SessionOptions> = {}) {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const logger = { info: write, warn: write, error: write }
  return { ...createApplication(logto.url, { logger, ...options }), lines, logger }
}
const request = (path: string, init?: RequestInit) => new Request(`${BASE_URL}${path}`, init)

describe('what a session refuses', () => {
  it('is in the log: a request of another site, once a minute', async () => {
    const { app, lines } = start()
    for (let time = 0; time < 5; time++) {
      const headers = { origin: 'https://evil.example' }
      await app.fetch(request(`/auth/sign-out?returnTo=secret${time}`, { method: 'POST', headers }))
    }
    expect(lines).toEqual([
      expect.stringMatching(
        /^interaqt-logto: 403 at POST \/auth\/sign-out: cross_site_request: .*evil\.example.*What to do/,
      ),
    ])
    expect(lines[0]).not.toContain('secret')
  })

  it('is in the log of the HTTP app: parseUserId, and the check of the whole application', async () => {
    const { session, logger, lines } = start()
    const controller = {
      findEventSourceByName: () => undefined,
      dispatch: async () => ({}),
      system: { storage: { findOne: async () => undefined } },
    }
    const app = createApp(controller, { parseUserId: session.parseUserId, session, logger })
    app.get('/', (c) => c.text('home'))
    await app.fetch(request('/interaction/x', { method: 'POST', headers: { origin: BASE_URL } }))
    const browser = await signedIn({ fetch: (sent) => app.fetch(sent) })
    const cookie = browser.cookieHeader(BASE_URL)
    const headers = { origin: 'https://evil.example', cookie }
    await app.fetch(request('/interaction/x', { method: 'POST', headers }))
    expect(lines).toEqual([
      expect.stringContaining('401 at POST /interaction/x: signed_out: '),
      expect.stringMatching(/403 at POST \/interaction\/x: cross_site_request: .*evil\.example/),
    ])
  })

  it('is in the log: an answer that belongs to no sign-in', async () => {
    const { app, lines } = start()
    await app.fetch(request('/auth/callback?code=secret&state=made-up'))
    await app.fetch(request('/auth/callback?code=secret&state=another'))
    expect(lines).toEqual([
      expect.stringMatching(/^interaqt-logto: 303 at GET \/auth\/callback: state_mismatch: .*What to do/),
    ])
    expect(lines[0]).not.toContain('secret')
  })

  it('is in the log: a forged logout token, without a fault', async () => {
    const { app, lines } = start()
    const body = new URLSearchParams({ logout_token: 'eyJhbGciOiJub25lIn0.e30.' })
    await app.fetch(request('/auth/back-channel-logout', { method: 'POST', body }))
    expect(lines).toEqual([
      expect.stringContaining('400 at POST /auth/back-channel-logout: logout_token_refused: '),
    ])
    expect(lines[0]).not.toContain('eyJ')
  })

  it('goes to onRefused instead', async () => {
    const onRefused = vi.fn()
    const { session, lines } = start({ onRefused })
    await session.routes.fetch(request('/sign-out', { method: 'POST' }))
    expect(onRefused.mock.calls).toEqual([
      [expect.objectContaining({ code: 'cross_site_request' }), expect.any(Request)],
    ])
    expect(lines).toEqual([])
  })

  it('is in the log when Logto issued a token that is not good enough here', async () => {
    const application = start({ requiredScopes: [] })
    const browser = await signedIn(application, ALICE)
    expect(application.lines).toEqual([])
    const other = start({ issuer: `${logto.url}/oidc`, resource: `${BASE_URL}/another` })
    browser.serve(BASE_URL, other.fetch)
    const answer = await browser.request(`${BASE_URL}/auth/me`)
    expect(await answer.json()).toEqual({ isAuthenticated: false })
    expect(other.lines).toEqual([
      expect.stringMatching(
        /^interaqt-logto: 401 at GET \/auth\/me: audience_mismatch: .*\/another.*What to do/,
      ),
    ])
  })

  it('says nothing of visitors who never signed in', async () => {
    const application = start()
    const browser = browserOf(application)
    await browser.request(`${BASE_URL}/auth/me`)
    expect(application.lines).toEqual([])
  })
})

it('a fault of a session is one entry of its log', async () => {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const session = createSession({
    logtoEndpoint: 'http://127.0.0.1:9',
    appId: 'app',
    appSecret: 'secret',
    cookieSecret: SECRET,
    baseUrl: BASE_URL,
    logger: { info: write, warn: write, error: write },
  })
  await session.routes.fetch(request('/sign-in'))
  expect(lines).toEqual([expect.stringMatching(/^interaqt-logto: the session: /)])
  expect(lines[0]?.match(/^interaqt-logto/gm)).toHaveLength(1)
})
