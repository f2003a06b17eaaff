import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Client, type ClientSettings } from '../../src/server/index.js'
import { forge, signedBy } from '../support/forge.js'
import { RESOURCE } from '../support/issuer.js'
import { AttackScene, answerOf } from './attack-scene.js'

let scene: AttackScene
beforeAll(async () => {
  scene = await AttackScene.open()
})
afterAll(() => scene.close())
beforeEach(() => {
  scene.issuer.issuer = `${scene.issuer.endpoint}/oidc`
  scene.issuer.jwksUri = undefined
  scene.attacker.requests = { discovery: 0, jwks: 0 }
})

/** Host and port of the attacker's server, which publishes the attacker's key at any path. */
const evil = () => new URL(scene.attacker.endpoint).host
const logto = () => scene.issuer.endpoint
const forged = () => forge(scene.header({ kid: 'attackers' }), scene.claims(), signedBy(scene.attackersKey))

describe('a discovery document whose jwks_uri leads to another host', () => {
  /** Where the host is ignored, the good key set is found; the test's Logto serves it at any path. */
  const ignored: [string, () => string][] = [
    ['two slashes', () => `${logto()}//${evil()}/oidc/jwks`],
    ['three slashes', () => `${logto()}///${evil()}/oidc/jwks`],
    ['four slashes', () => `${logto()}////${evil()}/oidc/jwks`],
    ['a slash and a backslash', () => `${logto()}/\\${evil()}/oidc/jwks`],
    ['two backslashes', () => `${logto()}\\\\${evil()}/oidc/jwks`],
    ['a dot between slashes', () => `${logto()}/.//${evil()}/oidc/jwks`],
    ['an encoded dot between slashes', () => `${logto()}/%2e//${evil()}/oidc/jwks`],
    ['dots that lead up', () => `${logto()}/oidc/..//${evil()}/oidc/jwks`],
    ['encoded slashes', () => `${logto()}/%2f%2f${evil()}/oidc/jwks`],
    ['encoded backslashes', () => `${logto()}/%5c%5c${evil()}/oidc/jwks`],
    ['a tab between slashes', () => `${logto()}/\t/${evil()}/oidc/jwks`],
    ['a line break between slashes', () => `${logto()}/\r\n/${evil()}/oidc/jwks`],
    ['slashes and a user', () => `${logto()}//logto@${evil()}/oidc/jwks`],
    ['slashes without a path', () => `${logto()}//${evil()}`],
    ['slashes and a query', () => `${logto()}//${evil()}/?x=/oidc/jwks`],
    ['another host', () => `${scene.attacker.endpoint}/oidc/jwks`],
    ['another host, with a user', () => `http://127.0.0.1@${evil()}/oidc/jwks`],
    ['another host, with Logto as the user', () => `http://${logto().slice(7)}@${evil()}/oidc/jwks`],
    ['another host, without slashes', () => `http:${evil()}/oidc/jwks`],
    ['another host, with three slashes', () => `http:///${evil()}/oidc/jwks`],
    ['another host, by https', () => `https://${evil()}/oidc/jwks`],
    ['another host and two slashes', () => `${scene.attacker.endpoint}//${evil()}/oidc/jwks`],
  ]
  const refused: [string, () => string][] = [
    ['javascript:', () => `javascript://${evil()}/oidc/jwks`],
    ['data:', () => `data:application/json,${JSON.stringify({ keys: [scene.attackersKey.publicJwk] })}`],
    ['blob:', () => `blob:${scene.attacker.endpoint}/oidc/jwks`],
    ['file:', () => `file://${evil()}/oidc/jwks`],
    ['ftp:', () => `ftp://${evil()}/oidc/jwks`],
    ['ws:', () => `ws://${evil()}/oidc/jwks`],
    ['a scheme-relative reference', () => `//${evil()}/oidc/jwks`],
    ['a path', () => '/oidc/jwks'],
    ['an array', () => JSON.parse(`["${logto()}/oidc/jwks"]`)],
  ]

  const settings: [string, () => ClientSettings][] = [
    ['the issuer pinned', () => ({ issuer: scene.issuer.issuer })],
    ['the issuer discovered', () => ({})],
    ['a list of issuers', () => ({ issuer: [{ issuer: scene.issuer.issuer, endpoint: logto() }] })],
  ]

  describe.each(settings)('with %s', (_, settings) => {
    it.each(ignored)('%s: the host is ignored', async (_, jwksUri) => {
      scene.issuer.jwksUri = jwksUri()
      const client = scene.clientWith(settings())
      expect(await answerOf(client, forged())).toBe('key_unknown')
      expect(await answerOf(client, scene.good())).toBe('accepted')
      expect(scene.attacker.requests).toEqual({ discovery: 0, jwks: 0 })
    })

    it.each(refused)('%s: refused', async (_, jwksUri) => {
      scene.issuer.jwksUri = jwksUri()
      const client = scene.clientWith(settings())
      expect(await answerOf(client, forged())).toBe('keys_unavailable')
      expect(await answerOf(client, scene.good())).toBe('keys_unavailable')
      expect(client.status().keySources[0]?.lastFailure).toContain('has no http(s) URL there')
      expect(scene.attacker.requests).toEqual({ discovery: 0, jwks: 0 })
    })
  })
})

describe('a discovery document of another issuer than the pinned one', () => {
  const pinned = 'https://auth.example.com/oidc'

  it.each([
    ['another host', 'https://evil.example/oidc'],
    ['a trailing slash', `${pinned}/`],
    ['another case', 'https://AUTH.example.com/oidc'],
    ['another scheme', 'http://auth.example.com/oidc'],
    ['the default port', 'https://auth.example.com:443/oidc'],
    ['a query', `${pinned}?x`],
    ['a space behind it', `${pinned} `],
    ['an encoded letter', 'https://auth.example.com/%6fidc'],
  ])('%s: no key of it is used', async (_, issuer) => {
    scene.issuer.issuer = issuer
    const client = scene.clientWith({ issuer: pinned })
    const token = forge(scene.header(), scene.claims({ iss: pinned }), signedBy(scene.key))
    expect(await answerOf(client, token)).toBe('keys_unavailable')
    scene.issuer.issuer = pinned
    expect(await answerOf(client, token)).toBe('accepted')
  })

  it('says what was expected, what came, and which line to change', async () => {
    scene.issuer.issuer = 'https://evil.example/oidc'
    const client = scene.clientWith({ issuer: pinned })
    const failure = await client.warmUp().catch((error) => error)
    expect(failure).toMatchObject({ code: 'keys_unavailable', status: 503 })
    expect(failure.message).toBe(
      `The keys of ${logto()}/oidc cannot be fetched: Expected the issuer "${pinned}" in ` +
        `${logto()}/oidc/.well-known/openid-configuration, got "https://evil.example/oidc": ` +
        'set `issuer` to "https://evil.example/oidc" if that is your Logto, else correct `logtoEndpoint`',
    )
    expect(JSON.stringify(failure)).not.toContain('evil')
  })

  it('that comes later takes nothing away, and brings nothing', async () => {
    const client = scene.clientWith({ issuer: scene.issuer.issuer, keys: { cooldownMs: 0, maxAgeMs: 1 } })
    expect(await answerOf(client, scene.good())).toBe('accepted')
    scene.issuer.issuer = 'https://evil.example/oidc'
    scene.issuer.publish(scene.key, scene.rsaKey, scene.attackersKey)
    const good = forge(scene.header(), scene.claims({ iss: `${logto()}/oidc` }), signedBy(scene.key))
    const bad = forge(
      scene.header({ kid: 'attackers' }),
      scene.claims({ iss: `${logto()}/oidc` }),
      signedBy(scene.attackersKey),
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await answerOf(client, bad)).toBe('keys_unavailable')
    expect(await answerOf(client, good)).toBe('accepted')
    scene.issuer.publish(scene.key, scene.rsaKey)
  })

  it('is accepted under a name that is listed for the same URL, and under no other', async () => {
    const names = [pinned, 'https://old.example.com/oidc']
    const client = scene.clientWith({ issuer: names.map((issuer) => ({ issuer, endpoint: logto() })) })
    const tokenOf = (iss?: string) => forge(scene.header(), scene.claims({ iss }), signedBy(scene.key))
    scene.issuer.issuer = 'https://third.example.com/oidc'
    for (const name of names) expect(await answerOf(client, tokenOf(name))).toBe('keys_unavailable')
    scene.issuer.issuer = pinned
    for (const name of names) expect(await answerOf(client, tokenOf(name))).toBe('accepted')
  })

  it('of the list, that belongs to another URL, is refused', async () => {
    const issuer = [{ issuer: pinned, endpoint: logto() }, `${scene.attacker.endpoint}/oidc`]
    scene.issuer.issuer = `${scene.attacker.endpoint}/oidc`
    const token = forge(scene.header(), scene.claims({ iss: pinned }), signedBy(scene.key))
    expect(await answerOf(scene.clientWith({ issuer }), token)).toBe('keys_unavailable')
  })
})

describe('a doubled slash or a user in a configured URL', () => {
  const bad = () => [
    `${logto()}//${evil()}`,
    `${logto()}///${evil()}`,
    `${logto()}/\\${evil()}`,
    `${logto()}/.//${evil()}`,
    `http:${evil()}`,
    `http://logto@${evil()}`,
  ]

  it.each<[string, (url: string) => Record<string, unknown>]>([
    ['logtoEndpoint', (logtoEndpoint) => ({ logtoEndpoint })],
    ['interaqtEndpoint', (interaqtEndpoint) => ({ interaqtEndpoint })],
    ['issuer', (url) => ({ issuer: [url] })],
    ['issuer.endpoint', (endpoint) => ({ issuer: [{ issuer: 'https://a/oidc', endpoint }] })],
    ['management.tokenEndpoint', (tokenEndpoint) => ({ management: { tokenEndpoint } })],
  ])('%s is refused where it is given', (name, optionsOf) => {
    for (const url of bad()) {
      const options = { logtoEndpoint: logto(), resource: RESOURCE, ...optionsOf(url) }
      const make = () => Reflect.construct(Client, [options])
      expect(make, url).toThrow(TypeError)
      expect(make, url).toThrow(name.split('.')[0])
    }
  })

  it('does no harm at the end, where it is dropped', async () => {
    const client = new Client({ logtoEndpoint: `${logto()}//`, resource: RESOURCE })
    expect(await answerOf(client, scene.good())).toBe('accepted')
  })
})

it('an id that leads elsewhere is asked for at no other path', async () => {
  const requests: string[] = []
  const client = scene.clientWith({
    appId: 'app',
    appSecret: 'secret',
    fetch: async (input) => {
      requests.push(String(input))
      return String(input).endsWith('/oidc/token')
        ? Response.json({ access_token: 't', expires_in: 60 })
        : Response.json({ code: 'entity.not_found' }, { status: 404 })
    },
  })
  for (const id of ['', '.', '..', '\ud800']) expect(await client.getUser(id)).toBeUndefined()
  expect(requests).toEqual([])
  for (const id of [
    '../..',
    `/${evil()}/x`,
    `//${evil()}/x`,
    `@${evil()}`,
    '%2e%2e',
    '..\\..',
    '?x',
    '#x',
    'a/../../b',
  ])
    expect(await client.getUser(id)).toBeUndefined()
  for (const id of ['..', '.', '\ud800'])
    expect(() => client.recentDeliveries(id)).toThrow('hookId must be the id of a webhook')
  for (const url of requests.filter((url) => !url.endsWith('/oidc/token')))
    expect(url).toMatch(new RegExp(`^${logto()}/api/users/[^/?#\\\\]+$`))
  expect(requests.length).toBeGreaterThan(9)
})
