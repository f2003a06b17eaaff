import { describe, expect, it } from 'vitest'
import { defaultResourceOf, discoveryUrlOf, issuerOf, parseEndpoint } from '../../src/logto/index.js'

describe('parseEndpoint', () => {
  it('drops trailing slashes, which make no other endpoint', () => {
    expect(parseEndpoint('https://auth.example.com//', 'logtoEndpoint')).toBe('https://auth.example.com')
  })

  it.each(['', 'auth.example.com', 'ftp://a', 'https://a/?x=1', 'https://a/#f'])(
    'refuses %j by name',
    (url) => {
      expect(() => parseEndpoint(url, 'logtoEndpoint')).toThrow(
        /^logtoEndpoint must be an absolute http\(s\) URL/,
      )
    },
  )
})

it('derives issuer, discovery document and API resource', () => {
  expect(issuerOf('http://127.0.0.1:3001')).toBe('http://127.0.0.1:3001/oidc')
  expect(discoveryUrlOf('http://127.0.0.1:3001/oidc')).toBe(
    'http://127.0.0.1:3001/oidc/.well-known/openid-configuration',
  )
  expect(defaultResourceOf('http://127.0.0.1:4000')).toBe('http://127.0.0.1:4000/interaction')
})
