import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { text } from '../http.js'
import { recordedExchange } from '../recordings.js'
import type { World } from '../world.js'

function roleCase(
  name: string,
  recording: string,
  run: (world: World, path: string) => Promise<unknown>,
  compares = 'status, content type, shape of the body',
): ContractCase {
  return {
    name,
    recording,
    compares,
    run: async (world) => {
      await run(world, recording)
    },
  }
}

async function newRole(
  world: World,
  fields: Record<string, unknown> = {},
): Promise<{ id: string; name: string }> {
  const name = world.name('role')
  const { id } = await world.make('/roles', { name, description: 'r', type: 'User', ...fields })
  return { id, name }
}

async function newScope(world: World): Promise<{ id: string; path: string }> {
  const scopes = `/resources/${world.resource.id}/scopes`
  const id = text(await world.made('POST', scopes, { name: world.name('scope') }), 'id')
  return { id, path: `${scopes}/${id}` }
}

const scopeCreation = (name: string, file: string): ContractCase =>
  roleCase(name, `mgmt/${file}.json`, async (world, path) => {
    const recorded = recordedExchange(path).request.body
    const scopes = `/resources/${world.resource.id}/scopes`
    const body = { ...(typeof recorded === 'object' ? recorded : {}), name: world.name('scope') }
    const answer = await world.replay(path, { path: scopes, body })
    await world.made('DELETE', `${scopes}/${text(answer, 'id')}`)
  })

const userRole = (name: string, file: string, before: 'unassigned' | 'assigned'): ContractCase =>
  roleCase(name, `mgmt/${file}.json`, async (world, path) => {
    const [user, role] = [await world.makeUser(), await newRole(world)]
    const body = { roleIds: [role.id] }
    if (before === 'assigned') await world.made('POST', `/users/${user.id}/roles`, body)
    return world.replay(path, { path: `/users/${user.id}/roles`, body })
  })

export const roles: ContractGroup = {
  subject: 'Management API: roles and scopes',
  cases: [
    scopeCreation('create a scope', 'scope-create'),
    scopeCreation('create another scope', 'scope-create-2'),
    scopeCreation('create a scope without a description', 'scope-create-tmp'),
    roleCase(
      'a scope whose name has a space',
      'mgmt/scope-create-bad-name.json',
      (world, path) => world.replay(path, { path: `/resources/${world.resource.id}/scopes` }),
      'status, content type, error body',
    ),
    roleCase('change a scope', 'mgmt/scope-update.json', async (world, path) => {
      const scope = await newScope(world)
      await world.replay(path, { path: scope.path })
      await world.made('DELETE', scope.path)
    }),
    roleCase('create a role with scopes', 'mgmt/role-create.json', async (world, path) => {
      const body = {
        name: world.name('editor'),
        description: 'Editor',
        type: 'User',
        scopeIds: [world.scopes.read],
      }
      const answer = await world.replay(path, { body })
      await world.made('DELETE', `/roles/${text(answer, 'id')}`)
    }),
    roleCase(
      'a role name in use',
      'mgmt/role-create-duplicate.json',
      (world, path) =>
        world.replay(path, {
          body: { name: world.role.name, description: 'x' },
          substitute: { editor: world.role.name },
        }),
      'status, content type, error body',
    ),
    roleCase('change a role', 'mgmt/role-update.json', async (world, path) =>
      world.replay(path, { path: `/roles/${(await newRole(world)).id}` }),
    ),
    roleCase('delete a role', 'mgmt/role-delete.json', async (world, path) => {
      const body = { name: world.name('role'), description: 'r' }
      const id = text(await world.made('POST', '/roles', body), 'id')
      return world.replay(path, { path: `/roles/${id}` })
    }),
    roleCase('add scopes to a role', 'mgmt/role-scopes-add-tmp.json', async (world, path) => {
      const role = await newRole(world)
      await world.made('POST', `/roles/${role.id}/scopes`, { scopeIds: [world.scopes.write] })
      const scope = await newScope(world)
      const answer = await world.replay(path, {
        path: `/roles/${role.id}/scopes`,
        body: { scopeIds: [scope.id] },
        optional: ['[].description'],
      })
      await world.made('DELETE', scope.path)
      expect(Array.isArray(answer.body) && answer.body.length).toBe(2)
    }),
    roleCase('remove a scope from a role', 'mgmt/role-scopes-remove.json', async (world, path) => {
      const role = await newRole(world, { scopeIds: [world.scopes.read] })
      return world.replay(path, { path: `/roles/${role.id}/scopes/${world.scopes.read}` })
    }),
    userRole('give a user a role', 'role-assign-to-user', 'unassigned'),
    userRole('give a user a role that they have', 'role-assign-to-user-again', 'assigned'),
    userRole('give a user to be deleted a role', 'user-delete-pre-role', 'unassigned'),
    roleCase('give a role its users', 'mgmt/role-assign-users-by-role.json', async (world, path) => {
      const [user, role] = [await world.makeUser(), await newRole(world)]
      const answer = await world.replay(path, {
        path: `/roles/${role.id}/users`,
        body: { userIds: [user.id] },
      })
      expect(answer.body).toBe('Created')
    }),
    roleCase('the roles of a user', 'mgmt/user-roles-get.json', (world, path) =>
      world.replay(path, { path: `/users/${world.alice.id}/roles` }),
    ),
  ],
}
