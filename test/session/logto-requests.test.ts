import { describe, expect, it } from 'vitest'
import { IssuerMetadata } from '../../src/server/issuer-metadata.js'
import { freshOrLast, publicUrl, requesterOf } from '../../src/session/logto-requests.js'
import { toSettings } from '../../src/session/options.js'

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
    const configured = await metadataOf(answer, DOCUMENT.issuer).fresh()
    expect(publicUrl(configured, 'authorization_endpoint')).toBe('https://auth.example.com/oidc/auth?x=1')
  })

  it('sends the secret to no other origin than that of Logto', async () => {
    const asked: string[] = []
    const fetch = async (input: unknown) => {
      asked.push(String(input))
      return Response.json(DOCUMENT)
    }
    const settings = toSettings({
      logtoEndpoint: 'http://logto:3001',
      appId: 'app',
      appSecret: 'secret',
      cookieSecret: 'a secret for tests, long enough to be one',
      baseUrl: 'https://app.example.com',
      fetch,
    })
    const ask = requesterOf(settings, new IssuerMetadata({ baseUrl: 'http://logto:3001/oidc', fetch }))
    for (const url of [
      'http://evil:3001/oidc/token',
      'https://logto:3001/oidc/token',
      'http://logto/oidc/token',
    ])
      await expect(ask(url, { method: 'POST' })).rejects.toThrow(
        "The application's secret is for http://logto:3001",
      )
    expect(asked).toEqual([])
    await ask('http://logto:3001/oidc/token', { method: 'POST' })
    expect(asked).toEqual(['http://logto:3001/oidc/token'])
  })
})
