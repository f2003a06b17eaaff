import type { WebhookEventName } from '../../logto/index.js'
import { longId, secretValue, shortId } from './identifiers.js'
import type {
  ApplicationRecord,
  ApplicationSecret,
  ApplicationType,
  HookRecord,
  OrganizationRecord,
  OrganizationRoleRecord,
  OrganizationScopeRecord,
  ResourceRecord,
  RoleRecord,
  RoleType,
  ScopeRecord,
} from './records.js'

// New rows with Logto's defaults, for the Management API, the seed and the built-in rows alike. The order of the fields
// is that of the recordings.

/** The tenant that every row of a self-hosted Logto names. */
const TENANT_ID = 'default'

export interface Named {
  /** Fixed id; default: a random one. */
  id?: string | undefined
  name: string
  description?: string | null | undefined
}

export interface NewApplication extends Named {
  type: ApplicationType
  oidcClientMetadata?:
    | {
        redirectUris?: string[] | undefined
        postLogoutRedirectUris?: string[] | undefined
        [field: string]: unknown
      }
    | undefined
  customClientMetadata?: ApplicationRecord['customClientMetadata'] | undefined
  customData?: Record<string, unknown> | undefined
  /** First secret of a confidential application; default: a random one. */
  secret?: string | undefined
  roleIds?: Iterable<string> | undefined
}

export function newApplication(fields: NewApplication, createdAt: number): ApplicationRecord {
  const { id = longId(), name, type, oidcClientMetadata, customClientMetadata = {}, customData = {} } = fields
  const { redirectUris = [], postLogoutRedirectUris = [] } = oidcClientMetadata ?? {}
  return {
    tenantId: TENANT_ID,
    id,
    name,
    description: fields.description ?? null,
    type,
    oidcClientMetadata: { ...oidcClientMetadata, redirectUris, postLogoutRedirectUris },
    customClientMetadata,
    customData,
    createdAt,
    // recordings/setup/03b-get-m2m-secrets.json
    secrets: isConfidential(type)
      ? [newSecret(id, { name: 'Default secret', value: fields.secret }, createdAt)]
      : [],
    roleIds: new Set(fields.roleIds),
  }
}

/** Returns whether applications of this type authenticate with a secret. */
export const isConfidential = (type: ApplicationType): boolean =>
  type === 'MachineToMachine' || type === 'Traditional'

export function newSecret(
  applicationId: string,
  fields: { name: string; value?: string | undefined; expiresAt?: number | null | undefined },
  createdAt: number,
): ApplicationSecret {
  const { name, value = secretValue(), expiresAt = null } = fields
  return { tenantId: TENANT_ID, applicationId, name, value, createdAt, expiresAt }
}

export interface NewResource extends Omit<Named, 'description'> {
  indicator: string
  accessTokenTtl?: number | undefined
}

export function newResource(fields: NewResource): ResourceRecord {
  const { id = longId(), name, indicator, accessTokenTtl = 3600 } = fields
  return { tenantId: TENANT_ID, id, name, indicator, isDefault: false, accessTokenTtl }
}

export interface NewScope extends Named {
  resourceId: string
}

export function newScope(fields: NewScope, createdAt: number): ScopeRecord {
  const { id = longId(), resourceId, name, description = null } = fields
  return { tenantId: TENANT_ID, id, resourceId, name, description, createdAt }
}

export interface NewRole extends Omit<Named, 'description'> {
  /** Default: the name. */
  description?: string | undefined
  type?: RoleType | undefined
  isDefault?: boolean | undefined
  scopeIds?: Iterable<string> | undefined
}

export function newRole(fields: NewRole): RoleRecord {
  const { id = longId(), name, description = name, type = 'User', isDefault = false, scopeIds } = fields
  return { tenantId: TENANT_ID, id, name, description, type, isDefault, scopeIds: new Set(scopeIds) }
}

const emptyRoles = () => new Map<string, Set<string>>()

export interface NewOrganization extends Named {
  customData?: Record<string, unknown> | undefined
  members?: Map<string, Set<string>> | undefined
}

export function newOrganization(fields: NewOrganization, createdAt: number): OrganizationRecord {
  const { id = shortId(), name, description = null, customData = {}, members = emptyRoles() } = fields
  const applications = emptyRoles()
  return { tenantId: TENANT_ID, id, name, description, customData, createdAt, members, applications }
}

export function newOrganizationScope(fields: Named): OrganizationScopeRecord {
  const { id = longId(), name, description = null } = fields
  return { tenantId: TENANT_ID, id, name, description }
}

export interface NewOrganizationRole extends Named {
  type?: RoleType | undefined
  scopeIds?: Iterable<string> | undefined
  resourceScopeIds?: Iterable<string> | undefined
}

export function newOrganizationRole(fields: NewOrganizationRole): OrganizationRoleRecord {
  const { id = longId(), name, description = null, type = 'User' } = fields
  const scopeIds = new Set(fields.scopeIds)
  const resourceScopeIds = new Set(fields.resourceScopeIds)
  return { tenantId: TENANT_ID, id, name, description, type, scopeIds, resourceScopeIds }
}

export interface NewHook extends Omit<Named, 'description'> {
  events: readonly WebhookEventName[]
  config: HookRecord['config']
  signingKey?: string | undefined
  enabled?: boolean | undefined
}

export function newHook(fields: NewHook, createdAt: number): HookRecord {
  const { id = longId(), name, config, signingKey = secretValue(), enabled = true } = fields
  const events = [...fields.events]
  return { tenantId: TENANT_ID, id, name, event: null, events, config, signingKey, enabled, createdAt }
}
