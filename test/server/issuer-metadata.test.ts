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
    await Promise.all([metadata.fresh(), metadata.fresh(), metadata.freshOrLast()])
    await metadata.fresh()
    expect(fetch).toHaveBeenCalledTimes(1)
    expect(fetch.mock.calls[0]?.[0]).toBe(`${BASE_URL}/.well-known/openid-configuration`)
  })

  it('names what this process calls by the configured host, and what browsers open by the issuer', async () => {
    const { metadata } = metadataOf(() => Response.json(DOCUMENT))
    expect(metadata.knownIssuer).toBeUndefined()
    const document = await metadata.fresh()
    expect(metadata.knownIssuer).toBe(DOCUMENT.issuer)
    expect(document.internalUrl('token_endpoint')).toBe('http://logto:3001/oidc/token?x=1')
    expect(document.publicUrl('authorization_endpoint')).toBe('https://auth.example.com/oidc/auth')
    expect(() => document.publicUrl('end_session_endpoint')).toThrow('lacks "end_session_endpoint"')
  })

  it('takes a configured issuer before the document', async () => {
    const { metadata } = metadataOf(() => Response.json(DOCUMENT), {
      issuer: 'https://other.example.com/oidc',
    })
    expect(metadata.knownIssuer).toBe('https://other.example.com/oidc')
    const document = await metadata.fresh()
    expect(document.issuer).toBe('https://other.example.com/oidc')
    expect(document.publicUrl('authorization_endpoint')).toBe('https://other.example.com/oidc/auth')
  })

  it('is fetched again when it is old or expired; through an outage the last document serves', async () => {
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
    expect((await metadata.freshOrLast()).issuer).toBe(DOCUMENT.issuer)
    answer = () => Response.json({ ...DOCUMENT, issuer: 'https://moved.example.com/oidc' })
    expect((await metadata.freshOrLast()).issuer).toBe('https://moved.example.com/oidc')
    expect(fetch).toHaveBeenCalledTimes(5)
  })

  it.each<[string, unknown]>([
    ['a web page', '<!doctype html>'],
    ['no issuer', { jwks_uri: DOCUMENT.jwks_uri }],
    ['no jwks_uri', { issuer: DOCUMENT.issuer }],
    ['a jwks_uri that is no URL', { ...DOCUMENT, jwks_uri: 'jwks' }],
  ])('is not kept when it is wrong: %s', async (_, body) => {
    let answer = () => Response.json(body)
    const { metadata } = metadataOf(() => answer())
    await expect(metadata.freshOrLast()).rejects.toThrow('openid-configuration')
    answer = () => Response.json(DOCUMENT)
    expect((await metadata.freshOrLast()).issuer).toBe(DOCUMENT.issuer)
  })
})
