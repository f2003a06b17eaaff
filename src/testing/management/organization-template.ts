import { z } from 'zod/v3'
import type { OrganizationRoleRecord } from '../records/records.js'
import { collectionRoutes } from './collection.js'
import { paged } from './pagination.js'
import { created, del, ids, post, type Route, type RouteContext, removeFrom } from './router.js'

const newScope = z.object({ name: z.string().min(1), description: z.string().nullable().optional() })
const newRole = newScope.extend({
  type: z.enum(['User', 'MachineToMachine']).optional(),
  organizationScopeIds: ids.optional(),
  resourceScopeIds: ids.optional(),
})

/** `/organization-scopes` and `/organization-roles`: what every organization can grant. */
export const organizationTemplateRoutes: readonly Route[] = [
  ...collectionRoutes({
    path: '/organization-scopes',
    rows: (state) => state.organizationScopes,
    newRow: newScope,
    change: newScope.partial(),
    event: 'OrganizationScope',
    detach: ({ id }, { state }) => {
      for (const role of state.organizationRoles.values()) role.scopeIds.delete(id)
    },
  }),
  ...collectionRoutes({
    path: '/organization-roles',
    rows: (state) => state.organizationRoles,
    newRow: newRole.transform(({ organizationScopeIds: scopeIds, ...role }) => ({ ...role, scopeIds })),
    change: newScope.partial(),
    event: 'OrganizationRole',
    show: roleInApi,
    list: (context) => {
      const { organizationRoles, organizationScopes } = context.state
      return paged(context, [...organizationRoles.values()], (role) => {
        const scopes = organizationScopes.pick(role.scopeIds).map(({ id, name }) => ({ id, name }))
        return { ...roleInApi(role), scopes, resourceScopes: [] }
      })
    },
    create: (fields, context) => {
      const role = context.state.organizationRoles.add(fields)
      // recordings/webhooks/0036 and 0037: the scopes' event first, without data.
      if (role.scopeIds.size > 0) {
        context.emit('OrganizationRole.Scopes.Updated', { organizationRoleId: role.id })
      }
      return role
    },
    detach: ({ id }, { state }) => {
      for (const { members } of state.organizations.values()) {
        for (const roles of members.values()) roles.delete(id)
      }
    },
  }),
  post('/organization-roles/:id/scopes', (context) => {
    const added = context.ids('organizationScopeIds', context.state.organizationScopes)
    const { scopeIds } = roleOf(context)
    for (const id of added) scopeIds.add(id)
    context.emit('OrganizationRole.Scopes.Updated')
    return created()
  }),
  del('/organization-roles/:id/scopes/:organizationScopeId', (context) => {
    const result = removeFrom(roleOf(context).scopeIds, context.param('organizationScopeId'))
    context.emit('OrganizationRole.Scopes.Updated')
    return result
  }),
  post('/organization-roles/:id/resource-scopes', (context) => {
    const added = context.ids('scopeIds', context.state.scopes)
    const { resourceScopeIds } = roleOf(context)
    for (const id of added) resourceScopeIds.add(id)
    return created()
  }),
]

const roleOf = (context: RouteContext) => context.row(context.state.organizationRoles)

/** recordings/mgmt/org-role-create-tmp.json */
function roleInApi({ scopeIds: _s, resourceScopeIds: _r, ...role }: OrganizationRoleRecord) {
  return role
}
