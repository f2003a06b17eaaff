/**
 * A Logto user as the Management API (`GET /api/users/:id`) and the data of a user event give it.
 * Times are milliseconds since the epoch. Source: recordings/released/user-object-get.json and recordings/webhooks. Logto
 * adds fields from version to version, which are kept: the development version after 1.42.0 has `cimdClientId`.
 */
export interface LogtoUser {
  /** The Logto user id, 12 characters: `sub` of the user's tokens. */
  id: string
  username: string | null
  primaryEmail: string | null
  primaryPhone: string | null
  name: string | null
  avatar: string | null
  customData: Record<string, unknown>
  identities: Record<string, unknown>
  profile: Record<string, unknown>
  /** Application through which the user registered. */
  applicationId: string | null
  isSuspended: boolean
  lastSignInAt: number | null
  createdAt: number
  /** Bumped by every write to the user: the start of the writing transaction, so close writes can tie. */
  updatedAt: number
  /** Only in answers of the Management API. */
  hasPassword?: boolean
  [field: string]: unknown
}
