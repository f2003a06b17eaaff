import { WEBHOOK_EVENTS } from '../../logto/index.js'
import type { HookRecord } from '../records/records.js'
import { type LogtoState, MANAGEMENT_API_ROLE } from '../state/state.js'
import type {
  Seed,
  SeedApplication,
  SeedHook,
  SeedOrganization,
  SeedOrganizationRole,
  SeedResource,
  SeedRole,
} from './seed-types.js'

/**
 * Fills a state. No webhook fires for seeded rows.
 *
 * @throws TypeError when a role, scope or member is named that the seed does not define.
 */
export function seedState(state: LogtoState, seed: Seed): void {
  for (const resource of seed.resources ?? []) seedResource(state, resource)
  for (const role of seed.roles ?? []) seedRole(state, role)
  for (const application of seed.applications ?? []) seedApplication(state, application)
  for (const user of seed.users ?? []) {
    state.users.create(user, user.roles ? roleIds(state, user.roles) : state.defaultRoleIds())
  }
  for (const role of seed.organizationRoles ?? []) seedOrganizationRole(state, role)
  for (const organization of seed.organizations ?? []) seedOrganization(state, organization)
  for (const hook of seed.hooks ?? []) addHook(state, hook)
}

/** Adds a hook to the state, as the console would. */
export function addHook(state: LogtoState, hook: SeedHook): HookRecord {
  return state.hooks.add({
    name: hook.name ?? 'hook',
    events: hook.events ?? WEBHOOK_EVENTS,
    config: { url: hook.url, ...(hook.headers && { headers: hook.headers }) },
    signingKey: hook.signingKey,
  })
}

function seedResource(state: LogtoState, { scopes = [], defaultScopes = [], ...seed }: SeedResource): void {
  const { id } = state.resources.add({ ...seed, name: seed.name ?? seed.indicator })
  for (const name of new Set([...scopes, ...defaultScopes])) state.scopes.add({ resourceId: id, name })
  if (defaultScopes.length === 0) return
  const named = defaultScopes.map((scope) => ({ resource: seed.indicator, scope }))
  seedRole(state, { name: `default:${seed.indicator}`, isDefault: true, scopes: named })
}

function seedRole(state: LogtoState, { scopes = [], ...seed }: SeedRole): void {
  state.roles.add({ ...seed, scopeIds: scopes.flatMap((scope) => scopeIds(state, scope)) })
}

function scopeIds(state: LogtoState, wanted: string | { resource: string; scope: string }): string[] {
  const { resource, scope } = typeof wanted === 'string' ? { resource: undefined, scope: wanted } : wanted
  const inResource = resource === undefined ? undefined : state.resourceByIndicator(resource)?.id
  const found = [...state.scopes.values()].filter(
    (row) => row.name === scope && (resource === undefined || row.resourceId === inResource),
  )
  if (found.length === 0) throw new TypeError(`no seeded resource has the scope ${JSON.stringify(wanted)}`)
  return found.map((row) => row.id)
}

function roleIds(state: LogtoState, names: readonly string[]): string[] {
  return names.map((name) => {
    const role = state.roleByName(name)
    if (!role) throw new TypeError(`no seeded role is named ${JSON.stringify(name)}`)
    return role.id
  })
}

function seedApplication(state: LogtoState, seed: SeedApplication): void {
  const { id, name, type, secret, backchannelLogoutUri, corsAllowedOrigins } = seed
  state.applications.add({
    id,
    name,
    type,
    secret,
    oidcClientMetadata: {
      redirectUris: [...(seed.redirectUris ?? [])],
      postLogoutRedirectUris: [...(seed.postLogoutRedirectUris ?? [])],
      ...(backchannelLogoutUri !== undefined && {
        backchannelLogoutUri,
        backchannelLogoutSessionRequired: true,
      }),
    },
    customClientMetadata: corsAllowedOrigins ? { corsAllowedOrigins: [...corsAllowedOrigins] } : {},
    roleIds: roleIds(state, [...(seed.roles ?? []), ...(seed.managementApi ? [MANAGEMENT_API_ROLE] : [])]),
  })
}

function seedOrganizationRole(state: LogtoState, { name, scopes = [] }: SeedOrganizationRole): void {
  const { organizationScopes } = state
  const scopeIds = scopes.map(
    (scope) => organizationScopes.named(scope) ?? organizationScopes.add({ name: scope }),
  )
  state.organizationRoles.add({ name, scopeIds: scopeIds.map(({ id }) => id) })
}

function seedOrganization(state: LogtoState, { members = {}, ...seed }: SeedOrganization): void {
  const entries = Object.entries(members).map(([identifier, roleNames]): [string, Set<string>] => {
    const user = state.users.byIdentifier(identifier)
    if (!user) throw new TypeError(`no seeded user signs in as ${JSON.stringify(identifier)}`)
    const roles = roleNames.map((name) => {
      const role = state.organizationRoles.named(name)
      if (!role) throw new TypeError(`no seeded organization role is named ${JSON.stringify(name)}`)
      return role.id
    })
    return [user.id, new Set(roles)]
  })
  state.organizations.add({ ...seed, members: new Map(entries) })
}
