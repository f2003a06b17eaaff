import type { LogtoUser, WebhookEventName } from '../../logto/index.js'
import type { StoredPassword } from './passwords.js'

/** What a role or an organization role is for. Source: recordings/setup/04-list-m2m-roles.json. */
export type RoleType = 'User' | 'MachineToMachine'

/** Kinds of Logto applications that this look-alike knows. */
export type ApplicationType = 'SPA' | 'MachineToMachine' | 'Traditional' | 'Native'

/** A user as Logto's tables hold it: what the API shows, and what it never shows. */
export interface UserRecord extends LogtoUser, StoredPassword {
  /** Only in the development version (docs/facts.md, "Versions"). */
  cimdClientId?: null
  roleIds: Set<string>
}

/** A secret of an application. Source: recordings/setup/03b-get-m2m-secrets.json. */
export interface ApplicationSecret {
  tenantId: string
  applicationId: string
  name: string
  value: string
  createdAt: number
  /** Milliseconds since the epoch, or null when it does not expire. */
  expiresAt: number | null
}

/** Source: recordings/setup/02-create-spa.json. */
export interface ApplicationRecord {
  tenantId: string
  id: string
  name: string
  description: string | null
  type: ApplicationType
  oidcClientMetadata: {
    redirectUris: string[]
    postLogoutRedirectUris: string[]
    /** Where logout tokens are posted, and whether tokens name the session (Logto docs, "Backchannel logout"). */
    backchannelLogoutUri?: string | undefined
    backchannelLogoutSessionRequired?: boolean | undefined
    [field: string]: unknown
  }
  customClientMetadata: { corsAllowedOrigins?: string[] | undefined; [field: string]: unknown }
  customData: Record<string, unknown>
  createdAt: number
  secrets: ApplicationSecret[]
  roleIds: Set<string>
}

/** An API resource. Source: recordings/setup/06-create-resource.json. */
export interface ResourceRecord {
  tenantId: string
  id: string
  name: string
  indicator: string
  isDefault: boolean
  /** Seconds. */
  accessTokenTtl: number
}

/** A scope (permission) of an API resource. Source: recordings/mgmt/scope-create.json. */
export interface ScopeRecord {
  tenantId: string
  id: string
  resourceId: string
  name: string
  description: string | null
  createdAt: number
}

/** Source: recordings/mgmt/role-create.json. */
export interface RoleRecord {
  tenantId: string
  id: string
  name: string
  description: string
  type: RoleType
  /** New users get every default role of type User. */
  isDefault: boolean
  scopeIds: Set<string>
}

/** Source: recordings/mgmt/org-create.json. Members and applications map to their organization roles. */
export interface OrganizationRecord {
  tenantId: string
  id: string
  name: string
  description: string | null
  customData: Record<string, unknown>
  createdAt: number
  members: Map<string, Set<string>>
  applications: Map<string, Set<string>>
}

/** Source: recordings/mgmt/org-scope-create.json. */
export interface OrganizationScopeRecord {
  tenantId: string
  id: string
  name: string
  description: string | null
}

/** Source: recordings/mgmt/org-role-create-tmp.json. */
export interface OrganizationRoleRecord {
  tenantId: string
  id: string
  name: string
  description: string | null
  type: RoleType
  scopeIds: Set<string>
  resourceScopeIds: Set<string>
}

/** Source: recordings/setup/08-create-hook.json. */
export interface HookRecord {
  tenantId: string
  id: string
  name: string
  event: null
  events: WebhookEventName[]
  config: { url: string; headers?: Record<string, string> | undefined; retries?: number | undefined }
  signingKey: string
  enabled: boolean
  createdAt: number
}

/** One row of a hook's delivery log. Source: recordings/webhook-listener-offline-log.json. */
export interface DeliveryLogRecord {
  id: string
  key: string
  payload: {
    key: string
    result: 'Success' | 'Error'
    error?: string
    hookId: string
    hookRequest: { body: Record<string, unknown> }
    response?: { statusCode: number; body: unknown }
  }
  createdAt: number
}
