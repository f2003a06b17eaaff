import { beforeEach, describe, expect, it } from 'vitest'
import { createTestLogto, type TestLogto } from '../../src/testing/index.js'

let logto: TestLogto
let authorization: string

beforeEach(async () => {
  logto = await createTestLogto({
    users: [{ username: 'alice', roles: ['editor'] }, { username: 'bob' }],
    resources: [{ indicator: 'http://api.test', scopes: ['read', 'write'] }],
    roles: [{ name: 'editor', scopes: ['read', 'write'] }],
    applications: [{ id: 'spa', name: 'App', type: 'SPA' }],
    organizationRoles: [{ name: 'owner', scopes: ['invite'] }],
    organizations: [{ id: 'acme', name: 'Acme', members: { alice: ['owner'] } }],
    hooks: [{ name: 'sync', url: 'http://127.0.0.1:9/hook' }],
  })
  const scoped = await logto.machineToken({ audience: 'https://default.logto.app/api', scope: 'all' })
  authorization = `Bearer ${scoped}`
})

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const init = { method, headers: { authorization }, body: body === undefined ? null : JSON.stringify(body) }
  const response = await logto.fetch(`${logto.endpoint}/api${path}`, init)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

const userId = (username: string): string => logto.state.users.byIdentifier(username)?.id ?? ''
const idOf = (rows: Map<string, { name: string; id: string }>, name: string): string =>
  [...rows.values()].find((row) => row.name === name)?.id ?? ''

describe('a row that does not exist', () => {
  const COLLECTIONS = [
    'applications',
    'resources',
    'roles',
    'organizations',
    'organization-scopes',
    'organization-roles',
    'hooks',
    'users',
  ]
  it.each(COLLECTIONS)('is answered with 404 in /%s', async (collection) => {
    const missing = {
      status: 404,
      body: { code: 'entity.not_found', message: 'The resource does not exist.' },
    }
    expect(await call('GET', `/${collection}/nobody`)).toEqual(missing)
    expect(await call('PATCH', `/${collection}/nobody`, { name: 'x' })).toEqual(missing)
    expect(await call('DELETE', `/${collection}/nobody`)).toEqual(missing)
  })

  it.each([
    ['POST', '/roles/:role/users', { userIds: ['nobody'] }],
    ['POST', '/roles/:role/scopes', { scopeIds: ['nothing'] }],
    ['DELETE', '/roles/:role/scopes/nothing', undefined],
    ['POST', '/users/:user/roles', { roleIds: ['nothing'] }],
    ['DELETE', '/users/:user/roles/nothing', undefined],
    ['DELETE', '/users/:user/identities/nothing', undefined],
    ['PUT', '/organizations/acme/users', { userIds: ['nobody'] }],
    ['DELETE', '/organizations/acme/users/nobody', undefined],
    ['DELETE', '/applications/spa/secrets/nothing', undefined],
    ['DELETE', '/configs/oidc/private-keys/nothing', undefined],
  ])('is answered with 404 by %s %s', async (method, path, body) => {
    const role = idOf(logto.state.roles, 'editor')
    const known = path.replace(':role', role).replace(':user', userId('alice'))
    expect(await call(method, known, body)).toMatchObject({ status: 404, body: { code: 'entity.not_found' } })
  })
})

describe('a list of ids', () => {
  it('must be there', async () => {
    const { status, body } = await call('POST', `/users/${userId('alice')}/roles`, {})
    expect(status).toBe(400)
    expect(body).toMatchObject({
      code: 'guard.invalid_input',
      details: 'Error in key path "roleIds": (invalid_type) Expected array but received undefined.',
    })
  })
})

describe('a deleted row', () => {
  it('leaves the rows that named it: a resource with its scopes', async () => {
    const resource = [...logto.state.resources.values()].find(
      ({ indicator }) => indicator === 'http://api.test',
    )
    expect((await call('DELETE', `/resources/${resource?.id}`)).status).toBe(204)
    expect(logto.state.scopesOf(resource?.id ?? '')).toEqual([])
    expect(logto.state.roleByName('editor')?.scopeIds.size).toBe(0)
  })

  it('leaves the rows that named it: a role', async () => {
    expect((await call('DELETE', `/roles/${idOf(logto.state.roles, 'editor')}`)).status).toBe(204)
    expect(await call('GET', `/users/${userId('alice')}/roles`)).toEqual({ status: 200, body: [] })
  })

  it('leaves the rows that named it: an organization scope and an organization role', async () => {
    const { organizationRoles, organizationScopes } = logto.state
    await call('DELETE', `/organization-scopes/${idOf(organizationScopes, 'invite')}`)
    const { body } = await call('GET', '/organization-roles')
    expect(body).toMatchObject([{ name: 'owner', scopes: [] }])
    await call('DELETE', `/organization-roles/${idOf(organizationRoles, 'owner')}`)
    const members = await call('GET', '/organizations/acme/users')
    expect(members.body).toMatchObject([{ username: 'alice', organizationRoles: [] }])
  })
})

describe('organizations', () => {
  it('list their members with their roles', async () => {
    const owner = { id: idOf(logto.state.organizationRoles, 'owner'), name: 'owner' }
    const { body } = await call('GET', '/organizations/acme/users')
    expect(body).toMatchObject([{ username: 'alice', organizationRoles: [owner] }])
  })

  it('exchange their members, and those who stay keep their roles', async () => {
    const userIds = [userId('alice'), userId('bob')]
    expect((await call('PUT', '/organizations/acme/users', { userIds })).status).toBe(204)
    const both = await call('GET', '/organizations/acme/users')
    expect(both.body).toMatchObject([{ username: 'alice', organizationRoles: [{}] }, { username: 'bob' }])
    await call('PUT', '/organizations/acme/users', { userIds: [userId('bob')] })
    expect((await call('GET', '/organizations/acme/users')).body).toMatchObject([{ username: 'bob' }])
  })

  it('list, read and change the template', async () => {
    const scopeId = idOf(logto.state.organizationScopes, 'invite')
    expect((await call('GET', '/organization-scopes')).body).toMatchObject([{ id: scopeId, name: 'invite' }])
    expect((await call('GET', `/organization-scopes/${scopeId}`)).body).toMatchObject({ name: 'invite' })
    await call('PATCH', `/organization-scopes/${scopeId}`, { description: 'Invite people' })
    const { body } = await call('GET', '/organization-roles')
    expect(body).toMatchObject([
      { name: 'owner', scopes: [{ id: scopeId, name: 'invite' }], resourceScopes: [] },
    ])
  })

  it('grant resource scopes by their roles', async () => {
    const role = idOf(logto.state.organizationRoles, 'owner')
    const scopeIds = [idOf(logto.state.scopes, 'read')]
    const answer = await call('POST', `/organization-roles/${role}/resource-scopes`, { scopeIds })
    expect(answer).toEqual({ status: 201, body: 'Created' })
    expect([...(logto.state.organizationRoles.get(role)?.resourceScopeIds ?? [])]).toEqual(scopeIds)
  })
})

describe('roles', () => {
  it('are found by type and by name', async () => {
    expect((await call('GET', '/roles?type=User')).body).toMatchObject([{ name: 'editor', usersCount: 1 }])
    const found = await call('GET', '/roles?search=%25Management%25')
    expect(found.body).toMatchObject([{ name: 'Logto Management API access', applicationsCount: 1 }])
  })

  it('list their scopes and users, and lose them one by one', async () => {
    const role = idOf(logto.state.roles, 'editor')
    expect((await call('GET', `/roles/${role}/scopes`)).body).toMatchObject([
      { name: 'read' },
      { name: 'write' },
    ])
    await call('DELETE', `/roles/${role}/scopes/${idOf(logto.state.scopes, 'write')}`)
    expect((await call('GET', `/roles/${role}/scopes`)).body).toMatchObject([{ name: 'read' }])
    expect((await call('GET', `/roles/${role}/users`)).body).toMatchObject([{ username: 'alice' }])
    expect((await call('DELETE', `/users/${userId('alice')}/roles/${role}`)).status).toBe(204)
    expect((await call('GET', `/roles/${role}/users`)).body).toEqual([])
  })

  it('of a user are replaced as a whole', async () => {
    const path = `/users/${userId('alice')}/roles`
    expect(await call('PUT', path, { roleIds: [] })).toEqual({ status: 200, body: { roleIds: [] } })
    expect((await call('GET', path)).body).toEqual([])
  })

  it('keep their names apart', async () => {
    await call('POST', '/roles', { name: 'reader', description: 'Reads' })
    const answer = await call('PATCH', `/roles/${idOf(logto.state.roles, 'reader')}`, { name: 'editor' })
    expect(answer).toMatchObject({ status: 422, body: { code: 'role.name_in_use' } })
  })
})
