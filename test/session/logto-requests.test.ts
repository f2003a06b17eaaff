import { describe, expect, it } from 'vitest'
import { IssuerMetadata } from '../../src/server/issuer-metadata.js'
import { freshOrLast, publicUrl } from '../../src/session/logto-requests.js'

const DOCUMENT = {
  issuer: 'https://auth.example.com/oidc',
  jwks_uri: 'http://proxy.internal/oidc/jwks',
  authorization_endpoint: 'http://proxy.internal/oidc/auth?x=1',
}

function metadataOf(answer: () => Response, issuer?: string): IssuerMetadata {
  return new IssuerMetadata({ baseUrl: 'http://logto:3001/oidc', issuer, fetch: async () => answer() })
}

describe("the session's use of the discovery document", () => {
  it('keeps the last one through an outage, and takes a newer one as soon as there is one', async () => {
    let answer = () => new Response('away', { status: 503 })
    const metadata = metadataOf(() => answer())
    await expect(freshOrLast(metadata)).rejects.toThrow('answered with status 503')
    answer = () => Response.json(DOCUMENT)
    expect((await freshOrLast(metadata)).issuer).toBe(DOCUMENT.issuer)
    metadata.expire()
    answer = () => new Response('away', { status: 503 })
    expect((await freshOrLast(metadata)).issuer).toBe(DOCUMENT.issuer)
    answer = () => Response.json({ ...DOCUMENT, issuer: 'https://moved.example.com/oidc' })
    expect((await freshOrLast(metadata)).issuer).toBe('https://moved.example.com/oidc')
  })

  it("names what browsers open by the issuer's host, discovered or configured", async () => {
    const answer = () => Response.json(DOCUMENT)
    const discovered = await metadataOf(answer).fresh()
    expect(publicUrl(discovered, 'authorization_endpoint')).toBe('https://auth.example.com/oidc/auth?x=1')
    expect(() => publicUrl(discovered, 'end_session_endpoint')).toThrow('lacks "end_session_endpoint"')
    const configured = await metadataOf(answer, 'https://other.example.com/oidc').fresh()
    expect(publicUrl(configured, 'authorization_endpoint')).toBe('https://other.example.com/oidc/auth?x=1')
  })
})
