import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
beforeEach(async () => {
  issuer = await Issuer.start()
  key = await createSigningKey('EdDSA', 'first')
  issuer.publish(key)
})
afterEach(() => issuer.close())

const clientWith = (settings: ClientSettings = {}) =>
  new Client({ logtoEndpoint: issuer.endpoint, resource: RESOURCE, keys: { cooldownMs: 50 }, ...settings })
const tokenBy = (key: SigningKey, claims = {}) => signToken(key, userClaims(issuer.issuer, claims))
const answerOf = (client: Client, token: string) =>
  client.verifyAccessToken(token).then(
    () => 'accepted',
    ({ code }) => code,
  )

describe('names of the issuer', () => {
  const publicIssuer = 'https://auth.example.com/oidc'

  it('takes the issuer from the discovery document: in Docker it is not the URL that is fetched', async () => {
    issuer.issuer = publicIssuer
    expect(await answerOf(clientWith(), await tokenBy(key))).toBe('accepted')
    expect(await answerOf(clientWith(), await tokenBy(key, { iss: `${issuer.endpoint}/oidc` }))).toBe(
      'issuer_mismatch',
    )
  })

  it('takes a configured issuer, and then refuses any other before it fetches anything', async () => {
    issuer.issuer = publicIssuer
    const client = clientWith({ issuer: publicIssuer })
    expect(await answerOf(client, await tokenBy(key, { iss: 'https://other' }))).toBe('issuer_mismatch')
    expect(issuer.requests).toEqual({ discovery: 0, jwks: 0 })
    expect(await answerOf(client, await tokenBy(key))).toBe('accepted')
  })

  it('accepts several names of one Logto: a custom domain beside the default one', async () => {
    const client = clientWith({
      issuer: [issuer.issuer, { issuer: publicIssuer, endpoint: issuer.endpoint }],
    })
    expect(await answerOf(client, await tokenBy(key))).toBe('accepted')
    expect(await answerOf(client, await tokenBy(key, { iss: publicIssuer }))).toBe('accepted')
    expect(await answerOf(client, await tokenBy(key, { iss: 'https://other/oidc' }))).toBe('issuer_mismatch')
  })

  it('fetches keys from the configured host, whatever host the discovery document names', async () => {
    issuer.jwksUri = 'http://unreachable.invalid:1/oidc/jwks'
    expect(await answerOf(clientWith(), await tokenBy(key))).toBe('accepted')
  })

  it('takes the endpoint with a trailing slash', async () => {
    const client = new Client({ logtoEndpoint: `${issuer.endpoint}//`, resource: RESOURCE })
    expect(await answerOf(client, await tokenBy(key))).toBe('accepted')
  })

  it('refuses an empty list', () => {
    expect(() => clientWith({ issuer: [] })).toThrow('issuer must be')
  })
})
