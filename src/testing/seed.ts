import { WEBHOOK_EVENTS, type WebhookEventName } from '../logto/index.js'
import { managementApiRole } from './granted-scopes.js'
import { longId, secretValue, shortId } from './identifiers.js'
import type { ApplicationRecord, ApplicationType, HookRecord, ResourceRecord, RoleType } from './records.js'
import { type LogtoState, TENANT_ID } from './state.js'
import type { NewUser } from './users.js'

/** A user that the Logto starts with. */
export interface SeedUser extends NewUser {
  /** Names of roles; default: the default roles. */
  roles?: readonly string[] | undefined
}

/** An application that the Logto starts with. */
export interface SeedApplication {
  /** Fixed id; default: a random one. */
  id?: string | undefined
  name: string
  type: ApplicationType
  redirectUris?: readonly string[] | undefined
  postLogoutRedirectUris?: readonly string[] | undefined
  corsAllowedOrigins?: readonly string[] | undefined
  /** Where logout tokens of a traditional application are posted; they name the session of the one who signed out. */
  backchannelLogoutUri?: string | undefined
  /** Fixed client secret of a machine or a traditional application; default: a random one. */
  secret?: string | undefined
  /** Gives a machine the role that lets it call the Management API. */
  managementApi?: boolean | undefined
  /** Names of further roles of a machine. */
  roles?: readonly string[] | undefined
}

/** An API resource that the Logto starts with. */
export interface SeedResource {
  indicator: string
  name?: string | undefined
  scopes?: readonly string[] | undefined
  /** Scopes that every new user gets, through a default role named after the resource. */
  defaultScopes?: readonly string[] | undefined
  /** Seconds; default 3600. */
  accessTokenTtl?: number | undefined
}

/** A role that the Logto starts with. */
export interface SeedRole {
  name: string
  description?: string | undefined
  type?: RoleType | undefined
  /** New users get it. */
  isDefault?: boolean | undefined
  /** Names of scopes of the seeded resources, with the resource where several have a scope of that name. */
  scopes?: readonly (string | { resource: string; scope: string })[] | undefined
}

/** A webhook that the Logto starts with. */
export interface SeedHook {
  name?: string | undefined
  url: string
  /** Default: all events. */
  events?: readonly WebhookEventName[] | undefined
  /** Fixed signing key; default: a random one. */
  signingKey?: string | undefined
  headers?: Record<string, string> | undefined
}

/** An organization that the Logto starts with. */
export interface SeedOrganization {
  id?: string | undefined
  name: string
  description?: string | undefined
  /** Usernames or email addresses of its members, each with names of organization roles. */
  members?: Readonly<Record<string, readonly string[]>> | undefined
}

/** An organization role that the Logto starts with, with its organization scopes. */
export interface SeedOrganizationRole {
  name: string
  scopes?: readonly string[] | undefined
}

/** Everything that a Logto can start with. */
export interface Seed {
  users?: readonly SeedUser[] | undefined
  applications?: readonly SeedApplication[] | undefined
  resources?: readonly SeedResource[] | undefined
  roles?: readonly SeedRole[] | undefined
  hooks?: readonly SeedHook[] | undefined
  organizations?: readonly SeedOrganization[] | undefined
  organizationRoles?: readonly SeedOrganizationRole[] | undefined
}

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

function seedOrganizationRole(state: LogtoState, seed: SeedOrganizationRole): void {
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

function seedOrganization(state: LogtoState, seed: SeedOrganization): void {
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
