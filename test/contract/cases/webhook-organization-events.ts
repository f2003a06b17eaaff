import type { ContractCase, ContractGroup } from '../case.js'
import { text } from '../http.js'
import type { World } from '../world.js'
import { caused, compares, expectEvent } from './webhook-case.js'

const newOrganization = async (world: World, fields: Record<string, unknown> = {}): Promise<string> =>
  (await world.make('/organizations', { name: world.name('org'), ...fields })).id

const newOrganizationScope = async (world: World, fields: Record<string, unknown> = {}): Promise<string> =>
  (await world.make('/organization-scopes', { name: world.name('scope'), ...fields })).id

const newOrganizationRole = async (world: World, fields: Record<string, unknown> = {}): Promise<string> =>
  (await world.make('/organization-roles', { name: world.name('role'), ...fields })).id

const described = { description: 'd' }

const organizationEvents: ContractCase[] = [
  caused('a new organization', '0032-org-create-Organization.Created', (world) =>
    newOrganization(world, described),
  ),
  caused('a new organization without a description', '0050-org-create-tmp-Organization.Created', (world) =>
    newOrganization(world),
  ),
  caused('a changed organization', '0033-org-update-Organization.Data.Updated', async (world) => {
    const id = await newOrganization(world, described)
    await world.made('PATCH', `/organizations/${id}`, { customData: { plan: 'pro' } })
    return id
  }),
  caused('a deleted organization: no data', '0052-org-delete-Organization.Deleted', async (world) => {
    const id = text(await world.made('POST', '/organizations', { name: world.name('org') }), 'id')
    await world.made('DELETE', `/organizations/${id}`)
    return id
  }),
  caused('a new organization scope', '0034-org-scope-create-OrganizationScope.Created', (world) =>
    newOrganizationScope(world, described),
  ),
  caused(
    'a new organization scope without a description',
    '0039-org-scope-create-2-OrganizationScope.Created',
    (world) => newOrganizationScope(world),
  ),
  caused(
    'a changed organization scope',
    '0035-org-scope-update-OrganizationScope.Data.Updated',
    async (world) => {
      const id = await newOrganizationScope(world)
      await world.made('PATCH', `/organization-scopes/${id}`, { description: 'r2' })
      return id
    },
  ),
  caused(
    'a new organization role with scopes: its scopes first',
    '0036-org-role-create-OrganizationRole.Scopes.Updated',
    async (world) =>
      newOrganizationRole(world, { organizationScopeIds: [await newOrganizationScope(world)] }),
  ),
  caused(
    'a new organization role with scopes: then the role',
    '0037-org-role-create-OrganizationRole.Created',
    async (world) =>
      newOrganizationRole(world, { ...described, organizationScopeIds: [await newOrganizationScope(world)] }),
  ),
  caused('a new organization role', '0048-org-role-create-tmp-OrganizationRole.Created', (world) =>
    newOrganizationRole(world),
  ),
  caused(
    'scopes given to an organization role: no data',
    '0040-org-role-scopes-add-OrganizationRole.Scopes.Updated',
    async (world) => {
      const [id, scope] = [await newOrganizationRole(world), await newOrganizationScope(world)]
      await world.made('POST', `/organization-roles/${id}/scopes`, { organizationScopeIds: [scope] })
      return id
    },
  ),
  caused(
    'a deleted organization role: no data',
    '0049-org-role-delete-OrganizationRole.Deleted',
    async (world) => {
      const id = text(await world.made('POST', '/organization-roles', { name: world.name('role') }), 'id')
      await world.made('DELETE', `/organization-roles/${id}`)
      return id
    },
  ),
  caused('new members', '0042-org-member-add-Organization.Membership.Updated', async (world) => {
    const [id, user] = [await newOrganization(world), await world.makeUser()]
    await world.made('POST', `/organizations/${id}/users`, { userIds: [user.id] })
    return id
  }),
  caused(
    'a new member who is to be deleted',
    '0054-user-delete-pre-org-Organization.Membership.Updated',
    async (world) => {
      const [id, user] = [await newOrganization(world), await world.makeUser()]
      await world.made('POST', `/organizations/${id}/users`, { userIds: [user.id] })
      return id
    },
  ),
  {
    name: 'a member added again: the event without a list',
    recording: 'webhooks/0043-org-member-add-again-Organization.Membership.Updated.json',
    compares,
    run: async (world) => {
      const [id, user] = [await newOrganization(world), await world.makeUser()]
      for (let times = 0; times < 2; times++) {
        await world.made('POST', `/organizations/${id}/users`, { userIds: [user.id] })
      }
      const again = await world.receiver.wait(
        ({ event, body }) =>
          event.event === 'Organization.Membership.Updated' &&
          body.includes(id) &&
          !('addedUserIds' in event),
        'Organization.Membership.Updated without a list',
      )
      expectEvent(world, again, 'webhooks/0043-org-member-add-again-Organization.Membership.Updated.json')
    },
  },
  caused('a removed member', '0045-org-member-remove-Organization.Membership.Updated', async (world) => {
    const [id, user] = [await newOrganization(world), await world.makeUser()]
    await world.made('POST', `/organizations/${id}/users`, { userIds: [user.id] })
    await world.made('DELETE', `/organizations/${id}/users/${user.id}`)
    return 'removedUserIds'
  }),
  caused('a new application', '0046-org-app-add-Organization.Membership.Updated', async (world) => {
    const id = await newOrganization(world)
    await world.made('POST', `/organizations/${id}/applications`, { applicationIds: [world.machine.id] })
    return id
  }),
]

export const webhookOrganizationEvents: ContractGroup = {
  subject: 'Webhooks: organizations',
  cases: organizationEvents,
}
