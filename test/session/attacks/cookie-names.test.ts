import { createStorage } from 'unstorage'
import { beforeAll, describe, expect, it } from 'vitest'
import { ALICE, BASE_URL, BOB, browserOf, createApplication, signedIn } from '../support/application.js'
import { codeOf } from '../support/attack.js'
import type { TestBrowser } from '../support/browser.js'
import { aliceId, logto } from '../support/logto.js'

const HOSTED = 'https://app.example.com'
const NAME = '__Host-interaqt-session'

/** Session cookies of the person whose browser it is, and of an attacker with a genuine account. */
let mine: string
let evil: string
let application: ReturnType<typeof createApplication>

beforeAll(async () => {
  application = createApplication(logto.url, { baseUrl: HOSTED })
  const cookieOf = async (person: typeof ALICE) =>
    (await signedIn(application, person, HOSTED)).cookies(HOSTED).get(NAME) ?? ''
  mine = await cookieOf(ALICE)
  evil = await cookieOf(BOB)
  expect(mine).not.toBe('')
  expect(evil).not.toBe('')
})

/** A call with these `Cookie` headers, as a page of the application sends it. */
function call(...cookies: string[]): Promise<Response> {
  const headers = new Headers({ origin: HOSTED })
  for (const cookie of cookies) headers.append('cookie', cookie)
  return Promise.resolve(
    application.fetch(new Request(`${HOSTED}/interaction/greet`, { method: 'POST', headers })),
  )
}

describe('a cookie whose name only looks like the session’s', () => {
  // Any host of the domain can set these: browsers keep the prefix for the exact spelling (RFC 6265bis, 4.1.3.2).
  const spellings: [string, string][] = [
    ['behind a non-breaking space', `\u00a0${NAME}`],
    ['behind two of them', `\u00a0\u00a0${NAME}`],
    ['before one', `${NAME}\u00a0`],
    ['behind a space and a non-breaking one', ` \u00a0${NAME}`],
    ['behind a vertical tab', `\u000b${NAME}`],
    ['behind a form feed', `\u000c${NAME}`],
    ['behind a next-line character', `\u0085${NAME}`],
    ['in lower case', NAME.toLowerCase()],
    ['in upper case', NAME.toUpperCase()],
    ['without the prefix', 'interaqt-session'],
    ['with the other prefix', '__Secure-interaqt-session'],
    ['in quotes', `"${NAME}"`],
    ['percent-encoded', '%5F%5FHost-interaqt-session'],
    ['with a percent-encoded space', `${NAME}%20`],
    ['as the value of a cookie without a name', `=${NAME}`],
    ['behind a comma', `other=1,${NAME}`],
    ['as a piece behind a non-breaking space', `\u00a0${NAME}.0`],
    ['as a piece without a number', `${NAME}.`],
    ['as a piece that no cookie has', `${NAME}.00`],
    ['as an item of a list', `${NAME}[]`],
    ['with a sign of old cookies', `$${NAME}`],
  ]

  it.each(spellings)('%s: nobody is signed in by it', async (_, name) => {
    expect(await codeOf(await call(`${name}=${evil}`))).toBe('401 signed_out')
  })

  it.each(spellings)('%s: it does not disturb the genuine one', async (_, name) => {
    for (const cookies of [
      `${name}=${evil}; ${NAME}=${mine}`,
      `${NAME}=${mine}; ${name}=${evil}`,
      `${NAME}=${mine};${name}=${evil};other=1`,
    ]) {
      const answer = await call(cookies)
      expect([answer.status, await answer.json()]).toEqual([200, { userId: aliceId(), scopes: [] }])
    }
  })
})

describe('two cookies of the session’s name', () => {
  const halves = (value: string) => [value.slice(0, 100), value.slice(100)]
  const cases: [string, () => string[]][] = [
    ['the attacker’s first', () => [`${NAME}=${evil}; ${NAME}=${mine}`]],
    ['the attacker’s last', () => [`${NAME}=${mine}; ${NAME}=${evil}`]],
    ['with others between them', () => [`${NAME}=${mine}; a=1; b=2; ${NAME}=${evil}`]],
    ['the same value twice', () => [`${NAME}=${mine}; ${NAME}=${mine}`]],
    ['one of them empty', () => [`${NAME}=; ${NAME}=${mine}`]],
    ['one of them in quotes', () => [`${NAME}="${evil}"; ${NAME}=${mine}`]],
    ['one of them with a value that no cookie can have', () => [`${NAME}=\u00e9; ${NAME}=${mine}`]],
    ['one of them with a quote that never ends', () => [`${NAME}="x; ${NAME}=${mine}`]],
    ['with white space around one', () => [`\t${NAME} = ${evil} ;${NAME}=${mine}`]],
    ['in two headers', () => [`${NAME}=${evil}`, `${NAME}=${mine}`]],
    ['three of them', () => [`${NAME}=${mine}; ${NAME}=${mine}; ${NAME}=${mine}`]],
    ['the whole and a piece', () => [`${NAME}=${mine}; ${NAME}.0=${evil}`]],
    ['the whole and a piece behind all that are read', () => [`${NAME}.9=x; ${NAME}=${mine}`]],
    [
      'a piece twice',
      () => {
        const [[first], [start, end]] = [halves(evil), halves(mine)]
        return [`${NAME}.0=${first}; ${NAME}.0=${start}; ${NAME}.1=${end}`]
      },
    ],
  ]

  it.each(cases)('%s: signed out, and neither is taken away', async (_, cookies) => {
    const answer = await call(...cookies())
    // Without ours the next request would be the attacker's.
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await codeOf(answer)).toBe('401 signed_out')
    const headers = { cookie: cookies().join('; ') }
    expect(await application.session.whoIsSignedIn(new Headers(headers))).toEqual({ isAuthenticated: false })
  })

  it('is still a request with a session to the check of other sites', async () => {
    const headers = { cookie: `${NAME}=${evil}; ${NAME}=${mine}`, origin: 'https://evil.example' }
    const answer = await application.fetch(new Request(`${HOSTED}/other`, { method: 'POST', headers }))
    expect(await codeOf(answer)).toBe('403 cross_site_request')
  })

  it('a piece alone in two genuine pieces still is one session', async () => {
    const [start, end] = halves(mine)
    expect((await call(`${NAME}.1=${end}; ${NAME}.0=${start}`)).status).toBe(200)
  })

  it('ends with the next sign-in, which takes the pieces away', async () => {
    const browser = browserOf(application, HOSTED)
    browser.cookies(HOSTED).set(NAME, mine).set(`${NAME}.0`, evil)
    expect(await codeOf(await browser.post(`${HOSTED}/interaction/greet`))).toBe('401 signed_out')
    await browser.open(`${HOSTED}/auth/sign-in`, ALICE)
    expect([...browser.cookies(HOSTED).keys()]).toEqual([NAME])
    expect((await browser.post(`${HOSTED}/interaction/greet`)).status).toBe(200)
  })

  it('with a store too', async () => {
    const stored = createApplication(logto.url, { store: createStorage() })
    const cookie = (await signedIn(stored)).cookieHeader(BASE_URL)
    const headers = { cookie: `${cookie}; ${cookie}`, origin: BASE_URL }
    const init = { method: 'POST', headers }
    expect(await codeOf(await stored.fetch(new Request(`${BASE_URL}/interaction/greet`, init)))).toBe(
      '401 signed_out',
    )
  })
})

describe('a planted sign-in attempt', () => {
  /** The attacker's sign-in up to its callback: the cookie that belongs to it, and the address. */
  async function attempt(person: typeof ALICE): Promise<{ name: string; value: string; callback: string }> {
    const browser: TestBrowser = browserOf(application, HOSTED)
    const begun = await browser.request(`${HOSTED}/auth/sign-in`)
    const [[name, value] = ['', '']] = browser.cookies(HOSTED)
    const away = browserOf({ fetch: (request) => new Response(request.url) }, HOSTED)
    const { url } = await away.open(begun.headers.get('location') ?? '', person)
    return { name, value, callback: url }
  }
  const open = async (callback: string, cookie: string) => {
    const answer = await application.fetch(new Request(callback, { headers: { cookie } }))
    return answer.headers.get('location')
  }

  it.each<[string, (name: string, value: string) => string]>([
    ['behind a non-breaking space', (name, value) => `\u00a0${name}=${value}`],
    ['in lower case', (name, value) => `${name.toLowerCase()}=${value}`],
    ['twice', (name, value) => `${name}=${value}; ${name}=${value}`],
    ['beside another of its name', (name, value) => `${name}=x; ${name}=${value}`],
  ])('%s: signs nobody in', async (_, plant) => {
    const { name, value, callback } = await attempt(BOB)
    expect(await open(callback, plant(name, value))).toBe(`${HOSTED}/?auth_error=state_mismatch`)
    // The same with the right cookie, so that nothing else was the reason.
    expect(await open(callback, `${name}=${value}`)).toBe(`${HOSTED}/`)
  })
})
