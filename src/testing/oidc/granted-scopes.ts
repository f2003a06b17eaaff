import type { ApplicationRecord, ResourceRecord, UserRecord } from '../records/records.js'
import type { LogtoState } from '../state/state.js'

/**
 * Returns the scopes of `resource` that the roles of a user or a machine grant. Source: docs/facts.md, "Tokens and keys";
 * recordings/tokens/Q-m2m-for-interaction-resource-with-role.
 */
export function grantedScopes(
  state: LogtoState,
  { roleIds }: UserRecord | ApplicationRecord,
  resource: ResourceRecord,
): string[] {
  return namesOf(state, resource, new Set(state.roles.pick(roleIds).flatMap((role) => [...role.scopeIds])))
}

/** Returns the organization scopes that a member's, or an application's, organization roles grant. */
export function organizationScopesGranted(state: LogtoState, roleIds: Iterable<string>): string[] {
  const ids = new Set(state.organizationRoles.pick(roleIds).flatMap((role) => [...role.scopeIds]))
  return state.organizationScopes.pick(ids).map(({ name }) => name)
}

/** Returns the scopes of `resource` that organization roles grant within their organization. */
export function organizationResourceScopesGranted(
  state: LogtoState,
  roleIds: Iterable<string>,
  resource: ResourceRecord,
): string[] {
  const ids = state.organizationRoles.pick(roleIds).flatMap((role) => [...role.resourceScopeIds])
  return namesOf(state, resource, new Set(ids))
}

function namesOf(state: LogtoState, resource: ResourceRecord, scopeIds: ReadonlySet<string>): string[] {
  const scopes = state.scopesOf(resource.id).filter((scope) => scopeIds.has(scope.id))
  return scopes.map(({ name }) => name)
}
