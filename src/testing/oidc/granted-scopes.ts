import type { ApplicationRecord, ResourceRecord, RoleRecord, UserRecord } from '../state/records.js'
import type { LogtoState } from '../state/state.js'
import { MANAGEMENT_API_ROLE } from '../state/state.js'

/** The scopes of `resource` that the user's roles grant. Source: docs/facts.md, "Tokens and keys". */
export function scopesGrantedToUser(state: LogtoState, user: UserRecord, resource: ResourceRecord): string[] {
  return scopesOfRoles(state, user.roleIds, resource)
}

/** The scopes of `resource` that a machine's roles grant (recordings/tokens/Q-m2m-for-interaction-resource-with-role). */
export function scopesGrantedToMachine(
  state: LogtoState,
  application: ApplicationRecord,
  resource: ResourceRecord,
): string[] {
  return scopesOfRoles(state, application.roleIds, resource)
}

/** The organization scopes that a member's, or an application's, organization roles grant. */
export function organizationScopesGranted(
  state: LogtoState,
  organizationRoleIds: Iterable<string>,
): string[] {
  return namesOf(state.organizationScopes, idsIn(state, organizationRoleIds, 'scopeIds'))
}

/** The scopes of `resource` that organization roles grant within their organization. */
export function organizationResourceScopesGranted(
  state: LogtoState,
  organizationRoleIds: Iterable<string>,
  resource: ResourceRecord,
): string[] {
  const ids = idsIn(state, organizationRoleIds, 'resourceScopeIds')
  return state
    .scopesOf(resource.id)
    .filter((scope) => ids.has(scope.id))
    .map((scope) => scope.name)
}

/** The role that lets a machine call the Management API. */
export function managementApiRole(state: LogtoState): RoleRecord | undefined {
  return state.roleByName(MANAGEMENT_API_ROLE)
}

function scopesOfRoles(state: LogtoState, roleIds: Iterable<string>, resource: ResourceRecord): string[] {
  const granted = new Set<string>()
  for (const roleId of roleIds) for (const id of state.roles.get(roleId)?.scopeIds ?? []) granted.add(id)
  return state
    .scopesOf(resource.id)
    .filter((scope) => granted.has(scope.id))
    .map((scope) => scope.name)
}

function idsIn(
  state: LogtoState,
  organizationRoleIds: Iterable<string>,
  field: 'scopeIds' | 'resourceScopeIds',
): Set<string> {
  const ids = new Set<string>()
  for (const roleId of organizationRoleIds) {
    for (const id of state.organizationRoles.get(roleId)?.[field] ?? []) ids.add(id)
  }
  return ids
}

const namesOf = (rows: Map<string, { name: string }>, ids: Set<string>): string[] =>
  [...ids].flatMap((id) => rows.get(id)?.name ?? [])
