/**
 * What this package needs of an Interaqt Controller. Structural, so that the package compiles without `interaqt`;
 * the Controller of interaqt 4.10 satisfies it.
 */
export interface InteraqtController {
  /** The interaction or other event source of that name. */
  findEventSourceByName(name: string): InteraqtEventSource | undefined
  /** Runs an event source; errors come back in the result, nested and transaction-boundary errors are thrown. */
  dispatch(eventSource: InteraqtEventSource, args: InteractionArguments): Promise<DispatchResult>
  system: { storage: InteraqtStorage }
}

/** The one query that the HTTP app makes itself: the caller's record. */
export interface InteraqtStorage {
  findOne(
    entityName: string,
    match?: unknown,
    modifier?: unknown,
    attributeQuery?: unknown[],
  ): Promise<UserRecord | undefined>
}

/** A User record with all its properties; `id` is Interaqt's. */
export interface UserRecord {
  id: string | number
  [property: string]: unknown
}

/** An interaction or other event source; `entity` is the kind of event record that it writes. */
export interface InteraqtEventSource {
  name: string
  entity: { name: string }
}

/** What an interaction sees: conditions and computations get it as their event. */
export interface InteractionArguments {
  user: InteractionUser
  payload?: Record<string, unknown>
  query?: Record<string, unknown>
  activityId?: string
}

/**
 * The caller as interactions see it. Interaqt stores it whole in every event record, so it is short on purpose:
 * no profile, no claims, no token.
 */
export interface InteractionUser {
  /** Interaqt's id of the User record: a UUID on PGLite, a number on PostgreSQL. */
  id: string | number
  /** The Logto user id, `sub` of the access token. */
  logtoId: string
  /** Scopes of the access token; empty when `parseUserId` returned a bare id. */
  scopes: string[]
  /** The organization that the access token was issued for. */
  organizationId?: string
  [field: string]: unknown
}

/** Answer of `dispatch`, as far as the HTTP app passes it on. */
export interface DispatchResult {
  error?: unknown
  data?: unknown
  context?: Record<string, unknown>
  outcome?: string
}
