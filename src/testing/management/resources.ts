import { z } from 'zod/v3'
import { longId } from '../state/identifiers.js'
import type { ResourceRecord, ScopeRecord } from '../state/records.js'
import { TENANT_ID } from '../state/state.js'
import { ManagementRefusal, notFound } from './errors.js'
import { paged, pagedOnDemand } from './pagination.js'
import { created, noContent, ok, param, parseBody, type Route, type RouteContext } from './router.js'

// The indicator is not validated: a fragment or a non-URI fails only at sign-in (recordings/setup/06c, 06d).
const newResource = z.object({
  name: z.string().min(1).max(1024),
  indicator: z.string().min(1).max(1024),
  accessTokenTtl: z.number().optional(),
})
const newScope = z.object({ name: z.string().min(1).max(256), description: z.string().nullable().optional() })

/** `/resources`: API resources and their scopes. */
export const resourceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/resources',
    handle: (context) => {
      const withScopes = context.query.get('includeScopes') === 'true'
      const show = (resource: ResourceRecord) =>
        withScopes ? { ...resource, scopes: context.state.scopesOf(resource.id) } : resource
      return pagedOnDemand(context, [...context.state.resources.values()], show)
    },
  },
  {
    method: 'POST',
    path: '/resources',
    handle: (context) => {
      const body = parseBody(context, newResource)
      if (context.state.resourceByIndicator(body.indicator)) {
        const message = `The API identifier ${body.indicator} is already in use`
        throw new ManagementRefusal(422, 'resource.resource_identifier_in_use', message)
      }
      const { name, indicator, accessTokenTtl = 3600 } = body
      const resource = {
        tenantId: TENANT_ID,
        id: longId(),
        name,
        indicator,
        isDefault: false,
        accessTokenTtl,
      }
      context.state.resources.set(resource.id, resource)
      return created({ ...resource, scopes: [] })
    },
  },
  { method: 'GET', path: '/resources/:id', handle: (context) => ok(resourceOf(context, 'id')) },
  {
    method: 'PATCH',
    path: '/resources/:id',
    handle: (context) => {
      const change = parseBody(context, newResource.pick({ name: true, accessTokenTtl: true }).partial())
      return ok(Object.assign(resourceOf(context, 'id'), change))
    },
  },
  {
    method: 'DELETE',
    path: '/resources/:id',
    handle: (context) => {
      const { id } = resourceOf(context, 'id')
      for (const scope of context.state.scopesOf(id)) removeScope(context, scope)
      context.state.resources.delete(id)
      return noContent()
    },
  },
  {
    method: 'GET',
    path: '/resources/:resourceId/scopes',
    handle: (context) => paged(context, context.state.scopesOf(resourceOf(context, 'resourceId').id)),
  },
  {
    method: 'POST',
    path: '/resources/:resourceId/scopes',
    handle: (context) => {
      const body = parseBody(context, newScope)
      const resource = resourceOf(context, 'resourceId')
      refuseScopeName(context, resource.id, body.name)
      const scope: ScopeRecord = {
        tenantId: TENANT_ID,
        id: longId(),
        resourceId: resource.id,
        name: body.name,
        description: body.description ?? null,
        createdAt: context.state.now(),
      }
      context.state.scopes.set(scope.id, scope)
      context.emit('Scope.Created', { data: { ...scope } })
      return created(scope)
    },
  },
  {
    method: 'PATCH',
    path: '/resources/:resourceId/scopes/:scopeId',
    handle: (context) => {
      const change = parseBody(context, newScope.partial())
      const scope = scopeOf(context)
      if (change.name !== undefined && change.name !== scope.name) {
        refuseScopeName(context, scope.resourceId, change.name)
      }
      Object.assign(scope, change)
      context.emit('Scope.Data.Updated', { data: { ...scope } })
      return ok(scope)
    },
  },
  {
    method: 'DELETE',
    path: '/resources/:resourceId/scopes/:scopeId',
    handle: (context) => {
      removeScope(context, scopeOf(context))
      context.emit('Scope.Deleted')
      return noContent()
    },
  },
]

function resourceOf(context: RouteContext, name: 'id' | 'resourceId'): ResourceRecord {
  const resource = context.state.resources.get(param(context, name))
  if (!resource) throw notFound()
  return resource
}

function scopeOf(context: RouteContext): ScopeRecord {
  const resource = resourceOf(context, 'resourceId')
  const scope = context.state.scopes.get(param(context, 'scopeId'))
  if (scope?.resourceId !== resource.id) throw notFound()
  return scope
}

function removeScope({ state }: RouteContext, scope: ScopeRecord): void {
  state.scopes.delete(scope.id)
  for (const role of state.roles.values()) role.scopeIds.delete(scope.id)
  for (const role of state.organizationRoles.values()) role.resourceScopeIds.delete(scope.id)
}

/** recordings/mgmt/scope-create-bad-name.json */
function refuseScopeName({ state }: RouteContext, resourceId: string, name: string): void {
  if (name.includes(' ')) {
    const message = 'The name of the scope cannot contain any spaces.'
    throw new ManagementRefusal(400, 'scope.name_with_space', message)
  }
  if (state.scopesOf(resourceId).some((scope) => scope.name === name)) {
    throw new ManagementRefusal(422, 'scope.name_exists', `The scope name ${name} is already in use`)
  }
}
