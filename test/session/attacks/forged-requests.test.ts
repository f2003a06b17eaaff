import { decodeJwt, importJWK, type JWTPayload, SignJWT } from 'jose'
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

  describe('an answer that does not name this Logto as its issuer (RFC 9207)', () => {
    const cases: [string, (answer: URLSearchParams) => void][] = [
      ['another one (mix-up)', (answer) => answer.set('iss', 'https://evil.example/oidc')],
      ['none', (answer) => answer.delete('iss')],
      ['an empty one', (answer) => answer.set('iss', '')],
      ['with a slash more', (answer) => answer.set('iss', `${logto.issuer}/`)],
      ['in capitals', (answer) => answer.set('iss', logto.issuer.toUpperCase())],
      ['without its path', (answer) => answer.set('iss', logto.url)],
      [
        'by another name of its host',
        (answer) => answer.set('iss', logto.issuer.replace('127.0.0.1', 'localhost')),
      ],
      ['as a part of another', (answer) => answer.set('iss', `${logto.issuer}.evil.example`)],
      ['and then another one', (answer) => answer.append('iss', 'https://evil.example/oidc')],
      ['twice', (answer) => answer.append('iss', logto.issuer)],
      [
        'none, beside an empty error',
        (answer) => {
          answer.delete('iss')
          answer.set('error', '')
        },
      ],
      [
        'as a list',
        (answer) => {
          answer.delete('iss')
          answer.append('iss[]', logto.issuer)
        },
      ],
    ]

    it.each(cases)('%s: refused before the code is exchanged, and used up', async (_, change) => {
      const requests: string[] = []
      const application = createApplication(logto.url, { fetch: counting(requests, /authorization_code/) })
      const browser = browserOf(application)
      const own = await callbackOf(browser)
      const changed = new URL(own)
      change(changed.searchParams)
      expect((await browser.open(changed.href)).url).toBe(`${BASE_URL}/?auth_error=sign_in_refused`)
      expect(requests).toEqual([])
      expect((await browser.open(own)).url).toBe(`${BASE_URL}/?auth_error=code_expired`)
    })

    it('an error of another issuer is not told as if Logto had sent it', async () => {
      const browser = browserOf(createApplication(logto.url))
      const own = new URL(await callbackOf(browser))
      own.search = `?error=access_denied&state=${own.searchParams.get('state')}&iss=https://evil.example/oidc`
      expect((await browser.open(own.href)).url).toBe(`${BASE_URL}/?auth_error=sign_in_refused`)
    })

    it('an error that names nobody ends the sign-in with its reason, also with a code beside it', async () => {
      const requests: string[] = []
      const application = createApplication(logto.url, { fetch: counting(requests, /authorization_code/) })
      for (const code of ['', '&code=evil']) {
        const browser = browserOf(application)
        const own = new URL(await callbackOf(browser))
        own.search = `?error=access_denied&state=${own.searchParams.get('state')}${code}`
        expect((await browser.open(own.href)).url).toBe(`${BASE_URL}/?auth_error=cancelled`)
      }
      expect(requests).toEqual([])
    })

    it('none, beside an error that the SDK does not see behind a second question mark: no code is exchanged', async () => {
      const requests: string[] = []
      const application = createApplication(logto.url, { fetch: counting(requests, /authorization_code/) })
      const browser = browserOf(application)
      const own = new URL(await callbackOf(browser))
      own.searchParams.delete('iss')
      own.search += '&x=?&error=access_denied'
      expect((await browser.open(own.href)).url).toBe(`${BASE_URL}/?auth_error=cancelled`)
      expect(requests).toEqual([])
    })

    it('none, of a Logto that does not promise to name itself: accepted; another one: refused', async () => {
      const silent: typeof fetch = async (input, init) => {
        const answer = await fetch(input, init)
        if (!String(input).endsWith('/openid-configuration')) return answer
        const document = await answer.json()
        return Response.json({ ...document, authorization_response_iss_parameter_supported: undefined })
      }
      const application = createApplication(logto.url, { fetch: silent })
      const accepted = browserOf(application)
      const own = new URL(await callbackOf(accepted))
      own.searchParams.delete('iss')
      expect((await accepted.open(own.href)).url).toBe(`${BASE_URL}/`)
      expect((await call(accepted)).status).toBe(200)

      const refused = browserOf(application)
      const other = new URL(await callbackOf(refused))
      other.searchParams.set('iss', 'https://evil.example/oidc')
      expect((await refused.open(other.href)).url).toBe(`${BASE_URL}/?auth_error=sign_in_refused`)
    })
  })

  it.each(['code', 'state', 'error'])('an answer with %s twice (RFC 6749, 3.1): refused', async (name) => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    const own = new URL(await callbackOf(browser))
    own.searchParams.append(name, own.searchParams.get(name) ?? 'access_denied')
    own.searchParams.append(name, 'another')
    expect((await browser.open(own.href)).url).toBe(`${BASE_URL}/?auth_error=sign_in_refused`)
  })

  describe('the nonce', () => {
    const nonceOf = (location: string | null) => new URL(location ?? '').searchParams.get('nonce')
    /** Signs in at an application that gets another ID token than Logto has sent; returns where that ended. */
    async function withIdToken(change: (claims: JWTPayload) => JWTPayload | string) {
      const swapping: typeof fetch = async (input, init) => {
        const response = await fetch(input, init)
        if (!/authorization_code/.test(String(init?.body))) return response
        const answer = await response.json()
        const changed = change(decodeJwt(answer.id_token))
        const idToken = typeof changed === 'string' ? changed : await signedByLogto(changed)
        return Response.json({ ...answer, id_token: idToken })
      }
      const application = createApplication(logto.url, { fetch: swapping })
      const browser = browserOf(application)
      const { url } = await browser.open(`${BASE_URL}/auth/sign-in`, ALICE)
      return { url, faults: application.faults, cookies: browser.cookies(BASE_URL).size }
    }
    const signedByLogto = async (claims: JWTPayload) => {
      const { kid, privateJwk } = logto.state.keys.current
      const key = await importJWK(privateJwk, 'ES384')
      return new SignJWT(claims).setProtectedHeader({ alg: 'ES384', kid }).sign(key)
    }

    it('is sent with each request, another each time, and in no cookie that can be read', async () => {
      const browser = browserOf(createApplication(logto.url))
      const nonces = []
      for (let tab = 0; tab < 3; tab++) {
        const begun = await browser.request(`${BASE_URL}/auth/sign-in`)
        nonces.push(nonceOf(begun.headers.get('location')))
        for (const nonce of nonces) expect(browser.cookieHeader(BASE_URL)).not.toContain(nonce)
      }
      expect(new Set(nonces).size).toBe(3)
      for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{32,}$/)
      expect(nonceOf('https://x.example/?nonce=1')).toBe('1')
    })

    it('that Logto repeats lets the person in: the same token, signed again', async () => {
      expect(await withIdToken((claims) => claims)).toEqual({ url: `${BASE_URL}/`, faults: [], cookies: 1 })
    })

    it.each<[string, (claims: JWTPayload) => JWTPayload]>([
      ['of another sign-in', (claims) => ({ ...claims, nonce: crypto.randomUUID() })],
      ['left out', ({ nonce: _, ...claims }) => claims],
      ['empty', (claims) => ({ ...claims, nonce: '' })],
      ['in capitals', ({ nonce, ...claims }) => ({ ...claims, nonce: String(nonce).toUpperCase() })],
      ['in a list', (claims) => ({ ...claims, nonce: [claims.nonce] })],
      ['with more behind it', (claims) => ({ ...claims, nonce: `${claims.nonce} ` })],
    ])('%s: refused, and the operator learns it', async (_, change) => {
      const { url, faults, cookies } = await withIdToken(change)
      expect([url, cookies]).toEqual([`${BASE_URL}/?auth_error=sign_in_refused`, 0])
      expect(faults).toEqual([
        expect.objectContaining({
          message: 'The ID token was refused: Its nonce is not that of this sign-in',
        }),
      ])
    })

    it('of the victim’s other tab: the tokens of one sign-in do not complete another', async () => {
      let first = ''
      const { url } = await withIdToken((claims) => {
        first = JSON.stringify(claims)
        return claims
      })
      expect(url).toBe(`${BASE_URL}/`)
      const second = await withIdToken(() => JSON.parse(first))
      expect(second.url).toBe(`${BASE_URL}/?auth_error=sign_in_refused`)
    })

    it('cannot be chosen by who begins the sign-in', async () => {
      const browser = browserOf(createApplication(logto.url))
      const begun = await browser.request(`${BASE_URL}/auth/sign-in?nonce=chosen&loginHint=%26nonce%3Dchosen`)
      const location = begun.headers.get('location') ?? ''
      expect(new URL(location).searchParams.getAll('nonce')).toEqual([expect.not.stringContaining('chosen')])
    })
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
    `javascript:${BASE_URL}/%0aalert(1)`,
    'data:text/html,x',
    `blob:${BASE_URL}/8c1b2f8e-0000-4000-8000-000000000000`,
    `BLOB:${BASE_URL}/x`,
    ` \tb\nlob:${BASE_URL}/x`,
    `filesystem:${BASE_URL}/temporary/x`,
    `view-source:${BASE_URL}/`,
    `about:${BASE_URL}/`,
    `ws://127.0.0.1:4000/`,
    `ftp://127.0.0.1:4000/`,
    '/\t/evil.example',
    '/\n/evil.example',
    '\r\n//evil.example',
    '\u0000//evil.example',
    '/\\/evil.example',
    'http:\\\\evil.example',
    'https:\uff0f\uff0fevil.example',
    'http://127.0.0.1:4000\uff0fevil.example',
    'http://127.0.0.1:4000@evil.example/',
    'http://127.0.0.1:4000%40evil.example/',
    'http://:@127.0.0.1:4001/',
    'http://:secret@127.0.0.1:4000/',
    'http://127.0.0.1/',
    'http://localhost:4000/',
    'http://127.0.0.1.:4000.evil.example/',
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

  it.each([
    '?returnTo=/page&returnTo=https://evil.example/',
    '?returnTo=https://evil.example/&returnTo=/page',
    '?returnTo=/page&returnTo=/page',
    '?returnTo=&returnTo=//evil.example',
    '?returnTo=/page&return%54o=//evil.example',
  ])('refuses two of them: %s', async (query) => {
    const application = createApplication(logto.url)
    const answer = await browserOf(application).request(`${BASE_URL}/auth/sign-in${query}`)
    expect(await codeOf(answer)).toBe('400 return_to_refused')
    const browser = await signedIn(application)
    expect(await codeOf(await browser.post(`${BASE_URL}/auth/sign-out${query}`))).toBe(
      '400 return_to_refused',
    )
  })

  it('knows it by its name alone', async () => {
    const browser = browserOf(createApplication(logto.url))
    const query = '?returnTo[]=//evil.example&returnto=//evil.example&return_to=//evil.example'
    expect((await browser.open(`${BASE_URL}/auth/sign-in${query}`, ALICE)).url).toBe(`${BASE_URL}/`)
  })

  it.each([
    '/.//evil.example/',
    '/..//evil.example/',
    '/%2f%2fevil.example',
    '/%5cevil.example',
    '\uff0f\uff0fevil.example',
    '/\u2215evil.example',
    'http:evil.example',
    'http:/evil.example',
    'http:/evil.example/../..//evil.example',
    'HTTP://127.0.0.1:4000/page',
    'http://127.1:4000/page',
    'evil.example',
    'blob/x',
    './javascript:alert(1)',
  ])('stays on this host with %j', async (returnTo) => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    const query = new URLSearchParams({ returnTo })
    const { url } = await browser.open(`${BASE_URL}/auth/sign-in?${query}`, ALICE)
    expect(new URL(url).origin).toBe(BASE_URL)
  })
})
