import { decodeJwt } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import type { EmbeddedLogto } from '../../src/embedded/index.js'
import { Client } from '../../src/server/index.js'
import { type Answer, send, text } from '../contract/http.js'
import { ALICE, RESOURCE, refresh, refreshTokenOf, signIn, startLogto } from './logto.js'

let logto: EmbeddedLogto

afterEach(() => logto.close())

const userId = (): string => logto.state.users.byIdentifier('alice')?.id ?? ''
const accessToken = (answer: Answer): string => text(answer, 'access_token')

describe('tokens of the embedded Logto', () => {
  it('verify with the server Client', async () => {
    logto = await startLogto()
    const answer = await refresh(logto, refreshTokenOf(await signIn(logto)), { resource: RESOURCE })
    const client = new Client({ logtoEndpoint: logto.url, resource: RESOURCE })
    const claims = await client.verifyAccessToken(accessToken(answer))
    expect(claims).toMatchObject({ sub: userId(), scope: 'interaction:read', aud: RESOURCE })
  })

  it('can be refreshed once only with a reuse window of 0', async () => {
    logto = await startLogto({ reuseWindowSeconds: 0 })
    const used = refreshTokenOf(await signIn(logto))
    const rotated = refreshTokenOf(await refresh(logto, used))
    expect((await refresh(logto, used)).fields.error).toBe('invalid_grant')
    expect((await refresh(logto, rotated)).fields.error).toBe('invalid_grant')
  })

  it('live as long as the options say', async () => {
    const resources = [{ indicator: RESOURCE }, { indicator: 'urn:x', accessTokenTtl: 9 }]
    logto = await startLogto({ accessTokenTtl: 5, resources })
    const first = await signIn(logto, ALICE, { resource: [RESOURCE, 'urn:x'] })
    expect(first.fields.expires_in).toBe(5)
    const second = await refresh(logto, refreshTokenOf(first), { resource: RESOURCE })
    expect(second.fields.expires_in).toBe(5)
    const third = await refresh(logto, refreshTokenOf(second), { resource: 'urn:x' })
    expect(third.fields.expires_in).toBe(9)
  })

  it('name the organization and its scopes', async () => {
    logto = await startLogto({
      organizationRoles: [{ name: 'billing', scopes: ['invoice:read', 'invoice:write'] }],
      organizations: [{ id: 'acme', name: 'Acme', members: { alice: ['billing'] } }],
    })
    const scope = 'openid offline_access urn:logto:scope:organizations invoice:read'
    const first = await signIn(logto, ALICE, { scope, resource: 'urn:logto:resource:organizations' })
    const answer = await refresh(logto, refreshTokenOf(first), { organization_id: 'acme' })
    expect(decodeJwt(accessToken(answer))).toMatchObject({
      aud: 'urn:logto:organization:acme',
      scope: 'invoice:read',
      sub: userId(),
    })
  })

  it('name the organization beside a resource', async () => {
    logto = await startLogto({ organizations: [{ id: 'acme', name: 'Acme', members: { alice: [] } }] })
    const scope = 'openid offline_access urn:logto:scope:organizations interaction:read'
    const first = await signIn(logto, ALICE, { scope })
    const wanted = { organization_id: 'acme', resource: RESOURCE }
    const claims = decodeJwt(accessToken(await refresh(logto, refreshTokenOf(first), wanted)))
    expect(claims).toMatchObject({ aud: RESOURCE, organization_id: 'acme' })
  })

  it('lose their grant on demand', async () => {
    logto = await startLogto()
    const answer = await signIn(logto)
    expect(logto.faults.revokeGrants(userId())).toBe(1)
    expect((await refresh(logto, refreshTokenOf(answer))).fields.error).toBe('invalid_grant')
    const userinfo = { headers: { authorization: `Bearer ${accessToken(answer)}` } }
    expect((await send(`${logto.url}/oidc/me`, userinfo)).status).toBe(401)
  })

  it('expire on demand', async () => {
    logto = await startLogto()
    const answer = await signIn(logto)
    expect(logto.faults.expireGrants(userId())).toBe(1)
    expect((await refresh(logto, refreshTokenOf(answer))).fields.error).toBe('invalid_grant')
  })

  it('follow a skewed clock', async () => {
    logto = await startLogto()
    const first = await signIn(logto)
    logto.faults.skewClock(600_000)
    const { iat = 0 } = decodeJwt(
      accessToken(await refresh(logto, refreshTokenOf(first), { resource: RESOURCE })),
    )
    expect(iat * 1000).toBeGreaterThan(Date.now() + 590_000)
  })

  it('survive a key rotation: session, grants and codes are kept', async () => {
    logto = await startLogto()
    const first = await signIn(logto)
    await logto.faults.rotateKeys()
    const answer = await refresh(logto, refreshTokenOf(first), { resource: RESOURCE })
    expect(answer.status).toBe(200)
    const client = new Client({ logtoEndpoint: logto.url, resource: RESOURCE })
    await expect(client.verifyAccessToken(accessToken(answer))).resolves.toMatchObject({ sub: userId() })
  })

  it('are not handed out while the token endpoint is at fault', async () => {
    logto = await startLogto()
    const used = refreshTokenOf(await signIn(logto))
    logto.faults.endpoint('token', { status: 429, retryAfter: 7, times: 1 })
    const refused = await refresh(logto, used)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('7')
    expect((await refresh(logto, used)).status).toBe(200)
  })
})
