import { WEBHOOK_EVENTS } from '../../logto/index.js'
import { stableId } from '../records/identifiers.js'
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
 * @throws TypeError when a role, scope or member is named that the seed does not define, two rows of a kind have one
 * id, or the id of a user has not the shape of one.
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
  refuseTaken(state.hooks, hook.id, 'webhooks')
  return state.hooks.add({
    id: hook.id,
    name: hook.name ?? 'hook',
    events: hook.events ?? WEBHOOK_EVENTS,
    config: { url: hook.url, ...(hook.headers && { headers: hook.headers }) },
    signingKey: hook.signingKey,
  })
}

function seedResource(state: LogtoState, { scopes = [], defaultScopes = [], ...seed }: SeedResource): void {
  refuseTaken(state.resources, seed.id, 'resources')
  const { id } = state.resources.add({ ...seed, name: seed.name ?? seed.indicator })
  const idOf = (...parts: string[]) => (seed.id === undefined ? undefined : stableId(21, seed.id, ...parts))
  for (const name of new Set([...scopes, ...defaultScopes])) {
    state.scopes.add({ id: idOf('scope', name), resourceId: id, name })
  }
  if (defaultScopes.length === 0) return
  const named = defaultScopes.map((scope) => ({ resource: seed.indicator, scope }))
  const name = `default:${seed.indicator}`
  seedRole(state, { id: idOf('default role'), name, isDefault: true, scopes: named })
}

function seedRole(state: LogtoState, { scopes = [], ...seed }: SeedRole): void {
  refuseTaken(state.roles, seed.id, 'roles')
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
  refuseTaken(state.applications, id, 'applications')
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
  refuseTaken(state.organizations, seed.id, 'organizations')
  state.organizations.add({ ...seed, members: new Map(entries) })
}

// The later row would replace the earlier one.
function refuseTaken(table: ReadonlyMap<string, unknown>, id: string | undefined, kind: string): void {
  if (id !== undefined && table.has(id)) throw new TypeError(`two ${kind} have the id ${JSON.stringify(id)}`)
}
