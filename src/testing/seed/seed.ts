import { WEBHOOK_EVENTS } from '../../logto/index.js'
import { managementApiRole } from '../oidc/granted-scopes.js'
import { longId, secretValue } from '../state/identifiers.js'
import type { ApplicationRecord, ApplicationType, HookRecord, ResourceRecord } from '../state/records.js'
import { type LogtoState, TENANT_ID } from '../state/state.js'
import { seedOrganization, seedOrganizationRole } from './seed-organizations.js'
import type { Seed, SeedApplication, SeedHook, SeedResource, SeedRole } from './seed-types.js'

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
    const roleIds = user.roles ? user.roles.map((name) => roleId(state, name)) : state.defaultRoleIds()
    state.users.create(user, roleIds)
  }
  for (const role of seed.organizationRoles ?? []) seedOrganizationRole(state, role)
  for (const organization of seed.organizations ?? []) seedOrganization(state, organization)
  for (const hook of seed.hooks ?? []) addHook(state, hook)
}

/** Adds a hook to the state, as the console would. */
export function addHook(state: LogtoState, hook: SeedHook): HookRecord {
  const row: HookRecord = {
    tenantId: TENANT_ID,
    id: longId(),
    name: hook.name ?? 'hook',
    event: null,
    events: [...(hook.events ?? WEBHOOK_EVENTS)],
    config: { url: hook.url, ...(hook.headers && { headers: hook.headers }) },
    signingKey: hook.signingKey ?? secretValue(),
    enabled: true,
    createdAt: state.now(),
  }
  state.hooks.set(row.id, row)
  return row
}

function seedResource(state: LogtoState, seed: SeedResource): void {
  const resource: ResourceRecord = {
    tenantId: TENANT_ID,
    id: longId(),
    name: seed.name ?? seed.indicator,
    indicator: seed.indicator,
    isDefault: false,
    accessTokenTtl: seed.accessTokenTtl ?? 3600,
  }
  state.resources.set(resource.id, resource)
  for (const name of new Set([...(seed.scopes ?? []), ...(seed.defaultScopes ?? [])])) {
    const id = longId()
    const createdAt = state.now()
    state.scopes.set(id, {
      tenantId: TENANT_ID,
      id,
      resourceId: resource.id,
      name,
      description: null,
      createdAt,
    })
  }
  if (!seed.defaultScopes?.length) return
  const scopes = seed.defaultScopes.map((scope) => ({ resource: seed.indicator, scope }))
  seedRole(state, { name: `default:${seed.indicator}`, isDefault: true, scopes })
}

function seedRole(state: LogtoState, seed: SeedRole): void {
  const id = longId()
  state.roles.set(id, {
    tenantId: TENANT_ID,
    id,
    name: seed.name,
    description: seed.description ?? seed.name,
    type: seed.type ?? 'User',
    isDefault: seed.isDefault ?? false,
    scopeIds: new Set((seed.scopes ?? []).flatMap((scope) => scopeIds(state, scope))),
  })
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

function roleId(state: LogtoState, name: string): string {
  const role = state.roleByName(name)
  if (!role) throw new TypeError(`no seeded role is named ${JSON.stringify(name)}`)
  return role.id
}

function seedApplication(state: LogtoState, seed: SeedApplication): void {
  const id = seed.id ?? longId()
  const roles = (seed.roles ?? []).map((name) => roleId(state, name))
  const management = seed.managementApi ? managementApiRole(state)?.id : undefined
  const application: ApplicationRecord = {
    tenantId: TENANT_ID,
    id,
    name: seed.name,
    description: null,
    type: seed.type,
    oidcClientMetadata: {
      redirectUris: [...(seed.redirectUris ?? [])],
      postLogoutRedirectUris: [...(seed.postLogoutRedirectUris ?? [])],
      ...(seed.backchannelLogoutUri !== undefined && {
        backchannelLogoutUri: seed.backchannelLogoutUri,
        backchannelLogoutSessionRequired: true,
      }),
    },
    customClientMetadata: seed.corsAllowedOrigins ? { corsAllowedOrigins: [...seed.corsAllowedOrigins] } : {},
    customData: {},
    createdAt: state.now(),
    secrets: [],
    roleIds: new Set(management === undefined ? roles : [...roles, management]),
  }
  addDefaultSecret(state, application, seed.secret)
  state.applications.set(id, application)
}

/** Gives a confidential application its first secret (recordings/setup/03b-get-m2m-secrets.json). */
export function addDefaultSecret(
  state: LogtoState,
  application: ApplicationRecord,
  value = secretValue(),
): void {
  if (!isConfidential(application.type)) return
  application.secrets.push({
    tenantId: TENANT_ID,
    applicationId: application.id,
    name: 'Default secret',
    value,
    createdAt: state.now(),
    expiresAt: null,
  })
}

/** Whether applications of this type authenticate with a secret. */
export const isConfidential = (type: ApplicationType): boolean =>
  type === 'MachineToMachine' || type === 'Traditional'
