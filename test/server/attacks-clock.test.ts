import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client, type ClientSettings } from '../../src/server/index.js'
import {
  createSigningKey,
  Issuer,
  RESOURCE,
  type SigningKey,
  signToken,
  userClaims,
} from '../support/issuer.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MONTH = 30 * 24 * HOUR
const MAX_AGE = 5 * MINUTE

let issuer: Issuer
let key: SigningKey
beforeEach(async () => {
  issuer = await Issuer.start()
  key = await createSigningKey('EdDSA', 'first')
  issuer.publish(key)
  // `advanceTimersByTime` moves both clocks, as time does; `setSystemTime` only the one that can be set.
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_790_000_000_000 })
})
afterEach(async () => {
  vi.useRealTimers()
  await issuer.close()
})

const clientWith = (settings: ClientSettings = {}) =>
  new Client({
    logtoEndpoint: issuer.endpoint,
    resource: RESOURCE,
    ...settings,
    keys: { cooldownMs: 0, maxAgeMs: MAX_AGE, ...settings.keys },
  })
const tokenOf = (claims = {}, signer = key) => signToken(signer, userClaims(issuer.issuer, claims))
const answerOf = (client: Client, token: string) =>
  client.verifyAccessToken(token).then(
    () => 'accepted',
    ({ name, code }) => (name === 'AuthError' ? code : name),
  )
const setClock = (byMs: number) => vi.setSystemTime(Date.now() + byMs)
const pass = (ms: number) => vi.advanceTimersByTime(ms)
/** A token whose `iat` is as good before the clock is set as afterwards. */
const timeless = (claims = {}) => tokenOf({ iat: 1, exp: 4_000_000_000, ...claims })

describe.each([
  ['30 days', -MONTH],
  ['30 minutes', -HOUR / 2],
  ['to 1970', -1],
])('a clock that is set back by %s', (name, byMs) => {
  const setBack = () => (name === 'to 1970' ? vi.setSystemTime(0) : setClock(byMs))

  it.each([0, 100])('brings no withdrawn key back, with %d cached tokens', async (maxVerifiedTokens) => {
    const client = clientWith({ maxVerifiedTokens })
    const token = await timeless()
    expect(await answerOf(client, token)).toBe('accepted')
    issuer.publish(await createSigningKey('EdDSA', 'second'))
    setBack()
    pass(MAX_AGE)
    // This one starts the fetch in the background and does not wait for it.
    await answerOf(client, token)
    await vi.waitFor(() => expect(client.status().keySources[0]?.kids).toEqual(['second']))
    expect(await answerOf(client, token)).toBe('key_unknown')
  })

  it('brings no expired token back from the cache', async () => {
    const client = clientWith()
    const token = await tokenOf({ iat: 1 })
    expect(await answerOf(client, token)).toBe('accepted')
    setBack()
    pass(HOUR - 1)
    expect(await answerOf(client, token)).toBe('accepted')
    pass(1)
    expect(await answerOf(client, token)).toBe('token_expired')
    expect(await answerOf(client, token)).toBe('token_expired')
    setClock(-MONTH)
    expect(await answerOf(client, token)).toBe('token_expired')
  })

  it('brings no token back that was found expired before', async () => {
    const client = clientWith()
    const token = await tokenOf({ iat: 1 })
    await client.verifyAccessToken(token)
    pass(HOUR)
    expect(await answerOf(client, token)).toBe('token_expired')
    setBack()
    expect(await answerOf(client, token)).toBe('token_expired')
    expect(client.status().verifiedTokens.size).toBe(0)
  })

  it('does not lengthen an outage', async () => {
    const client = clientWith({ keys: { maxOutageMs: 2 * HOUR } })
    const token = await timeless()
    await client.verifyAccessToken(token)
    issuer.fault = { status: 503 }
    setBack()
    pass(2 * HOUR)
    expect(await answerOf(client, token)).toBe('accepted')
    pass(1)
    expect(await answerOf(client, token)).toBe('keys_unavailable')
    await expect(client.warmUp()).rejects.toMatchObject({ code: 'keys_unavailable' })
  })

  it('keeps no new key out', async () => {
    const client = clientWith()
    await client.warmUp()
    setBack()
    pass(1)
    const next = await createSigningKey('EdDSA', 'second')
    issuer.publish(next, key)
    expect(await answerOf(client, await tokenOf({ iat: 1 }, next))).toBe('accepted')
  })

  it('keeps no machine token beyond its life', async () => {
    const asked = vi.fn(async () =>
      Response.json({ access_token: `${asked.mock.calls.length}`, expires_in: 3_600 }),
    )
    const client = clientWith({ appId: 'm2m', appSecret: 'secret', fetch: asked })
    expect(await client.getManagementToken()).toBe('1')
    setBack()
    pass(HOUR - MINUTE - 1)
    expect(await client.getManagementToken()).toBe('1')
    pass(1)
    expect(await client.getManagementToken()).toBe('2')
  })
})

describe('the first token after a quiet night', () => {
  it.each([0, 100])(
    'waits for the keys: a withdrawn one passes no more, with %d cached tokens',
    async (maxVerifiedTokens) => {
      const client = clientWith({ maxVerifiedTokens })
      const token = await timeless()
      expect(await answerOf(client, token)).toBe('accepted')
      issuer.publish(await createSigningKey('EdDSA', 'second'))
      pass(2 * MAX_AGE + 1)
      expect(await answerOf(client, token)).toBe('key_unknown')
    },
  )

  it('passes with the last good keys while Logto is away', async () => {
    const client = clientWith()
    const token = await timeless()
    expect(await answerOf(client, token)).toBe('accepted')
    await issuer.close()
    pass(2 * MAX_AGE + 1)
    expect(await answerOf(client, token)).toBe('accepted')
    expect(client.status().keySources[0]?.lastFailure).toBeDefined()
  })
})

describe('a clock that is set ahead and then back', () => {
  it('brings no withdrawn key back', async () => {
    const client = clientWith()
    const token = await timeless()
    setClock(MONTH)
    await client.verifyAccessToken(token)
    issuer.publish(await createSigningKey('EdDSA', 'second'))
    setClock(-MONTH)
    pass(MAX_AGE)
    await answerOf(client, token)
    await vi.waitFor(async () => expect(await answerOf(client, token)).toBe('key_unknown'))
  })

  it('brings no token back that was found expired meanwhile', async () => {
    const client = clientWith()
    const token = await tokenOf()
    await client.verifyAccessToken(token)
    setClock(2 * HOUR)
    expect(await answerOf(client, token)).toBe('token_expired')
    setClock(-2 * HOUR)
    expect(await answerOf(client, token)).toBe('token_expired')
    // New ones are as good as ever: it is this token that is remembered, not the wrong time.
    expect(await answerOf(client, await tokenOf())).toBe('accepted')
  })

  it('ends the life of a token that was verified meanwhile when it would have ended', async () => {
    const client = clientWith()
    setClock(MONTH)
    const token = await tokenOf({ iat: 1 })
    await client.verifyAccessToken(token)
    setClock(-MONTH)
    pass(HOUR)
    expect(await answerOf(client, token)).toBe('token_expired')
  })
})

describe('a machine that slept, whose monotonic clock stood still', () => {
  it('is older by the wall clock', async () => {
    const client = clientWith({ keys: { maxOutageMs: 2 * HOUR } })
    const [short, long] = [await tokenOf(), await timeless()]
    await client.verifyAccessToken(short)
    await client.verifyAccessToken(long)
    issuer.fault = 'reset'
    setClock(HOUR)
    expect(await answerOf(client, short)).toBe('token_expired')
    expect(await answerOf(client, long)).toBe('accepted')
    setClock(HOUR + 1)
    expect(await answerOf(client, long)).toBe('keys_unavailable')
  })
})

describe('an issuer that changes its name', () => {
  it('ends what tokens of the old name had, cached ones included, though the key stays', async () => {
    const client = clientWith()
    const old = await timeless()
    expect(await answerOf(client, old)).toBe('accepted')
    expect(await answerOf(client, old)).toBe('accepted')
    issuer.issuer = 'https://moved.example.com/oidc'
    pass(MAX_AGE)
    await answerOf(client, old)
    await vi.waitFor(() => expect(client.status().keySources[0]?.issuer).toBe(issuer.issuer))
    expect(await answerOf(client, old)).toBe('issuer_mismatch')
    expect(await answerOf(client, await timeless())).toBe('accepted')
  })

  it('is not believed with the keys of the old one', async () => {
    const client = clientWith()
    await client.warmUp()
    issuer.issuer = 'https://moved.example.com/oidc'
    const signedByOldKey = await timeless()
    // Discovery answers, the key set does not.
    issuer.jwksUri = `${issuer.endpoint}/oidc/nowhere`
    issuer.jwks = { keys: [] }
    pass(MAX_AGE)
    await answerOf(client, await timeless({ iss: `${issuer.endpoint}/oidc` }))
    await vi.waitFor(() => expect(client.status().keySources[0]?.issuer).toBe(issuer.issuer))
    expect(await answerOf(client, signedByOldKey)).toBe('keys_unavailable')
  })
})
