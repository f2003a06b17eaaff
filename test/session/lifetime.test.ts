import { createStorage } from 'unstorage'
import { describe, expect, it, vi } from 'vitest'
import { BASE_URL, createApplication, signedIn, startLogto } from './support/application.js'
import { call, codeOf, cookieOf, counting, later } from './support/attack.js'
import { aliceId, logto } from './support/logto.js'

const MINUTE = 60
const HOUR = 3_600

describe.each([
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: createStorage() })],
])('a session %s', (_, options) => {
  it('lives while it is used, and ends when it is idle for too long', async () => {
    const application = createApplication(logto.url, { ...options(), idleSeconds: HOUR })
    const browser = await signedIn(application)
    for (let visit = 0; visit < 3; visit++) {
      later(50 * MINUTE)
      expect((await call(browser)).status).toBe(200)
    }
    later(61 * MINUTE)
    expect(await codeOf(await call(browser))).toBe('401 session_ended')
    expect(browser.cookies(BASE_URL).size).toBe(0)
  })

  it('is given a new cookie only now and then', async () => {
    const application = createApplication(logto.url, options())
    const browser = await signedIn(application)
    const first = cookieOf(browser)
    later(MINUTE)
    await call(browser)
    expect(cookieOf(browser)).toBe(first)
    later(5 * MINUTE)
    // Any answer slides it, not only one to a call.
    await browser.request(`${BASE_URL}/page`)
    expect(cookieOf(browser)).not.toBe(first)
    expect(browser.seen.at(-1)?.headers.get('cache-control')).toBe('no-store')
  })

  it('renews a token that has expired, though the clock was set back', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const refreshes: string[] = []
    const application = createApplication(logto.url, { ...options(), fetch: counting(refreshes) })
    const browser = await signedIn(application)
    expect((await call(browser)).status).toBe(200)
    vi.setSystemTime(Date.now() - 1_000 * 30 * MINUTE)
    // An hour by the monotonic clock, half of it by the one that was set.
    vi.advanceTimersByTime(1_000 * HOUR)
    const before = refreshes.length
    expect((await call(browser)).status).toBe(200)
    expect(refreshes.length).toBe(before + 1)
  })

  it('ends at its lifetime, however much it is used', async () => {
    const application = createApplication(logto.url, { ...options(), lifetimeSeconds: 3 * HOUR })
    const browser = await signedIn(application)
    for (let visit = 0; visit < 5; visit++) {
      later(35 * MINUTE)
      expect((await call(browser)).status).toBe(200)
    }
    later(10 * MINUTE)
    expect(await codeOf(await call(browser))).toBe('401 session_ended')
  })

  it('ends with a clear 401 when Logto has ended the grant, and says so once', async () => {
    const application = createApplication(logto.url, options())
    const browser = await signedIn(application)
    logto.faults.revokeGrants(aliceId())
    expect((await call(browser)).status).toBe(200)
    later(HOUR)
    const refused = await call(browser)
    expect(refused.headers.get('www-authenticate')).toBe('Cookie')
    expect(await codeOf(refused)).toBe('401 session_ended')
    expect(browser.cookies(BASE_URL).size).toBe(0)
    expect(await codeOf(await call(browser))).toBe('401 signed_out')
    expect(application.faults).toEqual([])
  })

  it('survives an outage of Logto: 503 and Retry-After, and on it goes afterwards', async () => {
    const application = createApplication(logto.url, options())
    const browser = await signedIn(application)
    later(HOUR)
    logto.faults.endpoint('token', { status: 500 })
    const refused = await call(browser)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(await codeOf(refused)).toBe('503 logto_unavailable')
    expect(application.faults).toHaveLength(1)
    const me = await (await browser.request(`${BASE_URL}/auth/me`)).json()
    expect(me).toMatchObject({ isAuthenticated: true, user: { username: 'alice' } })
    logto.faults.clear()
    expect((await call(browser)).status).toBe(200)
  })

  it('survives a restart while Logto is away: 503, and still signed in', async () => {
    const shared = options()
    const browser = await signedIn(createApplication(logto.url, shared))
    const fetch = () => Promise.reject(new TypeError('fetch failed'))
    browser.serve(BASE_URL, createApplication(logto.url, { ...shared, fetch }).fetch)
    expect((await call(browser)).status).toBe(503)
    const me = await (await browser.request(`${BASE_URL}/auth/me`)).json()
    expect(me).toMatchObject({ isAuthenticated: true, user: { username: 'alice' } })
    browser.serve(BASE_URL, createApplication(logto.url, shared).fetch)
    expect((await call(browser)).status).toBe(200)
  })

  it('goes on with a token that still counts while Logto is away', async () => {
    const application = createApplication(logto.url, options())
    const browser = await signedIn(application)
    later(HOUR - 20)
    logto.faults.endpoint('token', { status: 500 })
    expect((await call(browser)).status).toBe(200)
  })

  it('takes a new token when Logto’s keys were rotated away', async () => {
    const refreshes: string[] = []
    const application = createApplication(logto.url, { ...options(), fetch: counting(refreshes) })
    const browser = await signedIn(application)
    await logto.faults.rotateKeys()
    await logto.faults.rotateKeys()
    later(6 * MINUTE)
    refreshes.length = 0
    // The old keys serve while the new ones are fetched in the background.
    for (let tries = 0; tries < 200 && refreshes.length === 0; tries++) {
      expect((await call(browser)).status).toBe(200)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(refreshes).toHaveLength(1)
  })

  it('of a signed-out browser stays away, also when a refresh was under way', async () => {
    let release: () => void = () => {}
    let isHeld = false
    const application = createApplication(logto.url, {
      ...options(),
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (isHeld && /refresh_token/.test(String(init?.body))) await new Promise<void>((r) => (release = r))
        return response
      },
    })
    const browser = await signedIn(application)
    const copied = cookieOf(browser)
    later(HOUR)
    isHeld = true
    const calling = call(browser)
    await vi.waitFor(() => expect(release.name).not.toBe('release'))
    await browser.post(`${BASE_URL}/auth/sign-out`)
    release()
    expect(await codeOf(await calling)).toBe('401 session_ended')
    browser.cookies(BASE_URL).set('interaqt-session', copied)
    expect(await codeOf(await call(browser))).toBe('401 session_ended')
  })
})

describe('a session that does not fit into one cookie', () => {
  const LONG_SCOPES = Array.from(
    { length: 60 },
    (_, index) => `interaction:permission-number-${index}-of-many`,
  )

  it('is split, and put together again; one without so many scopes takes the pieces away', async () => {
    const big = await startLogto({
      resources: [{ indicator: `${BASE_URL}/interaction`, scopes: LONG_SCOPES }],
      roles: [{ name: 'everything', isDefault: true, scopes: LONG_SCOPES }],
    })
    try {
      const application = createApplication(big.url, { scopes: LONG_SCOPES })
      const browser = await signedIn(application)
      expect([...browser.cookies(BASE_URL).keys()]).toEqual(['interaqt-session.0', 'interaqt-session.1'])
      for (const value of browser.cookies(BASE_URL).values()) expect(value.length).toBeLessThan(3_900)
      const answer = await call(browser)
      expect(answer.status).toBe(200)
      expect((await answer.json()).scopes).toHaveLength(60)

      browser.serve(BASE_URL, createApplication(big.url).fetch)
      await browser.open(`${BASE_URL}/auth/sign-in`)
      expect([...browser.cookies(BASE_URL).keys()]).toEqual(['interaqt-session'])
      expect((await call(browser)).status).toBe(200)
    } finally {
      await big.close()
    }
  })
})
