import { z } from 'zod/v3'
import { longId } from '../state/identifiers.js'
import type { OrganizationRoleRecord, OrganizationScopeRecord } from '../state/records.js'
import { TENANT_ID } from '../state/state.js'
import { notFound } from './errors.js'
import { paged } from './pagination.js'
import {
  created,
  createdText,
  ids,
  noContent,
  ok,
  param,
  parseBody,
  type Route,
  type RouteContext,
} from './router.js'

const newScope = z.object({ name: z.string().min(1), description: z.string().nullable().optional() })
const newRole = newScope.extend({
  type: z.enum(['User', 'MachineToMachine']).optional(),
  organizationScopeIds: ids.optional(),
  resourceScopeIds: ids.optional(),
})

/** `/organization-scopes` and `/organization-roles`: what every organization can grant. */
export const organizationTemplateRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/organization-scopes',
    handle: (context) => paged(context, [...context.state.organizationScopes.values()]),
  },
  {
    method: 'POST',
    path: '/organization-scopes',
    handle: (context) => {
      const { name, description = null } = parseBody(context, newScope)
      const scope: OrganizationScopeRecord = { tenantId: TENANT_ID, id: longId(), name, description }
      context.state.organizationScopes.set(scope.id, scope)
      context.emit('OrganizationScope.Created', { data: { ...scope } })
      return created(scope)
    },
  },
  {
    method: 'PATCH',
    path: '/organization-scopes/:id',
    handle: (context) => {
      const scope = Object.assign(scopeOf(context), parseBody(context, newScope.partial()))
      context.emit('OrganizationScope.Data.Updated', { data: { ...scope } })
      return ok(scope)
    },
  },
  {
    method: 'DELETE',
    path: '/organization-scopes/:id',
    handle: (context) => {
      const { id } = scopeOf(context)
      context.state.organizationScopes.delete(id)
      for (const role of context.state.organizationRoles.values()) role.scopeIds.delete(id)
      context.emit('OrganizationScope.Deleted')
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/organization-roles',
    handle: (context) => {
      const { organizationRoles, organizationScopes } = context.state
      return paged(context, [...organizationRoles.values()], (role) => ({
        ...roleInApi(role),
        scopes: [...role.scopeIds].flatMap((id) => {
          const scope = organizationScopes.get(id)
          return scope ? [{ id, name: scope.name }] : []
        }),
        resourceScopes: [],
      }))
    },
  },
  {
    method: 'POST',
    path: '/organization-roles',
    handle: (context) => {
      const body = parseBody(context, newRole)
      const role: OrganizationRoleRecord = {
        tenantId: TENANT_ID,
        id: longId(),
        name: body.name,
        description: body.description ?? null,
        type: body.type ?? 'User',
        scopeIds: new Set(body.organizationScopeIds),
        resourceScopeIds: new Set(body.resourceScopeIds),
      }
      context.state.organizationRoles.set(role.id, role)
      // recordings/webhooks/0036 and 0037: the scopes' event first, without data.
      if (role.scopeIds.size > 0) {
        context.emit('OrganizationRole.Scopes.Updated', { organizationRoleId: role.id })
      }
      context.emit('OrganizationRole.Created', { data: roleInApi(role) })
      return created(roleInApi(role))
    },
  },
  {
    method: 'PATCH',
    path: '/organization-roles/:id',
    handle: (context) => {
      const change = parseBody(context, newScope.partial())
      const role = roleInApi(Object.assign(roleOf(context), change))
      context.emit('OrganizationRole.Data.Updated', { data: role })
      return ok(role)
    },
  },
  {
    method: 'DELETE',
    path: '/organization-roles/:id',
    handle: (context) => {
      const { id } = roleOf(context)
      context.state.organizationRoles.delete(id)
      for (const organization of context.state.organizations.values()) {
        for (const roles of organization.members.values()) roles.delete(id)
      }
      context.emit('OrganizationRole.Deleted')
      return noContent()
    },
  },
  {
    method: 'POST',
    path: '/organization-roles/:id/scopes',
    handle: (context) => {
      const { organizationScopeIds } = parseBody(context, z.object({ organizationScopeIds: ids }))
      const role = roleOf(context)
      for (const id of organizationScopeIds) {
        if (!context.state.organizationScopes.has(id)) throw notFound()
        role.scopeIds.add(id)
      }
      context.emit('OrganizationRole.Scopes.Updated')
      return createdText()
    },
  },
  {
    method: 'DELETE',
    path: '/organization-roles/:id/scopes/:organizationScopeId',
    handle: (context) => {
      if (!roleOf(context).scopeIds.delete(param(context, 'organizationScopeId'))) throw notFound()
      context.emit('OrganizationRole.Scopes.Updated')
      return noContent()
    },
  },
  {
    method: 'POST',
    path: '/organization-roles/:id/resource-scopes',
    handle: (context) => {
      const { scopeIds } = parseBody(context, z.object({ scopeIds: ids }))
      const role = roleOf(context)
      for (const id of scopeIds) {
        if (!context.state.scopes.has(id)) throw notFound()
        role.resourceScopeIds.add(id)
      }
      return createdText()
    },
  },
]

/** recordings/mgmt/org-role-create-tmp.json */
function roleInApi({ scopeIds: _s, resourceScopeIds: _r, ...role }: OrganizationRoleRecord) {
  return role
}

function roleOf(context: RouteContext): OrganizationRoleRecord {
  const role = context.state.organizationRoles.get(param(context, 'id'))
  if (!role) throw notFound()
  return role
}

function scopeOf(context: RouteContext): OrganizationScopeRecord {
  const scope = context.state.organizationScopes.get(param(context, 'id'))
  if (!scope) throw notFound()
  return scope
}
