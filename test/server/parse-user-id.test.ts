import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AccessTokenClaims, AuthError, Client, createParseUserId } from '../../src/server/index.js'

const CLAIMS: AccessTokenClaims = {
  sub: 'fqxs9dd65si6',
  iss: 'http://127.0.0.1:3001/oidc',
  aud: 'http://127.0.0.1:4000/interaction',
  iat: 1,
  exp: 2,
  scope: 'interaction:read interaction:write',
  client_id: 'tzmcbyif2vjf1ovt378ry',
}
const logtoWith = (claims: Partial<AccessTokenClaims> = {}) => ({
  verifyJWTForAPI: async (): Promise<AccessTokenClaims> => ({ ...CLAIMS, ...claims }),
})
const headers = { authorization: 'Bearer token' }

describe('createParseUserId', () => {
  it('gives user id, scopes and claims', async () => {
    const parseUserId = createParseUserId(logtoWith())
    expect(await parseUserId(headers)).toEqual({
      userId: 'fqxs9dd65si6',
      scopes: ['interaction:read', 'interaction:write'],
      claims: CLAIMS,
    })
    expect(parseUserId.loopbackOnly).toBe(false)
  })

  it.each([
    ['of a resource token', { organization_id: 'kizej1chg7or' }],
    ['of an organization token', { aud: 'urn:logto:organization:kizej1chg7or' }],
  ])('gives the organization %s', async (_, claims) => {
    expect(await createParseUserId(logtoWith(claims))(headers)).toMatchObject({
      organizationId: 'kizej1chg7or',
    })
  })

  it.each([[{ scope: '' }], [{ scope: undefined }]])('has no scopes for %j', async (claims) => {
    const { scope: _, ...rest } = CLAIMS
    const logto = {
      verifyJWTForAPI: async () => ({ ...rest, ...(claims.scope === '' ? { scope: '' } : {}) }),
    }
    expect(await createParseUserId(logto)(headers)).toMatchObject({ scopes: [] })
  })

  it('asks for every required scope, and says which in the challenge', async () => {
    const requiredScopes = ['interaction:read', 'interaction:admin']
    const error = await createParseUserId(logtoWith(), { requiredScopes })(headers).catch((error) => error)
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({ code: 'scope_insufficient', status: 403 })
    expect(error.headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_scope", .*scope="interaction:read interaction:admin"$/,
    )
    const enough = createParseUserId(logtoWith(), { requiredScopes: ['interaction:read'] })
    expect(await enough(headers)).toMatchObject({ userId: 'fqxs9dd65si6' })
  })

  it('does not take a part of a scope for it', async () => {
    const parseUserId = createParseUserId(logtoWith(), { requiredScopes: ['interaction'] })
    await expect(parseUserId(headers)).rejects.toMatchObject({ code: 'scope_insufficient' })
  })

  it.each(['', 'a b', 'a"b', 'a\\b', 'ä'])('refuses %j as a required scope', (scope) => {
    expect(() => createParseUserId(logtoWith(), { requiredScopes: [scope] })).toThrow(TypeError)
  })

  it('asks for the required organization', async () => {
    const options = { requiredOrganization: 'kizej1chg7or' }
    for (const organization_id of [undefined, 'other', '']) {
      const claims = organization_id === undefined ? {} : { organization_id }
      const parseUserId = createParseUserId(logtoWith(claims), options)
      await expect(parseUserId(headers)).rejects.toMatchObject({ code: 'organization_mismatch', status: 403 })
    }
    const parseUserId = createParseUserId(logtoWith({ organization_id: 'kizej1chg7or' }), options)
    expect(await parseUserId(headers)).toMatchObject({ organizationId: 'kizej1chg7or' })
  })
})

describe('devUserIdHeader', () => {
  const LOCAL = { remoteAddress: '127.0.0.1' }
  const refusing = {
    verifyJWTForAPI: async (): Promise<AccessTokenClaims> => {
      throw new AuthError('token_missing', 'none')
    },
  }
  const warn = vi.fn()
  beforeEach(() => {
    warn.mockReset()
    vi.spyOn(console, 'warn').mockImplementation(warn)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  it.each(['development', 'test'])(
    'is believed with NODE_ENV=%s, on loopback only, and says so',
    async (environment) => {
      vi.stubEnv('NODE_ENV', environment)
      const parseUserId = createParseUserId(refusing, { devUserIdHeader: 'X-User-Id', requiredScopes: ['a'] })
      expect(parseUserId.loopbackOnly).toBe(true)
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('act as any user'))
      expect(await parseUserId({ 'x-user-id': 'alice' }, LOCAL)).toMatchObject({
        userId: 'alice',
        scopes: ['a'],
      })
      expect(await parseUserId(new Headers({ 'X-USER-ID': 'alice' }), LOCAL)).toMatchObject({
        userId: 'alice',
      })
      await expect(parseUserId({}, LOCAL)).rejects.toMatchObject({ code: 'token_missing' })
      await expect(parseUserId({ 'x-user-id': '' }, LOCAL)).rejects.toMatchObject({ code: 'token_missing' })
    },
  )

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    'is believed for the address %s',
    async (remoteAddress) => {
      const parseUserId = createParseUserId(refusing, { devUserIdHeader: 'x-user-id' })
      expect(await parseUserId({ 'x-user-id': 'alice' }, { remoteAddress })).toMatchObject({
        userId: 'alice',
      })
    },
  )

  it.each([
    undefined,
    '',
    '192.0.2.1',
    '10.0.0.1',
    '0.0.0.0',
    '::',
    'localhost',
    'api.localhost',
    '127.0.0.1.example.com',
    '1127.0.0.1',
    '127.0.0.1, 192.0.2.1',
    '::ffff:192.0.2.1',
    '::2',
    'fe80::1%lo',
  ])('is ignored for the address %s, once with a reason', async (remoteAddress) => {
    const parseUserId = createParseUserId(refusing, { devUserIdHeader: 'x-user-id' })
    warn.mockReset()
    for (let time = 0; time < 3; time++) {
      await expect(parseUserId({ 'x-user-id': 'alice' }, { remoteAddress })).rejects.toMatchObject({
        code: 'token_missing',
      })
    }
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/"x-user-id" is ignored for a request: .*caller/)],
    ])
  })

  it.each([
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'x-forwarded',
    'X-Forwarded-Anything-New',
    'X-Real-IP',
    'Via',
    'CF-Connecting-IP',
    'True-Client-IP',
    'X-Client-IP',
    'X-Original-Forwarded-For',
  ])('is ignored behind a proxy that sends %s', async (name) => {
    const parseUserId = createParseUserId(refusing, { devUserIdHeader: 'x-user-id' })
    const sent = { 'x-user-id': 'alice', [name]: '127.0.0.1' }
    for (const headers of [
      sent,
      new Headers(sent),
      { ...sent, [name]: '' },
      { ...sent, [name]: ['a', 'b'] },
    ]) {
      await expect(parseUserId(headers, LOCAL)).rejects.toMatchObject({ code: 'token_missing' })
    }
    expect(warn).toHaveBeenLastCalledWith(expect.stringContaining(`a proxy (${name.toLowerCase()})`))
  })

  it.each([
    ['host', 'attacker.example:4000'],
    ['host', '127.0.0.1.attacker.example'],
    ['host', '192.0.2.1:4000'],
    ['host', 'not a host'],
    ['origin', 'https://attacker.example'],
    ['origin', 'http://localhost.attacker.example'],
    ['origin', 'null'],
  ])('is ignored for a page of another machine: %s %s', async (name, value) => {
    const parseUserId = createParseUserId(refusing, { devUserIdHeader: 'x-user-id' })
    const headers = { 'x-user-id': 'alice', host: '127.0.0.1:4000', [name]: value }
    await expect(parseUserId(headers, LOCAL)).rejects.toMatchObject({ code: 'token_missing' })
  })

  it.each([
    { host: 'localhost:4000', origin: 'http://localhost:5173' },
    { host: '127.0.0.1:4000', origin: 'http://app.localhost:5173' },
    { host: '[::1]:4000' },
  ])('is believed for a page of this machine: %j', async (headers) => {
    const parseUserId = createParseUserId(refusing, { devUserIdHeader: 'x-user-id' })
    expect(await parseUserId({ 'x-user-id': 'alice', ...headers }, LOCAL)).toMatchObject({ userId: 'alice' })
  })

  it.each([undefined, '', 'production', 'staging', 'Development'])(
    'is ignored with NODE_ENV %s, and says so',
    async (environment) => {
      vi.stubEnv('NODE_ENV', environment)
      const parseUserId = createParseUserId(refusing, { devUserIdHeader: 'x-user-id' })
      expect(parseUserId.loopbackOnly).toBe(false)
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('IGNORED'))
      await expect(parseUserId({ 'x-user-id': 'alice' }, LOCAL)).rejects.toMatchObject({
        code: 'token_missing',
      })
    },
  )

  it('warns through a logger: its own, else that of the Client', () => {
    vi.stubEnv('NODE_ENV', 'test')
    const loggerOf = (lines: string[]) => {
      const write = (line: string) => void lines.push(line)
      return { info: write, warn: write, error: write }
    }
    const own: string[] = []
    const clients: string[] = []
    const logto = { ...refusing, logger: loggerOf(clients) }
    createParseUserId(logto, { devUserIdHeader: 'x-user-id' })
    createParseUserId(logto, { devUserIdHeader: 'x-user-id', logger: loggerOf(own) })
    expect([own, clients]).toEqual([own, clients].map(() => [expect.stringContaining('may act as any user')]))
    expect(warn).not.toHaveBeenCalled()
    const client = new Client({ logtoEndpoint: 'http://a', resource: 'r', logger: loggerOf(clients) })
    client.logger.warn('here')
    expect(clients.at(-1)).toBe('here')
  })

  it('is silent when it is not asked for, and knows what a header name is', () => {
    createParseUserId(refusing)
    expect(warn).not.toHaveBeenCalled()
    expect(() => createParseUserId(refusing, { devUserIdHeader: 'x user' })).toThrow(TypeError)
    expect(() => createParseUserId(refusing, { devUserIdHeader: '' })).toThrow(TypeError)
  })
})
