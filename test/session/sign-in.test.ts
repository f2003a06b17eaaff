import { describe, expect, it } from 'vitest'
import { tokensIn } from '../support/token-search.js'
import { ALICE, BASE_URL, browserOf, createApplication, signedIn } from './support/application.js'
import { call, codeOf } from './support/attack.js'
import { logto } from './support/logto.js'

const HOSTED = 'https://app.example.com'

describe('signing in', () => {
  it('brings the person back to the page, with a session in cookies that scripts cannot read', async () => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    const { url, response } = await browser.open(`${BASE_URL}/auth/sign-in?returnTo=/page?x=1`, ALICE)
    expect(url).toBe(`${BASE_URL}/page?x=1`)
    expect(await response.text()).toBe('page')
    const me = await browser.request(`${BASE_URL}/auth/me`)
    expect(me.headers.get('cache-control')).toBe('no-store')
    expect(await me.json()).toEqual({
      isAuthenticated: true,
      user: { id: expect.any(String), username: 'alice' },
      expiresAt: expect.any(Number),
    })
    expect(application.faults).toEqual([])
    const set = browser.seen.filter(({ url }) => url.startsWith(BASE_URL)).flatMap(setCookies)
    expect(set.length).toBe(2)
    for (const line of set) expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('gives the identity that a bearer token would give', async () => {
    const application = createApplication(logto.url)
    const browser = await signedIn(application)
    const identity = await application.session.parseUserId({
      cookie: browser.cookieHeader(BASE_URL),
      origin: BASE_URL,
    })
    expect(identity).toMatchObject({
      userId: identity.claims.sub,
      scopes: [],
      claims: { client_id: 'traditional-app', aud: `${BASE_URL}/interaction`, iss: logto.issuer },
    })
    expect(application.session.parseUserId.loopbackOnly).toBe(false)
  })

  it('no answer to the browser, header or body, has a token in it', async () => {
    const application = createApplication(logto.url)
    const browser = await signedIn(application)
    await call(browser)
    await browser.request(`${BASE_URL}/auth/me`)
    await browser.post(`${BASE_URL}/auth/sign-out`)
    const answers = browser.seen.filter(({ url }) => url.startsWith(BASE_URL))
    expect(answers.length).toBeGreaterThan(5)
    for (const { headers, body } of answers) expect(tokensIn([...headers].join('\n') + body)).toEqual([])
  })

  it('several tabs at once, and the oldest attempts make room', async () => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    for (let tab = 0; tab < 8; tab++) await browser.request(`${BASE_URL}/auth/sign-in?returnTo=/page`)
    expect(browser.cookies(BASE_URL).size).toBe(4)
    const { url } = await browser.open(`${BASE_URL}/auth/sign-in?returnTo=/page`, ALICE)
    expect(url).toBe(`${BASE_URL}/page`)
  })

  it('hands Logto what the sign-in page should begin with', async () => {
    const browser = browserOf(createApplication(logto.url))
    const hinted = `${BASE_URL}/auth/sign-in?firstScreen=register&loginHint=alice`
    const location = (await browser.request(hinted)).headers.get('location') ?? ''
    expect(new URL(location).searchParams.get('first_screen')).toBe('register')
    expect(new URL(location).searchParams.get('login_hint')).toBe('alice')
    const unknown = await browser.request(`${BASE_URL}/auth/sign-in?firstScreen=evil`)
    expect(unknown.headers.get('location')).not.toContain('evil')
  })

  it('tells the page when Logto is away, and the operator why', async () => {
    const application = createApplication('http://127.0.0.1:1')
    const browser = browserOf(application)
    const { url } = await browser.open(`${BASE_URL}/auth/sign-in?returnTo=/page`)
    expect(url).toBe(`${BASE_URL}/page?auth_error=logto_unavailable`)
    expect(application.faults).toHaveLength(1)
  })

  it('refuses who lacks a required scope', async () => {
    const application = createApplication(logto.url, { requiredScopes: ['interaction:write'] })
    expect(await codeOf(await call(await signedIn(application)))).toBe('403 scope_insufficient')
  })
})

describe('signing out', () => {
  it('ends the session here, its refresh token, and gives the way to end Logto’s', async () => {
    const bodies: string[] = []
    const application = createApplication(logto.url, {
      fetch: (input, init) => {
        bodies.push(`${input} ${init?.body}`)
        return fetch(input, init)
      },
    })
    const browser = await signedIn(application)
    const response = await browser.post(`${BASE_URL}/auth/sign-out?returnTo=/`)
    const { url } = await response.json()
    expect(url).toContain(`${logto.url}/oidc/session/end?`)
    expect(new URL(url).searchParams.get('post_logout_redirect_uri')).toBe(`${BASE_URL}/`)
    expect(bodies.at(-1)).toMatch(/\/token\/revocation client_id=traditional-app&token=./)
    expect(browser.cookies(BASE_URL).size).toBe(0)
    expect(await codeOf(await call(browser))).toBe('401 signed_out')
  })

  it('sends a form without scripts there directly', async () => {
    const browser = await signedIn(createApplication(logto.url))
    const headers = { origin: BASE_URL, accept: 'text/html' }
    const response = await browser.request(`${BASE_URL}/auth/sign-out`, { method: 'POST', headers })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toContain('/oidc/session/end?')
  })

  it('signs out here also when Logto is away', async () => {
    const application = createApplication(logto.url)
    const browser = await signedIn(application)
    const away = createApplication('http://127.0.0.1:1')
    browser.serve(BASE_URL, away.fetch)
    expect(await codeOf(await browser.post(`${BASE_URL}/auth/sign-out`))).toBe('503 logto_unavailable')
    expect(browser.cookies(BASE_URL).size).toBe(0)
  })
})

describe('behind a reverse proxy', () => {
  /** What a proxy that ends TLS passes on to http://127.0.0.1:4000. */
  const proxied = (application: ReturnType<typeof createApplication>, headers: Record<string, string>) => ({
    fetch: (request: Request) => {
      const inner = new Request(request.url.replace(HOSTED, 'http://10.0.0.7:4000'), request)
      for (const [name, value] of Object.entries(headers)) inner.headers.set(name, value)
      return application.fetch(inner)
    },
  })
  const forwarded = { 'x-forwarded-host': 'app.example.com', 'x-forwarded-proto': 'https' }

  it.each([
    ['baseUrl says how browsers see the application', { baseUrl: HOSTED }, {}],
    ['the forwarded headers say so, when trusted', { trustProxy: true }, forwarded],
  ])('%s', async (_, options, headers) => {
    const resource = `${BASE_URL}/interaction`
    const application = createApplication(logto.url, { ...options, resource })
    const browser = await signedIn(proxied(application, headers), ALICE, HOSTED)
    expect([...browser.cookies(HOSTED).keys()]).toEqual(['__Host-interaqt-session'])
    const lines = browser.seen.filter(({ url }) => url.startsWith(HOSTED)).flatMap(setCookies)
    for (const line of lines) expect(line).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect((await browser.post(`${HOSTED}/interaction/greet`)).status).toBe(200)
    const { url } = await (await browser.post(`${HOSTED}/auth/sign-out`)).json()
    expect(new URL(url).searchParams.get('post_logout_redirect_uri')).toBe(`${HOSTED}/`)
  })

  it.each<[string, boolean, Record<string, string>]>([
    ['not told to trust them', false, forwarded],
    ['a host that is none', true, { 'x-forwarded-host': 'evil.example/path?', 'x-forwarded-proto': 'https' }],
    [
      'a protocol that is none',
      true,
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'javascript' },
    ],
    ['an unsafe protocol', true, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }],
    ['Host', true, { host: 'evil.example' }],
  ])('forwarded headers do not count: %s', async (_, trustProxy, headers) => {
    const application = createApplication(logto.url, { trustProxy })
    const response = await application.fetch(new Request(`${BASE_URL}/auth/sign-in`, { headers }))
    const location = new URL(response.headers.get('location') ?? '')
    expect(location.searchParams.get('redirect_uri')).toBe(`${BASE_URL}/auth/callback`)
    const wanted = await application.fetch(
      new Request(`${BASE_URL}/auth/sign-in?returnTo=https://evil.example/`, { headers }),
    )
    expect(wanted.status).toBe(400)
  })

  it.each([
    ['of a chain of proxies the first value counts', 'app.example.com, inner', 'https, http'],
    ['the default port and capitals are no part of an address', 'App.example.com:443', 'https'],
  ])('%s', async (_, host, protocol) => {
    const application = createApplication(logto.url, { trustProxy: true })
    const headers = { 'x-forwarded-host': host, 'x-forwarded-proto': protocol }
    const response = await application.fetch(new Request(`${BASE_URL}/auth/sign-in`, { headers }))
    const location = new URL(response.headers.get('location') ?? '')
    expect(location.searchParams.get('redirect_uri')).toBe(`${HOSTED}/auth/callback`)
  })

  it('a path of baseUrl that the proxy takes away is part of what browsers see', async () => {
    const application = createApplication(logto.url, { baseUrl: `${HOSTED}/app/` })
    const start = (query: string) => application.fetch(new Request(`${BASE_URL}/auth/sign-in${query}`))
    const location = new URL((await start('')).headers.get('location') ?? '')
    expect(location.searchParams.get('redirect_uri')).toBe(`${HOSTED}/app/auth/callback`)
    expect((await start('?returnTo=/app/auth/sign-in')).status).toBe(400)
  })
})

describe('settings that cannot work', () => {
  it.each([
    ['cookieSecret', { cookieSecret: 'too short' }],
    ['cookieSecret', { cookieSecret: [] }],
    ['baseUrl must be https', { baseUrl: 'http://app.example.com' }],
    ['baseUrl', { baseUrl: '/relative' }],
    ['appSecret', { appSecret: '' }],
    ['path', { path: 'auth' }],
    ['cookieName', { cookieName: 'a b' }],
    ['idleSeconds', { idleSeconds: 0 }],
    ['lifetimeSeconds', { lifetimeSeconds: 500 * 86_400 }],
  ])('%s: %j', (message, options) => {
    expect(() => createApplication(logto.url, options)).toThrow(message)
  })
})

const setCookies = ({ headers }: { headers: Headers }) =>
  headers.getSetCookie().filter((line) => !/Max-Age=0/.test(line))
