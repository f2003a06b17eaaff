import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { type AppOptions, createApp, createDataAPI, HttpError } from '../../src/http/index.js'
import { Client, createParseUserId } from '../../src/server/index.js'
import { createTestLogto } from '../../src/testing/index.js'

const controller = {
  findEventSourceByName: () => undefined,
  dispatch: async () => ({}),
  system: { storage: { findOne: async () => ({ id: 1 }) } },
}
const logto = await createTestLogto({ endpoint: 'https://auth.example.com' })
const logger = { info: () => {}, warn: () => {}, error: () => {} }
const clientOf = (resource: string | string[], fetch = logto.fetch) =>
  new Client({ logtoEndpoint: logto.endpoint, resource, fetch, logger })
const appOf = (resource: string | string[], options: Partial<AppOptions> = {}) =>
  createApp(controller, { parseUserId: createParseUserId(clientOf(resource)), logger, ...options })

const RESOURCE = 'https://api.example.com/interaction'
const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const challengeOf = async (app: Pick<Hono, 'request'>, headers: Record<string, string> = {}) => {
  const response = await app.request('/interaction/greet', { method: 'POST', headers })
  expect(response.status).toBe(401)
  return response.headers.get('www-authenticate')
}

describe('the document', () => {
  it('has the resource, its issuer and the scopes that every request needs', async () => {
    const parseUserId = createParseUserId(clientOf(RESOURCE), { requiredScopes: ['read', 'write'] })
    const response = await appOf(RESOURCE, { parseUserId }).request(`${WELL_KNOWN}/interaction`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    expect(await response.json()).toEqual({
      resource: RESOURCE,
      authorization_servers: ['https://auth.example.com/oidc'],
      scopes_supported: ['read', 'write'],
      bearer_methods_supported: ['header'],
    })
  })

  it('says nothing of scopes where none is required', async () => {
    const response = await appOf(RESOURCE).request(`${WELL_KNOWN}/interaction`)
    expect(await response.json()).not.toHaveProperty('scopes_supported')
  })

  it.each([
    ['https://api.example.com', WELL_KNOWN],
    ['https://api.example.com/', WELL_KNOWN],
    ['https://api.example.com/a/', `${WELL_KNOWN}/a/`],
    ['https://api.example.com/a/:id/*', `${WELL_KNOWN}/a/:id/*`],
    ['https://api.example.com/a%20b', `${WELL_KNOWN}/a%20b`],
    ['https://api.example.com//other.example/a', `${WELL_KNOWN}//other.example/a`],
    ['https://api.example.com/a?tenant=1', `${WELL_KNOWN}/a?tenant=1`],
    ['http://127.0.0.1:4000/interaction', `${WELL_KNOWN}/interaction`],
  ])('of %s is at %s (section 3.1)', async (resource, path) => {
    const app = appOf(resource)
    const { origin } = new URL(resource)
    const response = await app.request(`${origin}${path}`)
    expect((await response.json()).resource).toBe(resource)
    expect(await challengeOf(app)).toBe(`Bearer resource_metadata="${origin}${path}"`)
  })

  it('is one for each resource', async () => {
    const other = 'https://api.example.com/mcp'
    const elsewhere = 'https://api.example.org/mcp'
    const app = appOf([RESOURCE, other, elsewhere])
    for (const resource of [RESOURCE, other, elsewhere]) {
      const { origin, pathname } = new URL(resource)
      const response = await app.request(`${origin}${WELL_KNOWN}${pathname}`)
      expect((await response.json()).resource).toBe(resource)
    }
    expect(await challengeOf(app)).toContain(`${WELL_KNOWN}/interaction"`)
  })

  it.each([
    ['Host', { host: 'attacker.example' }],
    ['X-Forwarded-Host', { 'x-forwarded-host': 'attacker.example', 'x-forwarded-proto': 'http' }],
    ['Forwarded', { forwarded: 'host=attacker.example' }],
    ['Origin', { origin: 'https://attacker.example' }],
  ])('takes nothing from %s', async (_, headers) => {
    const app = appOf([RESOURCE, 'https://api.example.com/mcp'], { cors: { origin: 'https://app.example' } })
    for (const url of [
      `https://attacker.example${WELL_KNOWN}/interaction`,
      `${WELL_KNOWN}/interaction?resource=https://attacker.example`,
    ]) {
      const response = await app.request(url, { headers })
      const text = JSON.stringify([await response.text(), [...response.headers]])
      expect(text).toContain(RESOURCE)
      expect(text).not.toContain('attacker')
    }
    expect(await challengeOf(app, headers)).not.toContain('attacker')
  })

  it.each([
    '/other',
    '/interaction/',
    '/Interaction',
    '',
    '/interaction/greet',
    '//interaction',
    '/%2e%2e/interaction',
  ])('is nowhere else: %j', async (path) => {
    expect((await appOf(RESOURCE).request(`${WELL_KNOWN}${path}`)).status).toBe(404)
  })

  it('may be read by a page of any origin, whatever cors says', async () => {
    for (const cors of [false, true, { origin: 'https://app.example', credentials: true }] as const) {
      const app = appOf(RESOURCE, { cors })
      const headers = { origin: 'https://client.example' }
      const { headers: answered } = await app.request(`${WELL_KNOWN}/interaction`, { headers })
      expect(answered.get('access-control-allow-origin')).toBe('*')
      expect(answered.has('access-control-allow-credentials')).toBe(false)
      const preflight = await app.request(`${WELL_KNOWN}/interaction`, {
        method: 'OPTIONS',
        headers: {
          ...headers,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'mcp-protocol-version',
        },
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
      expect(preflight.headers.get('access-control-allow-headers')).toBe('mcp-protocol-version')
      expect(preflight.headers.get('access-control-allow-methods')).toBe('GET')
    }
  })

  it('is 503 while the issuer is not known', async () => {
    const parseUserId = createParseUserId(clientOf(RESOURCE, async () => new Response(null, { status: 500 })))
    const response = await appOf(RESOURCE, { parseUserId }).request(`${WELL_KNOWN}/interaction`)
    expect([response.status, (await response.json()).error.code]).toEqual([503, 'keys_unavailable'])
    expect(response.headers.has('retry-after')).toBe(true)
  })

  it('names every issuer of a Client that has several, as configured', async () => {
    const issuer = [
      'https://auth.example.com/oidc',
      { issuer: 'https://login.example.com/oidc', endpoint: 'http://logto:3001' },
    ]
    const client = new Client({
      logtoEndpoint: logto.endpoint,
      resource: RESOURCE,
      issuer,
      fetch: logto.fetch,
    })
    const response = await appOf(RESOURCE, { parseUserId: createParseUserId(client) }).request(
      `${WELL_KNOWN}/interaction`,
    )
    expect((await response.json()).authorization_servers).toEqual([
      'https://auth.example.com/oidc',
      'https://login.example.com/oidc',
    ])
  })
})

describe('the challenge', () => {
  const NAMED = `resource_metadata="https://api.example.com${WELL_KNOWN}/interaction"`

  it('of each 401 names the document, after what it says else', async () => {
    const app = appOf(RESOURCE)
    expect(await challengeOf(app)).toBe(`Bearer ${NAMED}`)
    const expired = await logto.accessToken({ audience: RESOURCE, expiresIn: -60 })
    expect(await challengeOf(app, { authorization: `Bearer ${expired}` })).toBe(
      `Bearer error="invalid_token", error_description="The access token expired", ${NAMED}`,
    )
  })

  it("of an error of the application's own names it too, unless it is of another kind", async () => {
    const CHALLENGES: [string, string][] = [
      ['Bearer', `Bearer ${NAMED}`],
      ['Bearer realm="a", scope=""', `Bearer realm="a", scope="", ${NAMED}`],
      ['Basic realm="a"', 'Basic realm="a"'],
      ['Bearer realm="a", Basic realm="b"', 'Bearer realm="a", Basic realm="b"'],
      ['DPoP algs="ES256"', 'DPoP algs="ES256"'],
    ]
    for (const [challenge, expected] of CHALLENGES) {
      const refuse = createDataAPI(
        () => {
          throw new HttpError(401, 'mine', 'Mine.', { headers: { 'www-authenticate': challenge } })
        },
        { allowAnonymous: true },
      )
      const response = await appOf(RESOURCE, { apis: { refuse } }).request('/api/refuse', { method: 'POST' })
      expect(response.headers.get('www-authenticate')).toBe(expected)
    }
  })

  it('of a 403 does not', async () => {
    const parseUserId = createParseUserId(clientOf(RESOURCE), { requiredScopes: ['admin'] })
    const token = await logto.accessToken({ audience: RESOURCE })
    const response = await appOf(RESOURCE, { parseUserId }).request('/interaction/x', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).not.toContain('resource_metadata')
  })
})

describe('there is no document', () => {
  const verifyJWTForAPI = () => clientOf(RESOURCE).verifyJWTForAPI({})
  it.each<[string, () => Partial<AppOptions>]>([
    ['for a parseUserId of its own', () => ({ parseUserId: () => undefined })],
    [
      'for one that calls another',
      () => {
        const parseUserId = createParseUserId(clientOf(RESOURCE))
        return { parseUserId: (headers, connection) => parseUserId(headers, connection) }
      },
    ],
    [
      'for a verifier that names no resource',
      () => ({ parseUserId: createParseUserId({ verifyJWTForAPI }) }),
    ],
    ['where it is switched off', () => ({ resourceMetadata: false })],
    [
      'for a resource that is no URL',
      () => ({ parseUserId: createParseUserId(clientOf('urn:example:api')) }),
    ],
    ['for a resource with a fragment', () => ({ parseUserId: createParseUserId(clientOf(`${RESOURCE}#a`)) })],
  ])('%s', async (_, options) => {
    const app = appOf(RESOURCE, options())
    for (const path of ['', '/interaction', '/example:api']) {
      expect((await app.request(`${WELL_KNOWN}${path}`)).status).toBe(404)
    }
    expect(await challengeOf(app)).not.toContain('resource_metadata')
  })

  it('where it is switched off, so that a route of the application answers', async () => {
    const app = appOf(RESOURCE, { resourceMetadata: false })
    app.get(`${WELL_KNOWN}/*`, (c) => c.json({ resource: 'mine' }))
    expect(await (await app.request(`${WELL_KNOWN}/interaction`)).json()).toEqual({ resource: 'mine' })
  })
})

it('an app that is mounted below a path can be asked from the root', async () => {
  const api = appOf(RESOURCE)
  const main = new Hono()
  main.route('/backend', api)
  main.get(`${WELL_KNOWN}/*`, (c) => api.fetch(c.req.raw))
  for (const path of [`${WELL_KNOWN}/interaction`, `/backend${WELL_KNOWN}/interaction`]) {
    expect((await (await main.request(path)).json()).resource).toBe(RESOURCE)
  }
})
