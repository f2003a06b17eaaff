import { afterEach, describe, expect, it, vi } from 'vitest'
import { IssuerMetadata, type IssuerMetadataOptions } from '../../src/server/issuer-metadata.js'

const BASE_URL = 'http://logto:3001/oidc'
const DOCUMENT = {
  issuer: 'https://auth.example.com/oidc',
  jwks_uri: 'http://proxy.internal/oidc/jwks',
  token_endpoint: 'http://proxy.internal/oidc/token?x=1',
  authorization_endpoint: 'http://proxy.internal/oidc/auth',
}

function metadataOf(answer: () => Response, options: Partial<IssuerMetadataOptions> = {}) {
  const fetch = vi.fn(async (_url: unknown) => answer())
  return { fetch, metadata: new IssuerMetadata({ baseUrl: BASE_URL, fetch, ...options }) }
}

describe('the metadata of an issuer', () => {
  afterEach(() => vi.useRealTimers())

  it('is fetched once for all who ask at once, and kept', async () => {
    const { fetch, metadata } = metadataOf(() => Response.json(DOCUMENT))
    expect(metadata.last).toBeUndefined()
    await Promise.all([metadata.fresh(), metadata.fresh(), metadata.fresh()])
    await metadata.fresh()
    expect(fetch).toHaveBeenCalledTimes(1)
    expect(fetch.mock.calls[0]?.[0]).toBe(`${BASE_URL}/.well-known/openid-configuration`)
  })

  it('names what this process calls by the configured host', async () => {
    const { metadata } = metadataOf(() => Response.json(DOCUMENT))
    expect(metadata.knownIssuer).toBeUndefined()
    const document = await metadata.fresh()
    expect(metadata.knownIssuer).toBe(DOCUMENT.issuer)
    expect(document.internalUrl('token_endpoint')).toBe('http://logto:3001/oidc/token?x=1')
    expect(() => document.internalUrl('end_session_endpoint')).toThrow('lacks "end_session_endpoint"')
  })

  it('knows a configured issuer before the document, and refuses a document of another one', async () => {
    const other = 'https://other.example.com/oidc'
    let document = DOCUMENT
    const { metadata } = metadataOf(() => Response.json(document), { issuer: other })
    expect(metadata.knownIssuer).toBe(other)
    await expect(metadata.fresh()).rejects.toThrow(`Expected the issuer "${other}"`)
    expect(metadata.last).toBeUndefined()
    document = { ...DOCUMENT, issuer: other }
    expect((await metadata.fresh()).issuer).toBe(other)
  })

  it('is of the configured issuer where it names another that is listed for the same Logto', async () => {
    const old = 'https://old.example.com/oidc'
    const { metadata } = metadataOf(() => Response.json(DOCUMENT), {
      issuer: old,
      otherNames: [DOCUMENT.issuer],
    })
    const document = await metadata.fresh()
    expect([document.issuer, document.namedIssuer]).toEqual([old, DOCUMENT.issuer])
  })

  it('is fetched again when it is old or expired; through an outage the last document is kept', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    let answer = () => Response.json(DOCUMENT)
    const { fetch, metadata } = metadataOf(() => answer(), { maxAgeMs: 1_000 })
    await metadata.fresh()
    metadata.expire()
    await metadata.fresh()
    expect(fetch).toHaveBeenCalledTimes(2)
    vi.setSystemTime(Date.now() + 1_000)
    answer = () => new Response('away', { status: 503 })
    await expect(metadata.fresh()).rejects.toThrow('answered with status 503')
    expect(metadata.last?.issuer).toBe(DOCUMENT.issuer)
    answer = () => Response.json({ ...DOCUMENT, issuer: 'https://moved.example.com/oidc' })
    expect((await metadata.fresh()).issuer).toBe('https://moved.example.com/oidc')
    expect(fetch).toHaveBeenCalledTimes(4)
  })

  it.each<[string, unknown]>([
    ['a web page', '<!doctype html>'],
    ['no issuer', { jwks_uri: DOCUMENT.jwks_uri }],
    ['an issuer that is no URL', { ...DOCUMENT, issuer: 'logto' }],
    ['no jwks_uri', { issuer: DOCUMENT.issuer }],
    ['a jwks_uri that is no URL', { ...DOCUMENT, jwks_uri: 'jwks' }],
  ])('is not kept when it is wrong: %s', async (_, body) => {
    let answer = () => Response.json(body)
    const { metadata } = metadataOf(() => answer())
    await expect(metadata.fresh()).rejects.toThrow('openid-configuration')
    expect(metadata.last).toBeUndefined()
    answer = () => Response.json(DOCUMENT)
    expect((await metadata.fresh()).issuer).toBe(DOCUMENT.issuer)
  })
})
