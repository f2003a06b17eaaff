import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { matchesOrigin, matchesRedirectUri, wildcardProblem } from '../../src/logto/redirect-uri.js'

/** Reads a recording of Logto 1.42.0. */
function recording(name: string) {
  const file = new URL(`../fixtures/recordings/released/wildcard-${name}.json`, import.meta.url)
  const { request, response } = JSON.parse(readFileSync(file, 'utf8'))
  return { request, status: response.status, headers: response.headers }
}

const registeredUri = (name: string): string =>
  recording(name).request.body.oidcClientMetadata.redirectUris[0]

describe('a registered redirect URI with wildcards', () => {
  it.each([
    ['http-subdomain', 'http-subdomain'],
    ['https-subdomain', 'https-subdomain'],
    ['https-subdomain', 'https-subdomain-with-literal-star'],
    ['https-subdomain', 'two-labels-deep'],
    ['path', 'path'],
    ['path', 'path-with-literal-star'],
    ['tld', 'tld'],
  ])('registered as in %s matches what Logto let pass, and nothing else: %s', (registered, authorize) => {
    const { request, status } = recording(`authorize-${authorize}`)
    const uri = new URL(request.url).searchParams.get('redirect_uri') ?? ''
    expect(uri).not.toBe('')
    expect(matchesRedirectUri(registeredUri(`register-${registered}`), uri)).toBe(status === 303)
  })

  it.each(['bare-star', 'port', 'http-subdomain', 'https-subdomain', 'path'])(
    'is refused where Logto refuses to register it: %s',
    (name) => {
      const isRegistered = recording(`register-${name}`).status === 200
      expect(wildcardProblem(registeredUri(`register-${name}`)) === undefined).toBe(isRegistered)
    },
  )

  it('is refused where Logto registers it, and never matches it', () => {
    expect(recording('register-tld').status).toBe(200)
    expect(wildcardProblem(registeredUri('register-tld'))).toContain('last two labels')
  })

  it.each(['matching', 'not-matching'])('lets origins fetch tokens as Logto does: %s', (name) => {
    const { request, headers } = recording(`cors-${name}-origin-token-endpoint`)
    const isAllowed = headers['access-control-allow-origin'] === request.headers.origin
    expect(matchesOrigin(registeredUri('register-https-subdomain'), request.headers.origin)).toBe(isAllowed)
  })

  it.each([
    ['https://pr-*.example.com/', 'https://pr-12.example.com/', true],
    ['https://pr-*.example.com/', 'https://pr-.example.com/', false],
    ['https://*.example.com:8443/', 'https://a.example.com:8443/', true],
    ['https://*.example.com:8443/', 'https://a.example.com/', false],
    ['https://*.example.com:443/', 'https://a.example.com/', true],
    ['https://*.example.com', 'https://a.example.com/', true],
    ['https://*.Example.com/', 'https://a.example.COM/', true],
    ['https://*.example.com/', 'http://a.example.com/', false],
    ['https://*.example.com/', 'https://example.com/', false],
    ['https://*.example.com/', 'https://a.example.com.evil.com/', false],
    ['https://*.example.com/', 'https://evil.com/.example.com/', false],
    ['https://*.example.com/', 'https://axexample.com/', false],
    ['https://app.example.com/*', 'https://app.example.com/a/b', true],
    ['https://app.example.com/*', 'https://app.example.com.evil.com/a', false],
    ['https://app.example.com/*?a=b', 'https://app.example.com/x?a=b', true],
    ['https://app.example.com/*', 'https://app.example.com/x?a=b', false],
    ['https://app.example.com/a.c*', 'https://app.example.com/abcd', false],
    ['https://app.example.com/?a=*', 'https://app.example.com/?a=b', false],
    ['https://*@evil.com/', 'https://a@evil.com/', false],
    ['https://*.example.com/', 'not a url', false],
    ['https://app.example.com/', 'https://app.example.com/', true],
    ['https://app.example.com/', 'https://app.example.com', false],
  ])('%s takes %s: %s', (registered, uri, expected) => {
    expect(matchesRedirectUri(registered, uri)).toBe(expected)
  })
})
