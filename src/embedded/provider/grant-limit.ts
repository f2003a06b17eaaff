import type { LogtoState } from '../../testing/state/state.js'
import type { GrantStore } from './grant-store.js'

/** What `Grant.LimitExceeded` tells beyond who and where (recordings/webhook-event-matrix.json). */
export interface GrantLimitExceeded {
  revokedGrantIds: string[]
  maxAllowedGrants: number
  preRevocationActiveGrantCount: number
}

/**
 * Ends the oldest grants of a user for an application beyond its `maxAllowedGrants`, if it has such a limit.
 *
 * @returns what happened, or undefined when the limit was kept.
 */
export function enforceGrantLimit(
  state: LogtoState,
  grants: GrantStore,
  userId: string,
  clientId: string,
  newest: string,
): GrantLimitExceeded | undefined {
  const limit = state.applications.get(clientId)?.customClientMetadata.maxAllowedGrants
  if (typeof limit !== 'number') return undefined
  const active = grants.grantIdsOf(userId, clientId)
  const revokedGrantIds = active.filter((id) => id !== newest).slice(0, Math.max(0, active.length - limit))
  if (revokedGrantIds.length === 0) return undefined
  for (const id of revokedGrantIds) grants.end(id)
  return { revokedGrantIds, maxAllowedGrants: limit, preRevocationActiveGrantCount: active.length }
}
