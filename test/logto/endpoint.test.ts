import { describe, expect, it } from 'vitest'
import { isEndpoint } from '../../src/logto/endpoint.js'
import { defaultResourceOf, discoveryUrlOf, issuerOf, parseEndpoint } from '../../src/logto/index.js'

describe('parseEndpoint', () => {
  it('drops trailing slashes, which make no other endpoint', () => {
    expect(parseEndpoint('https://auth.example.com//', 'logtoEndpoint')).toBe('https://auth.example.com')
    expect(parseEndpoint(' http://[::1]:3001/tenant/a-b/// ', 'logtoEndpoint')).toBe(
      'http://[::1]:3001/tenant/a-b',
    )
  })

  it.each(['', 'auth.example.com', 'ftp://a', 'https://a/?x=1', 'https://a/#f'])(
    'refuses %j by name',
    (url) => {
      expect(() => parseEndpoint(url, 'logtoEndpoint')).toThrow(
        /^logtoEndpoint must be an absolute http\(s\) URL/,
      )
    },
  )

  it.each([
    ['a doubled slash', 'http://logto:3001//evil'],
    ['three slashes', 'http://logto:3001///evil'],
    ['a doubled slash further on', 'http://logto:3001/a//b'],
    ['a doubled slash behind dots', 'http://logto:3001/.//evil'],
    ['a backslash', 'http://logto:3001/\\evil'],
    ['backslashes in front of the host', 'http:\\\\evil'],
    ['no slashes in front of the host', 'http:evil'],
    ['one slash in front of the host', 'http:/evil'],
    ['three slashes in front of the host', 'http:///evil'],
    ['a tab between slashes', 'http://logto:3001/\t/evil'],
    ['a newline in the host', 'http://lo\ngto:3001'],
    ['a user', 'http://logto@evil'],
    ['a user and a password', 'http://logto:3001@evil'],
    ['an empty user', 'http://@evil'],
    ['javascript:', 'javascript://logto/%0aalert(1)'],
    ['data:', 'data:text/html,x'],
    ['blob:', 'blob:http://logto:3001/x'],
  ])('refuses %s', (_, url) => {
    expect(isEndpoint(url)).toBe(false)
    expect(() => parseEndpoint(url, 'logtoEndpoint')).toThrow(/^logtoEndpoint must be .*, got "/)
  })

  it('shows no password', () => {
    expect(() => parseEndpoint('http://admin:hunter2@logto', 'logtoEndpoint')).toThrow(
      '"http://admin:••••••@logto"',
    )
  })

  it('takes no longer for a long path', () => {
    // A regular expression that tries every split would never come back.
    expect(isEndpoint(`http://logto/${'a/'.repeat(50_000)}\\`)).toBe(false)
    expect(isEndpoint(`http://logto/${'/'.repeat(50_000)}a`)).toBe(false)
  })
})

it('derives issuer, discovery document and API resource', () => {
  expect(issuerOf('http://127.0.0.1:3001')).toBe('http://127.0.0.1:3001/oidc')
  expect(discoveryUrlOf('http://127.0.0.1:3001/oidc')).toBe(
    'http://127.0.0.1:3001/oidc/.well-known/openid-configuration',
  )
  expect(defaultResourceOf('http://127.0.0.1:4000')).toBe('http://127.0.0.1:4000/interaction')
})
