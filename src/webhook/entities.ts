// Shapes of the things that data events carry, as Logto 1.42 sends them (recordings/webhooks). Later versions may add
// fields, which are kept.

/** The application that a person signed in to. */
export interface LogtoApplication {
  id: string
  type: string
  name: string
  description?: string | null
  [field: string]: unknown
}

/** A role, of users or of machine-to-machine applications. */
export interface LogtoRole {
  tenantId?: string
  id: string
  name: string
  description: string | null
  type: 'User' | 'MachineToMachine'
  isDefault?: boolean
  [field: string]: unknown
}

/** A scope (Logto's console says "permission") of an API resource. */
export interface LogtoScope {
  tenantId?: string
  id: string
  resourceId: string
  name: string
  description: string | null
  /** Milliseconds since the epoch. */
  createdAt: number
  [field: string]: unknown
}

/** An organization. `customData` is free-form. */
export interface LogtoOrganization {
  tenantId?: string
  id: string
  name: string
  description: string | null
  customData: Record<string, unknown>
  isMfaRequired?: boolean
  color?: Record<string, unknown>
  branding?: Record<string, unknown>
  customCss?: string | null
  /** Milliseconds since the epoch. */
  createdAt: number
  [field: string]: unknown
}

/** A role in the organization template. */
export interface LogtoOrganizationRole {
  tenantId?: string
  id: string
  name: string
  description: string | null
  type?: string
  [field: string]: unknown
}

/** A scope in the organization template. */
export interface LogtoOrganizationScope {
  tenantId?: string
  id: string
  name: string
  description: string | null
  [field: string]: unknown
}
