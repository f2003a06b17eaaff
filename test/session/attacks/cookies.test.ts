import { CompactEncrypt, UnsecuredJWT } from 'jose'
import { createStorage } from 'unstorage'
import { describe, expect, it } from 'vitest'
import {
  ALICE,
  BASE_URL,
  BOB,
  browserOf,
  createApplication,
  SECRET,
  signedIn,
} from '../support/application.js'
import { call, callWith, changed, codeOf, cookieOf, counting, later } from '../support/attack.js'
import { logto } from '../support/logto.js'

const COOKIE = 'interaqt-session'

describe('cookies that are not this application’s', () => {
  it.each<[string, (cookie: string) => string | Promise<string>]>([
    ['made up', () => 'anything'],
    ['a JWT without a signature', () => new UnsecuredJWT({ sub: 'alice' }).encode()],
    [
      'encrypted with another key',
      () =>
        new CompactEncrypt(new TextEncoder().encode('{"seenAt":1,"ticket":{}}'))
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
          .encrypt(new Uint8Array(32)),
    ],
    ['truncated', (cookie) => cookie.slice(0, -10)],
    ['cut to its header', (cookie) => cookie.slice(0, cookie.indexOf('.') + 1)],
    ['with one character changed in the ciphertext', (cookie) => changed(cookie, 3)],
    ['with one character changed in the header', (cookie) => changed(cookie, 0)],
    ['with one character changed in the tag', (cookie) => changed(cookie, 4)],
    [
      // The tag is 16 bytes, so 4 bits of its last character stand for nothing: B spells what A does.
      'with the same bytes in another spelling',
      (cookie) => cookie.slice(0, -1) + String.fromCharCode(cookie.charCodeAt(cookie.length - 1) + 1),
    ],
  ])('%s: 401, and the cookie is taken away', async (_, forge) => {
    const application = createApplication(logto.url)
    const genuine = cookieOf(await signedIn(application))
    const outcome = await callWith(application, await forge(genuine))
    expect(outcome).toEqual({ outcome: '401 signed_out', left: 0 })
    // The genuine one still counts: nothing of the forged one was remembered.
    const browser = browserOf(application)
    browser.cookies(BASE_URL).set(COOKIE, genuine)
    expect((await call(browser)).status).toBe(200)
  })

  it('of another application with the same secret: 401', async () => {
    const value = cookieOf(await signedIn(createApplication(logto.url)))
    const other = createApplication(logto.url, { appId: 'another-app' })
    expect(await callWith(other, value)).toEqual({ outcome: '401 signed_out', left: 0 })
  })

  it('a sign-in attempt passed off as a session: 401', async () => {
    const application = createApplication(logto.url)
    const browser = browserOf(application)
    await browser.request(`${BASE_URL}/auth/sign-in`)
    const [attempt = ''] = browser.cookies(BASE_URL).values()
    expect(attempt).not.toBe('')
    expect((await callWith(application, attempt)).outcome).toBe('401 signed_out')
  })

  it('pieces of two people’s cookies put together: 401', async () => {
    const application = createApplication(logto.url)
    const [alice, bob] = [cookieOf(await signedIn(application)), cookieOf(await signedIn(application, BOB))]
    const half = Math.floor(alice.length / 2)
    const browser = browserOf(application)
    browser.cookies(BASE_URL).set(`${COOKIE}.0`, alice.slice(0, half))
    browser.cookies(BASE_URL).set(`${COOKIE}.1`, bob.slice(half))
    expect(await codeOf(await call(browser))).toBe('401 signed_out')
    expect(browser.cookies(BASE_URL).size).toBe(0)
  })
})

describe.each([
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: createStorage() })],
])('sessions %s', (_, options) => {
  it('a cookie that was copied before the sign-out: 401 afterwards', async () => {
    const application = createApplication(logto.url, options())
    const browser = await signedIn(application)
    const copied = cookieOf(browser)
    await browser.post(`${BASE_URL}/auth/sign-out`)
    expect(browser.cookies(BASE_URL).size).toBe(0)
    expect(await callWith(application, copied)).toEqual({ outcome: '401 session_ended', left: 0 })
  })

  it('a cookie that was copied before the sign-out, after a restart: never longer than its access token', async () => {
    const shared = options()
    const application = createApplication(logto.url, shared)
    const browser = await signedIn(application)
    const copied = cookieOf(browser)
    await browser.post(`${BASE_URL}/auth/sign-out`)
    const restarted = createApplication(logto.url, shared)
    // Where the cookie is the session, nobody is left who knows; its refresh token is revoked.
    const known = 'store' in shared
    expect((await callWith(restarted, copied)).outcome).toBe(known ? '401 session_ended' : '200')
    later(3_600)
    expect((await callWith(restarted, copied)).outcome).toBe('401 session_ended')
  })

  it('a session that was planted before the sign-in is nobody’s afterwards', async () => {
    const application = createApplication(logto.url, options())
    const planted = cookieOf(await signedIn(application, BOB))
    const victim = browserOf(application)
    victim.cookies(BASE_URL).set(COOKIE, planted)
    await victim.open(`${BASE_URL}/auth/sign-in`, ALICE)
    expect(cookieOf(victim)).not.toBe(planted)
    expect(await (await victim.request(`${BASE_URL}/auth/me`)).json()).toMatchObject({
      user: { username: 'alice' },
    })
    expect((await callWith(application, planted)).outcome).toBe('401 session_ended')
  })

  it('an old secret opens while it is listed, and never afterwards', async () => {
    const shared = options()
    const value = cookieOf(await signedIn(createApplication(logto.url, shared)))
    const rotated = createApplication(logto.url, { ...shared, cookieSecret: [`new ${SECRET}`, SECRET] })
    const browser = browserOf(rotated)
    browser.cookies(BASE_URL).set(COOKIE, value)
    expect((await call(browser)).status).toBe(200)
    // The answer has it sealed anew, so that the old secret can go.
    expect(cookieOf(browser)).not.toBe(value)

    const afterwards = createApplication(logto.url, { ...shared, cookieSecret: `new ${SECRET}` })
    expect((await callWith(afterwards, value)).outcome).toBe('401 signed_out')
    if (!('store' in shared)) expect((await callWith(afterwards, cookieOf(browser))).outcome).toBe('200')
  })

  it('two tabs that refresh at once, reuse window 0: one refresh, both get in, also with the old cookie', async () => {
    const refreshes: string[] = []
    const application = createApplication(logto.url, { ...options(), fetch: counting(refreshes) })
    const browser = await signedIn(application)
    refreshes.length = 0
    const old = cookieOf(browser)
    later(3_590)
    const tabs = await Promise.all([call(browser), call(browser), call(browser)])
    expect(tabs.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(refreshes).toHaveLength(1)

    // A request that left before the answer with the new cookie had come.
    expect((await callWith(application, old)).outcome).toBe('200')
    expect(refreshes).toHaveLength(1)
    later(3_590)
    expect((await call(browser)).status).toBe(200)
    expect(refreshes).toHaveLength(2)
  })
})

it('a refresh that brings the ID token of somebody else: refused, and the session is as it was', async () => {
  let idToken: unknown
  let isSwapped = false
  const swapping: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (!String(input).endsWith('/oidc/token')) return response
    const answer = await response.json()
    if (isSwapped) return Response.json({ ...answer, id_token: idToken })
    idToken = answer.id_token ?? idToken
    return Response.json(answer)
  }
  const application = createApplication(logto.url, { fetch: swapping })
  const alice = await signedIn(application)
  await signedIn(application, BOB)
  later(3_600)
  const fresh = await signedIn(application, BOB)
  expect((await call(fresh)).status).toBe(200)
  isSwapped = true
  expect(await codeOf(await call(alice))).toBe('503 logto_unavailable')
  const [fault] = application.faults
  expect(fault).toMatchObject({ message: expect.stringContaining('different users') })
  const me = await (await alice.request(`${BASE_URL}/auth/me`)).json()
  expect(me).toMatchObject({ user: { username: 'alice' } })
})

it('a record that was moved to another session’s key in the store: 401', async () => {
  const store = createStorage()
  const application = createApplication(logto.url, { store })
  const alice = await signedIn(application)
  const [aliceKey = ''] = await store.getKeys()
  await signedIn(application, BOB)
  const bobKey = (await store.getKeys()).find((key) => key !== aliceKey) ?? ''
  await store.setItem(aliceKey, await store.getItem(bobKey))
  expect(await codeOf(await call(alice))).toBe('401 session_ended')
})
