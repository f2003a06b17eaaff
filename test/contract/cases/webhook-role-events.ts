import type { ContractCase, ContractGroup } from '../case.js'
import { text } from '../http.js'
import type { World } from '../world.js'
import { caused } from './webhook-case.js'

const scopesOf = (world: World): string => `/resources/${world.resource.id}/scopes`

async function newScope(world: World): Promise<string> {
  return text(await world.made('POST', scopesOf(world), { name: world.name('scope') }), 'id')
}

const newRole = async (world: World, fields: Record<string, unknown> = {}): Promise<string> =>
  (await world.make('/roles', { name: world.name('role'), description: 'r', ...fields })).id

const roleEvents: ContractCase[] = [
  caused('a new scope', '0018-scope-create-Scope.Created', async (world) => {
    const body = { name: world.name('scope'), description: 'read' }
    return text(await world.made('POST', scopesOf(world), body), 'id')
  }),
  caused('another new scope', '0019-scope-create-2-Scope.Created', async (world) => {
    const body = { name: world.name('scope'), description: 'write' }
    return text(await world.made('POST', scopesOf(world), body), 'id')
  }),
  caused('a new scope without a description', '0026-scope-create-tmp-Scope.Created', newScope),
  caused('a changed scope', '0021-scope-update-Scope.Data.Updated', async (world) => {
    const id = await newScope(world)
    await world.made('PATCH', `${scopesOf(world)}/${id}`, { description: 'read things' })
    return id
  }),
  caused('a new role with scopes: its scopes first', '0022-role-create-Role.Scopes.Updated', async (world) =>
    newRole(world, { scopeIds: [world.scopes.read], type: 'User' }),
  ),
  caused('another new role with scopes', '0188-tokens-Role.Scopes.Updated', async (world) =>
    newRole(world, { scopeIds: [world.scopes.read], type: 'User' }),
  ),
  caused('a new role with scopes: then the role', '0023-role-create-Role.Created', async (world) =>
    newRole(world, { scopeIds: [world.scopes.read], type: 'User' }),
  ),
  caused('a new role without scopes', '0030-role-create-tmp-Role.Created', (world) => newRole(world)),
  caused("a new machine's role", '0313-misc-Role.Created', (world) =>
    newRole(world, { type: 'MachineToMachine' }),
  ),
  caused('a changed role', '0024-role-update-Role.Data.Updated', async (world) => {
    const id = await newRole(world)
    await world.made('PATCH', `/roles/${id}`, { description: 'Editor 2' })
    return id
  }),
  caused('scopes given to a role', '0025-role-scopes-add-Role.Scopes.Updated', async (world) => {
    const id = await newRole(world)
    await world.made('POST', `/roles/${id}/scopes`, { scopeIds: [world.scopes.read] })
    return id
  }),
  caused(
    'a scope taken from a role: no data',
    '0028-role-scopes-remove-Role.Scopes.Updated',
    async (world) => {
      const id = await newRole(world)
      await world.made('POST', `/roles/${id}/scopes`, { scopeIds: [world.scopes.read] })
      await world.made('DELETE', `/roles/${id}/scopes/${world.scopes.read}`)
      return `/roles/${id}/scopes/${world.scopes.read}`
    },
  ),
  caused('a deleted role: no data', '0031-role-delete-Role.Deleted', async (world) => {
    const body = { name: world.name('role'), description: 'tmp' }
    const id = text(await world.made('POST', '/roles', body), 'id')
    await world.made('DELETE', `/roles/${id}`)
    return id
  }),
]

export const webhookRoleEvents: ContractGroup = { subject: 'Webhooks: roles and scopes', cases: roleEvents }
