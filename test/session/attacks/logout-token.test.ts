import { generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { createStorage } from 'unstorage'
import { describe, expect, it, vi } from 'vitest'
import { BASE_URL, BOB, browserOf, createApplication, signedIn } from '../support/application.js'
import { call, changed, codeOf, later } from '../support/attack.js'
import type { TestBrowser } from '../support/browser.js'
import { aliceId, logto } from '../support/logto.js'

describe('logout tokens', () => {
  const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
  const now = () => Math.floor(Date.now() / 1_000)
  const claimsOf = (userId: string) => ({
    iss: logto.issuer,
    aud: 'traditional-app',
    sub: userId,
    iat: now(),
    exp: now() + 120,
    jti: 'one',
    events: { [EVENT]: {} },
  })
  const post = (browser: TestBrowser, token: string) =>
    browser.request(`${BASE_URL}/auth/back-channel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    })
  const signed = async (claims: Record<string, unknown>, typ = 'logout+jwt') => {
    const { kid, privateJwk } = logto.state.keys.current
    const key = await importJWK(privateJwk, 'ES384')
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES384', kid, typ }).sign(key)
  }

  type Claims = Record<string, unknown>
  const without = (name: string) => (claims: Claims) => ({ ...claims, [name]: undefined })
  const withClaim = (change: Claims) => (claims: Claims) => ({ ...claims, ...change })
  it.each<[string, (claims: Claims) => Claims, RegExp, string?]>([
    ['of another issuer', withClaim({ iss: 'https://evil.example/oidc' }), /iss/],
    ['for another application', withClaim({ aud: 'another-app' }), /aud/],
    ['without an event', without('events'), /events/],
    ['with another event', withClaim({ events: { 'http://evil.example': {} } }), /no logout event/],
    ['with an event that is no object', withClaim({ events: { [EVENT]: true } }), /no logout event/],
    ['with a nonce, as an ID token has', withClaim({ nonce: 'x' }), /nonce/],
    ['without a user or session', without('sub'), /neither user nor session/],
    ['with an empty session', withClaim({ sub: undefined, sid: '' }), /neither user nor session/],
    ['without jti', without('jti'), /jti/],
    ['without iat', without('iat'), /iat/],
    ['without exp', without('exp'), /exp/],
    ['that expired', withClaim({ iat: now() - 400, exp: now() - 200 }), /exp/],
    ['from the future', withClaim({ iat: now() + 600, exp: now() + 720 }), /iat/],
    ['from long ago', withClaim({ iat: now() - 3_600, exp: now() + 120 }), /too far in the past/],
    ['of another type', withClaim({}), /typ/, 'at+jwt'],
  ])('%s: 400, and nobody is signed out', async (_, change, reason, typ) => {
    const application = createApplication(logto.url)
    const browser = await signedIn(application)
    const claims = JSON.parse(JSON.stringify(change(claimsOf(aliceId()))))
    const token = await signed(claims, typ)
    expect(await codeOf(await post(browserOf(application), token))).toBe('400 logout_token_refused')
    expect(application.faults).toEqual([expect.objectContaining({ detail: expect.stringMatching(reason) })])
    expect((await call(browser)).status).toBe(200)
  })

  it.each<[string, () => string | Promise<string>]>([
    ['unsigned', () => new UnsecuredJWT(claimsOf(aliceId())).encode()],
    [
      'signed with the public key as a shared secret',
      () =>
        new SignJWT(claimsOf(aliceId()))
          .setProtectedHeader({ alg: 'HS256', kid: logto.state.keys.current.kid, typ: 'logout+jwt' })
          .sign(new TextEncoder().encode(JSON.stringify(logto.state.keys.jwks().keys[0]))),
    ],
    [
      'signed by a key that Logto does not have',
      async () => {
        const { privateKey } = await generateKeyPair('ES384')
        const { kid } = logto.state.keys.current
        return new SignJWT(claimsOf(aliceId()))
          .setProtectedHeader({ alg: 'ES384', kid, typ: 'logout+jwt' })
          .sign(privateKey)
      },
    ],
    ['with another’s signature', async () => changed(await signed(claimsOf(aliceId())), 2)],
    ['empty', () => ''],
    ['huge', () => 'x'.repeat(10_000)],
  ])('%s: 400', async (_, forge) => {
    const browser = browserOf(createApplication(logto.url))
    expect(await codeOf(await post(browser, await forge()))).toBe('400 logout_token_refused')
  })

  it('in a body without end: 400, and the rest is not read', async () => {
    let chunks = 0
    const body = new ReadableStream({
      pull(controller) {
        chunks++
        controller.enqueue(new TextEncoder().encode('x'.repeat(8_192)))
      },
    })
    const application = createApplication(logto.url)
    // `duplex` is what undici asks for; the types of the DOM do not know it.
    const init = { method: 'POST', body, duplex: 'half' }
    const answer = await application.fetch(new Request(`${BASE_URL}/auth/back-channel-logout`, init))
    expect(await codeOf(answer)).toBe('400 logout_token_refused')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(chunks).toBeLessThan(10)
  })

  it('a genuine one ends the sessions of its user, and coming again spares those that began since', async () => {
    for (const options of [{}, { store: createStorage() }]) {
      const application = createApplication(logto.url, options)
      const [phone, laptop, bob] = [
        await signedIn(application),
        await signedIn(application),
        await signedIn(application, BOB),
      ]
      const token = await signed(claimsOf(aliceId()))
      expect((await post(browserOf(application), token)).status).toBe(200)
      expect(await codeOf(await call(phone))).toBe('401 session_ended')
      expect(await codeOf(await call(laptop))).toBe('401 session_ended')
      expect((await call(bob)).status).toBe(200)

      later(5)
      const again = await signedIn(application)
      expect((await post(browserOf(application), token)).status).toBe(200)
      expect((await call(again)).status).toBe(200)
      vi.useRealTimers()
    }
  })

  it.each([
    ['in the cookie', () => ({})],
    ['in a store', () => ({ store: createStorage() })],
  ])('one that names user and session ends a session %s that does not know its own', async (_, options) => {
    const application = createApplication(logto.url, options())
    const [alice, bob] = [await signedIn(application), await signedIn(application, BOB)]
    // This application does not ask Logto for the `sid`, so no ID token had one.
    const token = await signed({ ...claimsOf(aliceId()), sid: 'some session' })
    expect((await post(browserOf(application), token)).status).toBe(200)
    expect(await codeOf(await call(alice))).toBe('401 session_ended')
    expect((await call(bob)).status).toBe(200)
  })
})
