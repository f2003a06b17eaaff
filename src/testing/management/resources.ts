import { z } from 'zod/v3'
import type { ScopeRecord } from '../records/records.js'
import type { LogtoState } from '../state/state.js'
import { collectionRoutes } from './collection.js'
import { ManagementRefusal, notFound } from './errors.js'
import { paged, pagedOnDemand } from './pagination.js'
import { created, del, get, noContent, ok, patch, post, type Route, type RouteContext } from './router.js'

// The indicator is not validated: a fragment or a non-URI fails only at sign-in (recordings/setup/06c, 06d).
const newResource = z.object({
  name: z.string().min(1).max(1024),
  indicator: z.string().min(1).max(1024),
  accessTokenTtl: z.number().optional(),
})
const newScope = z.object({ name: z.string().min(1).max(256), description: z.string().nullable().optional() })

/** `/resources`: API resources and their scopes. */
export const resourceRoutes: readonly Route[] = [
  ...collectionRoutes({
    path: '/resources',
    rows: (state) => state.resources,
    newRow: newResource,
    change: newResource.pick({ name: true, accessTokenTtl: true }).partial(),
    list: (context) => {
      const { query, state } = context
      const withScopes = query.get('includeScopes') === 'true'
      return pagedOnDemand(context, [...state.resources.values()], (resource) =>
        withScopes ? { ...resource, scopes: state.scopesOf(resource.id) } : resource,
      )
    },
    create: (fields, { state }) => {
      if (state.resourceByIndicator(fields.indicator)) {
        const message = `The API identifier ${fields.indicator} is already in use`
        throw new ManagementRefusal(422, 'resource.resource_identifier_in_use', message)
      }
      return state.resources.add(fields)
    },
    answerCreated: (resource) => created({ ...resource, scopes: [] }),
    detach: ({ id }, { state }) => {
      for (const scope of state.scopesOf(id)) removeScope(state, scope)
    },
  }),
  get('/resources/:resourceId/scopes', (context) =>
    paged(context, context.state.scopesOf(resourceOf(context).id)),
  ),
  post('/resources/:resourceId/scopes', (context) => {
    const fields = context.read(newScope)
    const resourceId = resourceOf(context).id
    refuseScopeName(context.state, resourceId, fields.name)
    const scope = context.state.scopes.add({ ...fields, resourceId })
    context.emit('Scope.Created', { data: scope })
    return created(scope)
  }),
  patch('/resources/:resourceId/scopes/:scopeId', (context) => {
    const change = context.read(newScope.partial())
    const scope = scopeOf(context)
    if (change.name !== undefined && change.name !== scope.name) {
      refuseScopeName(context.state, scope.resourceId, change.name)
    }
    Object.assign(scope, change)
    context.emit('Scope.Data.Updated', { data: scope })
    return ok(scope)
  }),
  del('/resources/:resourceId/scopes/:scopeId', (context) => {
    removeScope(context.state, scopeOf(context))
    context.emit('Scope.Deleted')
    return noContent()
  }),
]

const resourceOf = (context: RouteContext) => context.row(context.state.resources, 'resourceId')

function scopeOf(context: RouteContext): ScopeRecord {
  const scope = context.row(context.state.scopes, 'scopeId')
  if (scope.resourceId !== resourceOf(context).id) throw notFound()
  return scope
}

function removeScope(state: LogtoState, { id }: ScopeRecord): void {
  state.scopes.delete(id)
  for (const role of state.roles.values()) role.scopeIds.delete(id)
  for (const role of state.organizationRoles.values()) role.resourceScopeIds.delete(id)
}

/** recordings/mgmt/scope-create-bad-name.json */
function refuseScopeName(state: LogtoState, resourceId: string, name: string): void {
  if (name.includes(' ')) {
    const message = 'The name of the scope cannot contain any spaces.'
    throw new ManagementRefusal(400, 'scope.name_with_space', message)
  }
  if (state.scopesOf(resourceId).some((scope) => scope.name === name)) {
    throw new ManagementRefusal(422, 'scope.name_exists', `The scope name ${name} is already in use`)
  }
}
