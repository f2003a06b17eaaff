import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client, type ClientSettings, type KeyFetchFailure } from '../../src/server/index.js'
import { base64url, forge, literally } from '../support/forge.js'
import {
  createSigningKey,
  Issuer,
  RESOURCE,
  type SigningKey,
  signToken,
  userClaims,
} from '../support/issuer.js'

const HOUR = 3_600_000

let issuer: Issuer
let key: SigningKey
beforeEach(async () => {
  issuer = await Issuer.start()
  key = await createSigningKey('EdDSA', 'first')
  issuer.publish(key)
})
afterEach(async () => {
  vi.useRealTimers()
  await issuer.close()
})

const clientWith = (settings: ClientSettings = {}) =>
  new Client({ logtoEndpoint: issuer.endpoint, resource: RESOURCE, keys: { cooldownMs: 50 }, ...settings })
/** A token that outlives every clock in here. */
const tokenBy = (key: SigningKey, claims = {}) =>
  signToken(key, userClaims(issuer.issuer, { exp: 4_000_000_000, ...claims }))
const answerOf = (client: Client, token: string) =>
  client.verifyAccessToken(token).then(
    () => 'accepted',
    ({ code }) => code,
  )
const throwing = (): never => {
  throw new RangeError('from the application')
}
/** A forged token costs its sender nothing. */
const forgedWithKid = (kid: string) =>
  forge({ alg: 'EdDSA', typ: 'at+jwt', kid }, userClaims(issuer.issuer), literally(base64url('x'.repeat(64))))

describe('requests to the issuer', () => {
  it('are one for discovery and one for the keys, for 1,000 concurrent cold verifications', async () => {
    const tokens = await Promise.all(Array.from({ length: 1_000 }, () => tokenBy(key)))
    const client = clientWith()
    const claims = await Promise.all(tokens.map((token) => client.verifyAccessToken(token)))
    expect(claims).toHaveLength(1_000)
    expect(issuer.requests).toEqual({ discovery: 1, jwks: 1 })
  })

  it('are at most one per cooldown for 10,000 unknown kids', async () => {
    const client = clientWith()
    await client.warmUp()
    for (const burst of [1, 2]) {
      const forged = Array.from({ length: 10_000 }, (_, index) => forgedWithKid(`${burst}-${index}`))
      const answers = await Promise.all(forged.map((token) => answerOf(client, token)))
      expect(new Set(answers)).toEqual(new Set(['key_unknown']))
      expect(issuer.requests).toEqual({ discovery: 1, jwks: 1 + burst })
    }
  })

  it('are at most one per cooldown when the unknown kids keep coming', async () => {
    const client = clientWith()
    await client.warmUp()
    const startedAt = Date.now()
    const answers: Promise<string>[] = []
    for (let index = 0; index < 10_000; index++) {
      answers.push(answerOf(client, forgedWithKid(`${index}`)))
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['key_unknown']))
    const cooldowns = Math.floor((Date.now() - startedAt) / 50)
    expect(issuer.requests.jwks).toBeGreaterThan(1)
    expect(issuer.requests.jwks).toBeLessThanOrEqual(1 + 1 + cooldowns)
  })

  it('are none for a kid that was looked for after the token came', async () => {
    const client = clientWith()
    expect(await answerOf(client, forgedWithKid('unknown'))).toBe('key_unknown')
    expect(issuer.requests).toEqual({ discovery: 1, jwks: 1 })
  })

  it('are made by warmUp, so that the first request waits for nothing', async () => {
    const client = clientWith()
    await client.warmUp()
    await client.warmUp()
    await client.verifyAccessToken(await tokenBy(key))
    expect(issuer.requests).toEqual({ discovery: 1, jwks: 1 })
  })
})

describe('rotation', () => {
  it('under load, twice and to RSA, rejects only tokens whose key is gone', async () => {
    const client = clientWith()
    const rounds = [key, await createSigningKey('ES384', 'second'), await createSigningKey('RS256', 'third')]
    const tokens = new Map<string, string[]>()
    for (const one of rounds)
      tokens.set(one.kid, await Promise.all(Array.from({ length: 50 }, () => tokenBy(one))))
    let published: string[] = []
    const rejected: string[] = []
    let verified = 0
    let stopped = false

    const load = async () => {
      for (let turn = 0; !stopped; turn++) {
        const kid = published[turn % published.length] ?? ''
        const token = tokens.get(kid)?.[turn % 50] ?? ''
        const answer = await answerOf(client, token)
        verified++
        // A key that went while its token was being verified may be answered either way.
        if (answer !== 'accepted' && published.includes(kid)) rejected.push(`${kid}: ${answer}`)
        if (turn % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const publish = (...keys: SigningKey[]) => {
      issuer.publish(...keys)
      published = keys.map(({ kid }) => kid)
    }

    publish(key)
    const workers = Array.from({ length: 8 }, load)
    for (const [index, next] of rounds.entries()) {
      // Logto shows the current key and the one before.
      publish(next, ...rounds.slice(Math.max(0, index - 1), index))
      for (const token of tokens.get(next.kid) ?? []) expect(await answerOf(client, token)).toBe('accepted')
    }
    stopped = true
    await Promise.all(workers)

    expect(rejected).toEqual([])
    expect(verified).toBeGreaterThan(100)
    for (const token of tokens.get('first') ?? []) expect(await answerOf(client, token)).toBe('key_unknown')
    for (const token of tokens.get('second') ?? []) expect(await answerOf(client, token)).toBe('accepted')
  })

  it('is noticed within maxAgeMs, and what the old key verified counts no more', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const client = clientWith({ keys: { cooldownMs: 0, maxAgeMs: 60_000 } })
    const token = await tokenBy(key)
    expect(await answerOf(client, token)).toBe('accepted')
    issuer.publish(await createSigningKey('EdDSA', 'second'))
    expect(await answerOf(client, token)).toBe('accepted')
    vi.setSystemTime(Date.now() + 60_001)
    // This one starts the fetch in the background and does not wait for it.
    expect(await answerOf(client, token)).toBe('accepted')
    await vi.waitFor(() => expect(client.status().keySources[0]?.kids).toEqual(['second']))
    expect(await answerOf(client, token)).toBe('key_unknown')
  })

  it('keeps what a key verified when the key stays', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const client = clientWith({ keys: { cooldownMs: 0, maxAgeMs: 60_000 } })
    const token = await tokenBy(key)
    await client.verifyAccessToken(token)
    vi.setSystemTime(Date.now() + 60_001)
    await client.verifyAccessToken(token)
    await vi.waitFor(() => expect(issuer.requests.jwks).toBe(2))
    await client.verifyAccessToken(token)
    expect(client.status().verifiedTokens).toMatchObject({ hits: 2, misses: 1 })
  })

  it('refuses a key that is replaced under its own kid', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const client = clientWith({ keys: { cooldownMs: 0, maxAgeMs: 60_000 } })
    const token = await tokenBy(key)
    await client.verifyAccessToken(token)
    issuer.publish(await createSigningKey('EdDSA', 'first'))
    vi.setSystemTime(Date.now() + 60_001)
    await client.verifyAccessToken(token)
    await vi.waitFor(async () => expect(await answerOf(client, token)).toBe('signature_invalid'))
  })
})

describe('an outage', () => {
  it('of an hour rejects nobody with a known key; recovery is immediate', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const failures: KeyFetchFailure[] = []
    const client = clientWith({
      maxVerifiedTokens: 0,
      keys: { cooldownMs: 20, onFetchFailed: (failure) => failures.push(failure) },
    })
    const token = await tokenBy(key)
    await client.verifyAccessToken(token)
    const fetchedAt = Date.now()
    issuer.fault = 'reset'
    for (let minute = 1; minute <= 60; minute++) {
      vi.setSystemTime(fetchedAt + minute * 60_000)
      expect(await answerOf(client, token)).toBe('accepted')
    }
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(0))
    expect(failures[0]).toMatchObject({ lastFetchedAt: fetchedAt })
    expect(client.status().keySources[0]).toMatchObject({
      kids: ['first'],
      fetchedAt,
      usableUntil: fetchedAt + 24 * HOUR,
      lastFailure: expect.stringContaining('fetch failed'),
    })

    // A key that is not known cannot be judged now: that is no fault of the token.
    const next = await createSigningKey('EdDSA', 'second')
    const error = await client.verifyAccessToken(await tokenBy(next)).catch((error) => error)
    expect(error).toMatchObject({ code: 'keys_unavailable', status: 503, headers: { 'retry-after': '1' } })
    expect(error.headers).not.toHaveProperty('www-authenticate')

    issuer.fault = undefined
    issuer.publish(next, key)
    expect(await answerOf(client, await tokenBy(next))).toBe('accepted')
    expect(client.status().keySources[0]?.lastFailure).toBeUndefined()
  })

  it('that outlasts maxOutageMs ends the trust in old keys, cached tokens included', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const client = clientWith({ keys: { cooldownMs: 0, maxOutageMs: 2 * HOUR } })
    const token = await tokenBy(key)
    await client.verifyAccessToken(token)
    issuer.fault = { status: 503 }
    vi.setSystemTime(Date.now() + 2 * HOUR)
    expect(await answerOf(client, token)).toBe('accepted')
    vi.setSystemTime(Date.now() + 1)
    expect(await answerOf(client, token)).toBe('keys_unavailable')
    issuer.fault = undefined
    expect(await answerOf(client, token)).toBe('accepted')
  })

  it.each<[string, () => void]>([
    ['a connection reset', () => (issuer.fault = 'reset')],
    ['no answer', () => (issuer.fault = 'hang')],
    ['status 500', () => (issuer.fault = { status: 500 })],
    ['status 404', () => (issuer.fault = { status: 404 })],
    ['a redirect', () => (issuer.fault = { status: 302 })],
    ['a web page', () => (issuer.fault = { status: 200, body: '<!doctype html>' })],
    ['JSON that is no discovery document', () => (issuer.fault = { status: 200, body: '{"issuer":1}' })],
    ['a jwks_uri that is no URL', () => (issuer.jwksUri = 'jwks')],
    ['an empty key set', () => (issuer.jwks = { keys: [] })],
    ['a key set that is none', () => Object.assign(issuer.jwks, { keys: 'none' })],
  ])('at the start: %s is 503, and the first request after it passes', async (_, fail) => {
    const client = clientWith({ keys: { cooldownMs: 10, timeoutMs: 1_000 } })
    const token = await tokenBy(key)
    fail()
    expect(await answerOf(client, token)).toBe('keys_unavailable')
    await expect(client.warmUp()).rejects.toMatchObject({ code: 'keys_unavailable' })
    issuer.fault = undefined
    issuer.jwksUri = undefined
    issuer.publish(key)
    expect(await answerOf(client, token)).toBe('accepted')
  })

  it.each([
    ['an Error', new Error('from the proxy')],
    ['nothing', undefined],
    ['null', null],
    ['a symbol', Symbol('x')],
    ['an object without a prototype', Object.create(null)],
  ])('in which a fetch of the application throws %s is 503 as well', async (_, thrown) => {
    const fetch = () => Promise.reject(thrown)
    expect(await answerOf(clientWith({ fetch }), await tokenBy(key))).toBe('keys_unavailable')
  })

  it.each([
    ['throws', () => throwing()],
    ['rejects', async () => throwing()],
  ])('whose onFetchFailed %s is 503 as well, and the log says so', async (_, onFetchFailed) => {
    const error = vi.fn()
    const logger = { ...console, error }
    const client = clientWith({ logger, keys: { cooldownMs: 0, onFetchFailed } })
    issuer.fault = 'reset'
    expect(await answerOf(client, await tokenBy(key))).toBe('keys_unavailable')
    await vi.waitFor(() => expect(error).toHaveBeenCalled())
    expect(String(error.mock.calls[0]?.[0])).toContain('onFetchFailed threw')
  })

  it('costs the issuer one request per cooldown, however many requests come', async () => {
    issuer.fault = { status: 500 }
    const client = clientWith()
    const token = await tokenBy(key)
    const answers = await Promise.all(Array.from({ length: 500 }, () => answerOf(client, token)))
    expect(new Set(answers)).toEqual(new Set(['keys_unavailable']))
    expect(issuer.requests).toEqual({ discovery: 1, jwks: 0 })
  })

  it('keeps good keys when the issuer suddenly shows none', async () => {
    const client = clientWith({ keys: { cooldownMs: 0 } })
    const token = await tokenBy(key)
    await client.verifyAccessToken(token)
    issuer.jwks = { keys: [] }
    expect(await answerOf(client, forgedWithKid('unknown'))).toBe('keys_unavailable')
    expect(await answerOf(client, token)).toBe('accepted')
  })
})
