import { beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BASE_URL, BOB, browserOf, createApplication, signedIn } from '../support/application.js'
import { call, codeOf, counting } from '../support/attack.js'
import type { TestBrowser } from '../support/browser.js'
import { logto } from '../support/logto.js'

describe('requests that another site may have sent', () => {
  const attacks: [string, Record<string, string>][] = [
    ['a foreign Origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a sibling host', { origin: 'http://other.127.0.0.1:4000', 'sec-fetch-site': 'same-site' }],
    ['another port', { origin: 'http://127.0.0.1:4001', 'sec-fetch-site': 'same-site' }],
    ['an opaque Origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['our Origin with a foreign Sec-Fetch-Site', { origin: BASE_URL, 'sec-fetch-site': 'cross-site' }],
    [
      'a foreign Origin with our Sec-Fetch-Site',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['no header that says so', {}],
  ]

  it.each(attacks)('%s: 403, at interactions, other routes and sign-out', async (_, headers) => {
    const browser = await signedIn(application)
    for (const path of ['/interaction/greet', '/other', '/auth/sign-out']) {
      const response = await browser.request(`${BASE_URL}${path}`, { method: 'POST', headers })
      expect(await codeOf(response)).toBe('403 cross_site_request')
    }
    expect((await call(browser)).status).toBe(200)
  })

  it.each<[string, Record<string, string>]>([
    ['Origin alone', { origin: BASE_URL }],
    ['Sec-Fetch-Site alone', { 'sec-fetch-site': 'same-origin' }],
  ])('%s of our own is enough', async (_, headers) => {
    const browser = await signedIn(application)
    const response = await browser.request(`${BASE_URL}/interaction/greet`, { method: 'POST', headers })
    expect(response.status).toBe(200)
  })

  it('says nothing about requests without a session, such as webhooks', async () => {
    const response = await browserOf(application).request(`${BASE_URL}/other`, { method: 'POST' })
    expect(response.status).toBe(200)
  })

  let application: ReturnType<typeof createApplication>
  beforeAll(() => {
    application = createApplication(logto.url)
  })
})

describe('callbacks', () => {
  /** Signs in up to the callback, which is not opened. */
  async function callbackOf(browser: TestBrowser, person = ALICE): Promise<string> {
    const stop = { fetch: (request: Request) => new Response(`stopped at ${request.url}`) }
    const away = browserOf(stop)
    const started = await browser.request(`${BASE_URL}/auth/sign-in`)
    const { url } = await away.open(started.headers.get('location') ?? '', person)
    return url
  }

  it('login CSRF: the attacker’s callback signs nobody in', async () => {
    const application = createApplication(logto.url)
    const foreign = await callbackOf(browserOf(application), BOB)
    const victim = browserOf(application)
    const { url } = await victim.open(foreign)
    expect(url).toBe(`${BASE_URL}/?auth_error=state_mismatch`)
    expect(victim.cookies(BASE_URL).size).toBe(0)
  })

  it('a foreign state, while a sign-in of one’s own is open', async () => {
    const application = createApplication(logto.url)
    const foreign = await callbackOf(browserOf(application), BOB)
    const victim = browserOf(application)
    const own = await callbackOf(victim, ALICE)
    expect((await victim.open(foreign)).url).toBe(`${BASE_URL}/?auth_error=state_mismatch`)
    // The attempt of the victim is not disturbed.
    expect((await victim.open(own)).url).toBe(`${BASE_URL}/`)
  })

  it('the attacker’s code with the victim’s state', async () => {
    const application = createApplication(logto.url)
    const foreign = new URL(await callbackOf(browserOf(application), BOB))
    const victim = browserOf(application)
    const own = new URL(await callbackOf(victim, ALICE))
    own.searchParams.set('code', foreign.searchParams.get('code') ?? '')
    // PKCE: the code belongs to another verifier.
    expect((await victim.open(own.href)).url).toBe(`${BASE_URL}/?auth_error=code_expired`)
    expect([...victim.cookies(BASE_URL).keys()]).toEqual([])
  })

  it('another issuer’s answer (mix-up)', async () => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    const own = new URL(await callbackOf(browser))
    own.searchParams.set('iss', 'https://evil.example/oidc')
    expect((await browser.open(own.href)).url).toBe(`${BASE_URL}/?auth_error=sign_in_refused`)
  })

  it('the same callback again neither signs in nor ends the grant', async () => {
    const requests: string[] = []
    const application = createApplication(logto.url, { fetch: counting(requests, /./) })
    const browser = browserOf(application)
    const own = await callbackOf(browser)
    const copy = new Map(browser.cookies(BASE_URL))
    await browser.open(own)
    const before = requests.length

    const thief = browserOf(application)
    for (const [name, value] of copy) thief.cookies(BASE_URL).set(name, value)
    expect((await thief.open(own)).url).toBe(`${BASE_URL}/?auth_error=code_expired`)
    expect(requests).toHaveLength(before)
    expect((await call(browser)).status).toBe(200)
    // Back in the history of the one who is signed in: just the application.
    expect((await browser.open(own)).url).toBe(`${BASE_URL}/`)
  })

  it('a person who does not want to is told so at the page where they were', async () => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    const own = new URL(await callbackOf(browser))
    own.searchParams.delete('code')
    own.searchParams.set('error', 'access_denied')
    expect((await browser.open(own.href)).url).toBe(`${BASE_URL}/?auth_error=cancelled`)
    expect(application.faults).toEqual([])
  })
})

describe('returnTo', () => {
  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    `${BASE_URL}.evil.example/`,
    'http://alice@127.0.0.1:4000/',
    'http://127.0.0.1:4001/',
    'https://127.0.0.1:4000/',
    '\t//evil.example',
    `/${'x'.repeat(2_000)}`,
    '/auth/sign-in',
    '/auth/callback?code=1&state=2',
  ])('refuses %j', async (returnTo) => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    const response = await browser.request(`${BASE_URL}/auth/sign-in?${new URLSearchParams({ returnTo })}`)
    expect(await codeOf(response)).toBe('400 return_to_refused')
    expect(response.headers.has('location')).toBe(false)
  })

  it('refuses a foreign one at sign-out too, before anything ends', async () => {
    const application = createApplication(logto.url)
    const browser = await signedIn(application)
    for (const returnTo of ['https://evil.example/', '//evil.example/', 'javascript:alert(1)']) {
      const response = await browser.post(`${BASE_URL}/auth/sign-out?${new URLSearchParams({ returnTo })}`)
      expect(await codeOf(response)).toBe('400 return_to_refused')
    }
    expect((await call(browser)).status).toBe(200)
  })

  it.each(['/.//evil.example/', 'http:evil.example', 'evil.example'])(
    'stays on this host with %j',
    async (returnTo) => {
      const application = createApplication(logto.url)
      const browser = browserOf(application)
      const query = new URLSearchParams({ returnTo })
      const { url } = await browser.open(`${BASE_URL}/auth/sign-in?${query}`, ALICE)
      expect(new URL(url).origin).toBe(BASE_URL)
    },
  )
})
