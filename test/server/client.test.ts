import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthError, Client, type ClientSettings } from '../../src/server/index.js'
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
  key = await createSigningKey()
  issuer.publish(key)
})
afterAll(() => issuer.close())

const clientOf = () => new Client(issuer.endpoint, 'm2m', 'secret', 'http://127.0.0.1:4000/')
const tokenOf = (claims = {}) => signToken(key, userClaims(issuer.issuer, claims))

describe('the two constructor forms', () => {
  it("takes the original Logto guide's four strings; the API resource is derived from the Interaqt endpoint", async () => {
    const client = clientOf()
    expect(client.audiences).toEqual([RESOURCE])
    expect(await client.verifyAccessToken(await tokenOf())).toMatchObject({ sub: 'fqxs9dd65si6' })
  })

  it('takes one options object, with the API resources as they are', async () => {
    const logtoEndpoint = `${issuer.endpoint}/`
    const client = new Client({ logtoEndpoint, resource: ['https://other.example.com', RESOURCE] })
    expect(await client.verifyAccessToken(await tokenOf())).toMatchObject({ aud: RESOURCE })
  })

  it.each<[string, ConstructorParameters<typeof Client>]>([
    ['logtoEndpoint must be', ['localhost:3001', 'a', 'b', 'http://127.0.0.1:4000']],
    ['interaqtEndpoint must be', ['http://127.0.0.1:3001', 'a', 'b', '/api']],
  ])('refuses bad endpoints by name: %s', (message, args) => {
    expect(() => Reflect.construct(Client, args)).toThrow(message)
  })

  it('refuses to be made without an audience', () => {
    expect(() => Reflect.construct(Client, [{ logtoEndpoint: issuer.endpoint }])).toThrow(
      'new Client: interaqtEndpoint or resource is missing',
    )
  })
})

describe('verifyJWTForAPI', () => {
  it.each<[string, (token: string) => ConstructorParameters<typeof Headers>[0]]>([
    ['Bearer', (token) => ({ authorization: `Bearer ${token}` })],
    ['bearer', (token) => ({ Authorization: `bearer ${token}` })],
    ['BEARER, two spaces', (token) => ({ authorization: `BEARER  ${token}` })],
  ])('accepts the scheme %s, in Node headers and in Headers', async (_, headersOf) => {
    const headers = headersOf(await tokenOf())
    const client = clientOf()
    expect(await client.verifyJWTForAPI(Object.fromEntries(new Headers(headers)))).toMatchObject({
      sub: 'fqxs9dd65si6',
    })
    expect(await client.verifyJWTForAPI(new Headers(headers))).toMatchObject({ sub: 'fqxs9dd65si6' })
  })

  it('refuses machine tokens, unless told to let them pass', async () => {
    const headers = { authorization: `Bearer ${await tokenOf({ sub: 'm2m', client_id: 'm2m' })}` }
    const client = clientOf()
    for (const _ of ['cold', 'cached']) {
      await expect(client.verifyJWTForAPI(headers)).rejects.toMatchObject({
        code: 'machine_token_not_allowed',
        status: 403,
      })
      expect(await client.verifyJWTForAPI(headers, { allowMachine: true })).toMatchObject({ sub: 'm2m' })
    }
  })

  it('throws AuthError with status and challenge when there is no token', async () => {
    const error = await clientOf()
      .verifyJWTForAPI({})
      .catch((error) => error)
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({
      code: 'token_missing',
      status: 401,
      statusCode: 401,
      headers: { 'www-authenticate': 'Bearer' },
    })
  })
})

describe('the limits of a token', () => {
  const clientWith = (settings: ClientSettings) =>
    new Client({ logtoEndpoint: issuer.endpoint, resource: RESOURCE, ...settings })

  it('are its length, as maxTokenLength has it', async () => {
    const token = await tokenOf()
    const { length } = token
    await clientWith({ maxTokenLength: length }).verifyAccessToken(token)
    const refused = clientWith({ maxTokenLength: length - 1 }).verifyAccessToken(token)
    await expect(refused).rejects.toMatchObject({ code: 'token_too_large' })
  })

  it('are a clock of Logto that is ahead, as clockToleranceSeconds has it', async () => {
    const now = Math.floor(Date.now() / 1_000)
    const token = await tokenOf({ iat: now + 30, exp: now + 600 })
    await clientWith({ clockToleranceSeconds: 60 }).verifyAccessToken(token)
    const refused = clientWith({ clockToleranceSeconds: 10 }).verifyAccessToken(token)
    await expect(refused).rejects.toMatchObject({ code: 'token_not_yet_valid' })
  })

  it('never last longer for a tolerance: exp is exp', async () => {
    const now = Math.floor(Date.now() / 1_000)
    const expired = clientWith({ clockToleranceSeconds: 60 }).verifyAccessToken(
      await tokenOf({ iat: now - 600, exp: now - 1 }),
    )
    await expect(expired).rejects.toMatchObject({ code: 'token_expired' })
  })
})
