import { expect } from 'vitest'
import type { ContractCase, ContractGroup } from '../case.js'
import { text } from '../http.js'
import { recordedExchange } from '../recordings.js'
import type { World } from '../world.js'

function organizationCase(
  name: string,
  file: string,
  run: (world: World, path: string) => Promise<unknown>,
): ContractCase {
  const recording = `mgmt/${file}.json`
  return {
    name,
    recording,
    compares: 'status, content type, shape of the body',
    run: async (world) => {
      await run(world, recording)
    },
  }
}

/** A recorded creation under a name of our own, removed again. */
const creation = (name: string, file: string): ContractCase =>
  organizationCase(name, file, async (world, path) => {
    const { request } = recordedExchange(path)
    const collection = request.url.replace(/^.*\/api/, '')
    const body = { ...(typeof request.body === 'object' ? request.body : {}), name: world.name('thing') }
    const answer = await world.replay(path, { body })
    await world.made('DELETE', `${collection}/${text(answer, 'id')}`)
  })

/** A recorded change of something new. */
const change = (name: string, file: string, collection: string): ContractCase =>
  organizationCase(name, file, async (world, path) => {
    const { id } = await world.make(collection, { name: world.name('thing'), description: 'd' })
    return world.replay(path, { path: `${collection}/${id}`, free: ['customData'] })
  })

const deletion = (name: string, file: string, collection: string): ContractCase =>
  organizationCase(name, file, async (world, path) => {
    const id = text(await world.made('POST', collection, { name: world.name('thing') }), 'id')
    return world.replay(path, { path: `${collection}/${id}` })
  })

async function withMember(world: World): Promise<{ organization: string; user: string }> {
  const { id } = await world.make('/organizations', { name: world.name('org') })
  const user = await world.makeUser()
  await world.made('POST', `/organizations/${id}/users`, { userIds: [user.id] })
  return { organization: id, user: user.id }
}

const memberAddition = (name: string, file: string): ContractCase =>
  organizationCase(name, file, async (world, path) => {
    const { id } = await world.make('/organizations', { name: world.name('org') })
    const user = await world.makeUser()
    return world.replay(path, { path: `/organizations/${id}/users`, body: { userIds: [user.id] } })
  })

export const organizations: ContractGroup = {
  subject: 'Management API: organizations',
  cases: [
    creation('create an organization', 'org-create'),
    creation('create an organization without a description', 'org-create-tmp'),
    change('change an organization', 'org-update', '/organizations'),
    deletion('delete an organization', 'org-delete', '/organizations'),
    creation('create an organization scope', 'org-scope-create'),
    creation('create an organization scope without a description', 'org-scope-create-2'),
    change('change an organization scope', 'org-scope-update', '/organization-scopes'),
    creation('create an organization role', 'org-role-create-tmp'),
    change('change an organization role', 'org-role-update', '/organization-roles'),
    deletion('delete an organization role', 'org-role-delete', '/organization-roles'),
    organizationCase('give an organization role scopes', 'org-role-scopes-add', async (world, path) => {
      const role = await world.make('/organization-roles', { name: world.name('role') })
      const scope = await world.make('/organization-scopes', { name: world.name('scope') })
      const body = { organizationScopeIds: [scope.id] }
      const answer = await world.replay(path, { path: `/organization-roles/${role.id}/scopes`, body })
      expect(answer.body).toBe('Created')
    }),
    organizationCase(
      'give an organization role scopes of a resource',
      'org-role-resource-scopes-add',
      async (world, path) => {
        const role = await world.make('/organization-roles', { name: world.name('role') })
        const body = { scopeIds: [world.scopes.read] }
        return world.replay(path, { path: `/organization-roles/${role.id}/resource-scopes`, body })
      },
    ),
    memberAddition('add members', 'org-member-add'),
    memberAddition('add a member to another organization', 'org-member-add-tmp'),
    memberAddition('add a member to be deleted', 'user-delete-pre-org'),
    organizationCase('remove a member', 'org-member-remove', async (world, path) => {
      const { organization, user } = await withMember(world)
      return world.replay(path, { path: `/organizations/${organization}/users/${user}` })
    }),
    organizationCase('give a member roles', 'org-member-roles-assign', async (world, path) => {
      const { organization, user } = await withMember(world)
      const body = { organizationRoleIds: [world.organizationRole.id] }
      return world.replay(path, { path: `/organizations/${organization}/users/${user}/roles`, body })
    }),
    organizationCase('give several members roles', 'org-member-roles-assign-alice', async (world, path) => {
      const { organization, user } = await withMember(world)
      const body = { userIds: [user], organizationRoleIds: [world.organizationRole.id] }
      const answer = await world.replay(path, { path: `/organizations/${organization}/users/roles`, body })
      expect(answer.body).toBe('Created')
    }),
  ],
}
