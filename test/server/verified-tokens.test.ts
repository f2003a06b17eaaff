import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Client, type ClientSettings } from '../../src/server/index.js'
import {
  createSigningKey,
  Issuer,
  RESOURCE,
  type SigningKey,
  signToken,
  userClaims,
} from '../support/issuer.js'

let issuer: Issuer
let key: SigningKey
beforeAll(async () => {
  issuer = await Issuer.start()
  key = await createSigningKey('EdDSA')
  issuer.publish(key)
})
afterEach(() => vi.useRealTimers())
afterAll(() => issuer.close())

const clientWith = (settings: ClientSettings = {}) =>
  new Client({ logtoEndpoint: issuer.endpoint, resource: RESOURCE, ...settings })
const tokenOf = (claims = {}) => signToken(key, userClaims(issuer.issuer, claims))
const statistics = (client: Client) => client.status().verifiedTokens

describe('the verified-token cache', () => {
  it('verifies a token once, and knows it again in another string', async () => {
    const client = clientWith()
    const token = await tokenOf()
    const claims = await client.verifyAccessToken(token)
    expect(await client.verifyAccessToken(Buffer.from(token).toString())).toBe(claims)
    expect(statistics(client)).toEqual({ size: 1, hits: 1, misses: 1 })
  })

  it('verifies once for a burst of the same new token', async () => {
    const client = clientWith()
    const token = await tokenOf()
    await Promise.all(Array.from({ length: 100 }, () => client.verifyAccessToken(token)))
    expect(statistics(client)).toMatchObject({ size: 1, misses: 1 })
  })

  it('drops a token at exp, to the second', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const client = clientWith()
    const exp = Math.floor(Date.now() / 1_000) + 60
    const token = await tokenOf({ exp })
    await client.verifyAccessToken(token)
    vi.setSystemTime(exp * 1_000 - 1)
    await client.verifyAccessToken(token)
    vi.setSystemTime(exp * 1_000)
    await expect(client.verifyAccessToken(token)).rejects.toMatchObject({ code: 'token_expired' })
    expect(statistics(client).size).toBe(0)
  })

  it('holds no more than maxVerifiedTokens, and keeps those in use', async () => {
    const client = clientWith({ maxVerifiedTokens: 10 })
    const busy = await tokenOf()
    await client.verifyAccessToken(busy)
    for (let index = 0; index < 100; index++) {
      await client.verifyAccessToken(await tokenOf())
      await client.verifyAccessToken(busy)
      expect(statistics(client).size).toBeLessThanOrEqual(10)
    }
    expect(statistics(client)).toMatchObject({ hits: 100, misses: 101 })
  })

  it('is off with 0', async () => {
    const client = clientWith({ maxVerifiedTokens: 0 })
    const token = await tokenOf()
    await client.verifyAccessToken(token)
    await client.verifyAccessToken(token)
    expect(statistics(client)).toEqual({ size: 0, hits: 0, misses: 2 })
  })

  it('counts a machine token that it knows once, whether it may pass or not', async () => {
    const client = clientWith()
    const token = await tokenOf({ sub: 'm2m', client_id: 'm2m' })
    await client.verifyAccessToken(token, { allowMachine: true })
    const refused = client.verifyAccessToken(token)
    await expect(refused).rejects.toMatchObject({ code: 'machine_token_not_allowed' })
    expect(statistics(client)).toEqual({ size: 1, hits: 1, misses: 1 })
  })

  it('does not remember what was refused', async () => {
    const client = clientWith()
    const token = await tokenOf({ aud: 'https://other' })
    for (const _ of [1, 2]) {
      await expect(client.verifyAccessToken(token)).rejects.toMatchObject({ code: 'audience_mismatch' })
    }
    expect(statistics(client)).toEqual({ size: 0, hits: 0, misses: 2 })
  })

  it('hands out claims that nobody can change for the others', async () => {
    const client = clientWith()
    const claims = await client.verifyAccessToken(await tokenOf({ roles: ['user'], nested: { a: { b: 1 } } }))
    expect(() => Object.assign(claims, { sub: 'admin' })).toThrow(TypeError)
    expect(Object.isFrozen(claims.roles)).toBe(true)
    expect(Object.isFrozen(Object.getOwnPropertyDescriptor(claims.nested, 'a')?.value)).toBe(true)
  })
})
