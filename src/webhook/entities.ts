import * as z from 'zod/mini'
import type { LogtoUser } from '../logto/index.js'
import { type Fields, freeForm, shapeOf } from './shape.js'

// What events are about, as Logto 1.42 sends it (recordings/webhooks, recordings/released/hook-recent-logs.json): each type
// followed by its schema. Later versions may add fields, which are kept.

/** The type is in src/logto, where the server entry uses it; zod may not be there. */
export const user = shapeOf<LogtoUser>({
  id: z.string(),
  username: z.nullable(z.string()),
  primaryEmail: z.nullable(z.string()),
  primaryPhone: z.nullable(z.string()),
  name: z.nullable(z.string()),
  avatar: z.nullable(z.string()),
  customData: freeForm(),
  identities: freeForm(),
  profile: freeForm(),
  applicationId: z.nullable(z.string()),
  isSuspended: z.boolean(),
  lastSignInAt: z.nullable(z.number()),
  createdAt: z.number(),
  updatedAt: z.number(),
  hasPassword: z.optional(z.boolean()),
})

/** The application that a person signed in to. */
export interface LogtoApplication {
  id: string
  type: string
  name: string
  description?: string | null
  [field: string]: unknown
}

export const application = shapeOf<LogtoApplication>({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  description: z.nullish(z.string()),
})

/** What every part of a tenant has. */
interface TenantEntity {
  tenantId?: string
  id: string
  name: string
  description: string | null
  [field: string]: unknown
}

const tenantEntity = {
  tenantId: z.optional(z.string()),
  id: z.string(),
  name: z.string(),
  description: z.nullable(z.string()),
} satisfies Fields<TenantEntity>

/** A role, of users or of machine-to-machine applications. */
export interface LogtoRole extends TenantEntity {
  type: 'User' | 'MachineToMachine'
  isDefault?: boolean
}

export const role = shapeOf<LogtoRole>({
  ...tenantEntity,
  type: z.enum(['User', 'MachineToMachine']),
  isDefault: z.optional(z.boolean()),
})

/** A scope (Logto's console says "permission") of an API resource. */
export interface LogtoScope extends TenantEntity {
  resourceId: string
  /** Milliseconds since the epoch. */
  createdAt: number
}

export const scope = shapeOf<LogtoScope>({
  ...tenantEntity,
  resourceId: z.string(),
  createdAt: z.number(),
})

/** An organization. `customData` is free-form. */
export interface LogtoOrganization extends TenantEntity {
  customData: Record<string, unknown>
  isMfaRequired?: boolean
  color?: Record<string, unknown>
  branding?: Record<string, unknown>
  customCss?: string | null
  /** Milliseconds since the epoch. */
  createdAt: number
}

export const organization = shapeOf<LogtoOrganization>({
  ...tenantEntity,
  customData: freeForm(),
  isMfaRequired: z.optional(z.boolean()),
  color: z.optional(freeForm()),
  branding: z.optional(freeForm()),
  customCss: z.nullish(z.string()),
  createdAt: z.number(),
})

/** A role in the organization template. */
export interface LogtoOrganizationRole extends TenantEntity {
  type?: string
}

export const organizationRole = shapeOf<LogtoOrganizationRole>({
  ...tenantEntity,
  type: z.optional(z.string()),
})

/** A scope in the organization template. */
export interface LogtoOrganizationScope extends TenantEntity {}

export const organizationScope = shapeOf<LogtoOrganizationScope>({
  ...tenantEntity,
})
