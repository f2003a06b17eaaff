import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { onHostOf, pathSegmentOf, urlBelow } from '../../src/server/logto-url.js'

const BASE = 'http://logto:3001/oidc'

describe('onHostOf', () => {
  it.each<[url: string, moved: string]>([
    ['http://proxy.internal/oidc/jwks', 'http://logto:3001/oidc/jwks'],
    ['https://logto:8443/oidc/jwks?x=1&y=2', 'http://logto:3001/oidc/jwks?x=1&y=2'],
    ['http://logto:3001/oidc/jwks#fragment', 'http://logto:3001/oidc/jwks'],
    ['http://logto:3001//evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001///evil/oidc/jwks', 'http://logto:3001///evil/oidc/jwks'],
    ['http://logto:3001/\\evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001\\\\evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001/.//evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001/x/..//evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001/%2e//evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001/%2f%2fevil/oidc/jwks', 'http://logto:3001/%2f%2fevil/oidc/jwks'],
    ['http://logto:3001/\t/evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001/\r\n/evil/oidc/jwks', 'http://logto:3001//evil/oidc/jwks'],
    ['http://logto:3001//user@evil:99/', 'http://logto:3001//user@evil:99/'],
    ['http://user:password@evil/oidc/jwks', 'http://logto:3001/oidc/jwks'],
    ['http:evil', 'http://logto:3001/'],
    ['http:evil/oidc/jwks', 'http://logto:3001/oidc/jwks'],
    ['http:///evil/oidc/jwks', 'http://logto:3001/oidc/jwks'],
    ['http://logto:3001/@evil/', 'http://logto:3001/@evil/'],
    ['http://logto:3001/?//evil', 'http://logto:3001/?//evil'],
  ])('%j', (url, moved) => {
    expect(onHostOf(BASE, url)).toBe(moved)
  })

  it('drops what a base has beside its origin', () => {
    expect(onHostOf('https://user:password@auth.example.com/oidc?x=1#f', 'http://logto/a')).toBe(
      'https://auth.example.com/a',
    )
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'urn:logto', 'file:///etc/passwd'])(
    'refuses the base %s, which has no host',
    (base) => {
      expect(() => onHostOf(base, 'http://logto/a')).toThrow('Expected a URL of')
    },
  )

  it('never leaves the origin of its base, whatever the path and the query are', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '//',
        '.',
        '..',
        '@',
        ':',
        '\t',
        '\n',
        '%2f',
        '%5c',
        '?',
        '#',
        'evil',
        '[',
        '／',
      ),
      fc.string({ maxLength: 3 }),
    )
    const bases = fc.constantFrom(
      BASE,
      'https://auth.example.com',
      'http://[::1]:3001/a/b',
      'http://logto//x',
    )
    fc.assert(
      fc.property(bases, fc.array(piece, { maxLength: 12 }), (base, pieces) => {
        const url = `http://logto/${pieces.join('')}`
        fc.pre(URL.canParse(url))
        expect(new URL(onHostOf(base, url)).origin).toBe(new URL(base).origin)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('urlBelow', () => {
  const API = 'http://logto:3001/api'

  it.each(['/users/abc', '/users?page=1&page_size=100', '//evil/users', '/users/%2e%2e%2fx'])(
    'is below its base: %s',
    (path) => {
      expect(urlBelow(API, path)).toBe(API + path)
    },
  )

  it.each([
    '/..',
    '/../oidc/token',
    '/users/../../x',
    '/%2e%2e/x',
    '@evil/users',
    '.evil/users',
    '',
    ':99/x',
    '?x',
    '/\\..\\..',
  ])('refuses %j, which is not', (path) => {
    expect(() => urlBelow(API, path)).toThrow('Expected a path below')
  })

  it('refuses what would change the host of a base without a path', () => {
    expect(() => urlBelow('http://logto', '@evil/x')).toThrow('Expected a URL of http://logto')
    expect(() => urlBelow('http://logto', '.evil/x')).toThrow('Expected a URL of http://logto')
  })
})

describe('pathSegmentOf', () => {
  it.each(['', '.', '..', '\ud800', 'a\udfffb'])('has no segment for %j', (id) => {
    expect(pathSegmentOf(id)).toBeUndefined()
  })

  it('keeps any other id in one segment', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        const segment = pathSegmentOf(id)
        fc.pre(segment !== undefined)
        const { pathname } = new URL(`http://logto/api/users/${segment}`)
        expect(decodeURIComponent(pathname.slice('/api/users/'.length))).toBe(id)
        expect(pathname.split('/')).toHaveLength(4)
      }),
    )
  })
})
