import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTestLogto, type Seed } from '../../src/testing/index.js'

const RESOURCE = 'http://127.0.0.1:4000/interaction'

describe('a seed', () => {
  it.each<[string, Seed, string]>([
    ['a role of a user', { users: [{ roles: ['x'] }] }, 'no seeded role is named "x"'],
    ['a scope', { roles: [{ name: 'r', scopes: ['x'] }] }, 'no seeded resource has the scope "x"'],
    ['a member', { organizations: [{ name: 'o', members: { x: [] } }] }, 'no seeded user signs in as "x"'],
    [
      'an organization role',
      { users: [{ username: 'a' }], organizations: [{ name: 'o', members: { a: ['x'] } }] },
      'no seeded organization role is named "x"',
    ],
  ])('must define %s that it names', async (_what, seed, message) => {
    await expect(createTestLogto(seed)).rejects.toThrow(message)
  })

  it('names one of two scopes with its resource', async () => {
    const logto = await createTestLogto({
      resources: [
        { indicator: RESOURCE, scopes: ['read'] },
        { indicator: 'http://other', scopes: ['read'] },
      ],
      roles: [{ name: 'reader', scopes: [{ resource: 'http://other', scope: 'read' }] }],
      users: [{ username: 'alice', roles: ['reader'] }],
    })
    const [scopeId = ''] = logto.state.roleByName('reader')?.scopeIds ?? []
    const resourceId = logto.state.scopes.get(scopeId)?.resourceId ?? ''
    expect(logto.state.resources.get(resourceId)?.indicator).toBe('http://other')
    expect(decodeJwt(await logto.accessToken({ user: 'alice' })).scope).toBe('')
  })

  it('can fix the ids of users, hooks, resources, scopes and roles', async () => {
    const seed: Seed = {
      users: [{ id: 'alice0000000', username: 'alice' }],
      hooks: [{ id: 'a-hook', url: 'http://127.0.0.1:4000/api/syncUser' }],
      resources: [
        { id: 'a-resource', indicator: RESOURCE, scopes: ['read', 'write'], defaultScopes: ['read'] },
      ],
      roles: [{ id: 'a-role', name: 'writer', scopes: ['write'] }],
    }
    const [one, other] = await Promise.all([createTestLogto(seed), createTestLogto(seed)])
    expect(one.state.users.get('alice0000000')?.username).toBe('alice')
    expect(decodeJwt(await one.accessToken({ user: 'alice' })).sub).toBe('alice0000000')
    expect([...one.state.hooks.keys()]).toEqual(['a-hook'])
    expect(one.state.resourceByIndicator(RESOURCE)?.id).toBe('a-resource')
    expect(one.state.roleByName('writer')?.id).toBe('a-role')
    expect([...one.state.scopes.keys()]).toEqual([...other.state.scopes.keys()])
    expect([...one.state.roles.keys()]).toEqual([...other.state.roles.keys()])
    expect(new Set(one.state.scopes.keys()).size).toBe(3)
  })

  it.each<[string, Seed, string]>([
    [
      'users',
      { users: [{ id: 'a'.repeat(12) }, { id: 'a'.repeat(12) }] },
      'two users have the id "aaaaaaaaaaaa"',
    ],
    ['a short id', { users: [{ id: 'alice' }] }, '12 lower-case letters and digits'],
    ['capitals', { users: [{ id: 'ALICE0000000' }] }, '12 lower-case letters and digits'],
    [
      'hooks',
      { hooks: ['http://a', 'http://b'].map((url) => ({ id: 'hook', url })) },
      'two webhooks have the id "hook"',
    ],
    [
      'applications',
      { applications: ['a', 'b'].map((name) => ({ id: 'app', name, type: 'SPA' as const })) },
      'two applications have the id "app"',
    ],
  ])('refuses ids that are no ids or come twice: %s', async (_what, seed, message) => {
    await expect(createTestLogto(seed)).rejects.toThrow(message)
  })

  it('gives no id of a deleted user again', async () => {
    const { state } = await createTestLogto({ users: [{ id: 'alice0000000' }] })
    state.users.delete('alice0000000')
    expect(() => state.users.create({ id: 'alice0000000' })).toThrow('Logto gives no id twice')
  })

  it('is kept apart from what the caller holds', async () => {
    const redirectUris = ['http://127.0.0.1:5173/callback']
    const logto = await createTestLogto({ applications: [{ id: 'a', name: 'A', type: 'SPA', redirectUris }] })
    redirectUris.push('http://evil.example')
    expect(logto.state.applications.get('a')?.oidcClientMetadata.redirectUris).toHaveLength(1)
  })
})

describe('a token of a seeded user', () => {
  it('has the user’s id and the scopes that the roles grant', async () => {
    const logto = await createTestLogto({
      resources: [{ indicator: RESOURCE, scopes: ['read', 'write'], defaultScopes: ['read'] }],
      users: [{ primaryEmail: 'alice@example.com' }],
    })
    const claims = decodeJwt(await logto.accessToken({ user: 'ALICE@example.com' }))
    expect(claims).toMatchObject({
      sub: logto.state.users.newestFirst()[0]?.id,
      scope: 'read',
      aud: RESOURCE,
    })
  })

  it('is refused for a user that does not exist', async () => {
    const logto = await createTestLogto()
    await expect(logto.accessToken({ user: 'nobody' })).rejects.toThrow(
      'no user of this Logto signs in as "nobody"',
    )
  })
})
