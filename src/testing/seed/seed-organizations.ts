import { longId, shortId } from '../state/identifiers.js'
import { type LogtoState, TENANT_ID } from '../state/state.js'
import type { SeedOrganization, SeedOrganizationRole } from './seed-types.js'

/** Adds an organization role, and the organization scopes that do not exist yet. */
export function seedOrganizationRole(state: LogtoState, seed: SeedOrganizationRole): void {
  const scopes = (seed.scopes ?? []).map((name) => {
    const known = [...state.organizationScopes.values()].find((scope) => scope.name === name)
    if (known) return known.id
    const id = longId()
    state.organizationScopes.set(id, { tenantId: TENANT_ID, id, name, description: null })
    return id
  })
  const id = longId()
  state.organizationRoles.set(id, {
    tenantId: TENANT_ID,
    id,
    name: seed.name,
    description: null,
    type: 'User',
    scopeIds: new Set(scopes),
    resourceScopeIds: new Set(),
  })
}

/** Adds an organization with its members. */
export function seedOrganization(state: LogtoState, seed: SeedOrganization): void {
  const members = new Map<string, Set<string>>()
  for (const [identifier, roleNames] of Object.entries(seed.members ?? {})) {
    const user = state.users.byIdentifier(identifier)
    if (!user) throw new TypeError(`no seeded user signs in as ${JSON.stringify(identifier)}`)
    const roles = roleNames.map((name) => {
      const role = [...state.organizationRoles.values()].find((row) => row.name === name)
      if (!role) throw new TypeError(`no seeded organization role is named ${JSON.stringify(name)}`)
      return role.id
    })
    members.set(user.id, new Set(roles))
  }
  const id = seed.id ?? shortId()
  state.organizations.set(id, {
    tenantId: TENANT_ID,
    id,
    name: seed.name,
    description: seed.description ?? null,
    customData: {},
    createdAt: state.now(),
    members,
    applications: new Map(),
  })
}
