import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type AccessTokenClaims, createParseUserId } from '../../src/server/index.js'

const CLAIMS: AccessTokenClaims = {
  sub: 'fqxs9dd65si6',
  iss: 'http://127.0.0.1:3001/oidc',
  aud: 'http://127.0.0.1:4000/interaction',
  iat: 1,
  exp: 2,
  client_id: 'tzmcbyif2vjf1ovt378ry',
}
const HEADERS = { authorization: 'Bearer token' }

/** A server whose Logto has one user, and the tokens that arrive. */
function serverWith(user: { isSuspended?: boolean } | undefined) {
  const getUser = vi.fn(async () => user)
  const token = { ...CLAIMS, jti: 'first' }
  const parseUserId = createParseUserId(
    { verifyJWTForAPI: async () => ({ ...token }) },
    { users: { getUser } },
  )
  return { getUser, token, call: () => parseUserId(HEADERS) }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('refuses who was suspended in mid-sign-in, at the first call', async () => {
  const { call } = serverWith({ isSuspended: true })
  await expect(call()).rejects.toMatchObject({ name: 'AuthError', code: 'user_suspended', status: 403 })
})

it('refuses who is gone', async () => {
  const { call } = serverWith(undefined)
  await expect(call()).rejects.toMatchObject({ name: 'AuthError', code: 'user_unknown', status: 401 })
})

it('asks once for each token, also when calls come at once, and again for a renewed one', async () => {
  const { call, token, getUser } = serverWith({ isSuspended: false })
  await Promise.all([call(), call(), call()])
  expect(await call()).toMatchObject({ userId: CLAIMS.sub })
  expect(getUser.mock.calls).toEqual([[CLAIMS.sub]])
  getUser.mockResolvedValue({ isSuspended: true })
  await call()
  token.jti = 'renewed'
  await expect(call()).rejects.toMatchObject({ code: 'user_suspended' })
})

it('asks again 5 s after a refusal, so that a suspension can end, and no sooner', async () => {
  const { call, getUser } = serverWith({ isSuspended: true })
  await expect(call()).rejects.toMatchObject({ code: 'user_suspended' })
  getUser.mockResolvedValue({ isSuspended: false })
  await expect(call()).rejects.toMatchObject({ code: 'user_suspended' })
  vi.advanceTimersByTime(5_001)
  expect(await call()).toMatchObject({ userId: CLAIMS.sub })
})

it('lets nobody pass while Logto cannot say', async () => {
  const { call, getUser } = serverWith({ isSuspended: false })
  const outage = new Error('Logto is away')
  getUser.mockRejectedValueOnce(outage)
  await expect(call()).rejects.toBe(outage)
  expect(await call()).toMatchObject({ userId: CLAIMS.sub })
})

it('wants the Client', () => {
  const logto = { verifyJWTForAPI: async () => CLAIMS }
  expect(() => Reflect.apply(createParseUserId, undefined, [logto, { users: true }])).toThrow('users')
})
