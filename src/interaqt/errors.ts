import { HttpFacingError } from '../logto/http-facing-error.js'

/**
 * Why the sync could not do what it was asked to.
 *
 * | code | status | when |
 * |---|---|---|
 * | `user_unknown` | 401 | `ensureUser`: Logto has no such user |
 * | `user_deleted` | 401 | `ensureUser`: the user was deleted in Logto |
 * | `logto_unavailable` | 503 | Logto's Management API could not be reached, or refused us |
 * | `database_unavailable` | 503 | the database failed or was too busy, also after the retries |
 * | `record_contended` | 503 | other writers changed the User record at every attempt |
 * | `columns_invalid` | 500 | `mapUser` threw, or returned a column that is the sync's own |
 * | `record_ambiguous` | 500 | `adopt` matches several User records |
 * | `write_refused` | 500 | Interaqt refused the write: a constraint of the application, a computation that threw |
 * | `deletion_callback_failed` | 500 | `onDeleted` threw; the record is not marked yet, so it will be called again |
 * | `not_attached` | 500 | `sync.attach(controller)` was not called |
 * | `logto_empty` | 500 | `reconcile`: Logto listed no user at all, although there are User records |
 * | `mass_deletion` | 500 | `reconcile`: it would mark more records as deleted than it may |
 */
export type SyncErrorCode =
  | 'user_unknown'
  | 'user_deleted'
  | 'logto_unavailable'
  | 'database_unavailable'
  | 'record_contended'
  | 'columns_invalid'
  | 'record_ambiguous'
  | 'write_refused'
  | 'deletion_callback_failed'
  | 'not_attached'
  | 'logto_empty'
  | 'mass_deletion'

const STATUS: Partial<Record<SyncErrorCode, 401 | 503>> = {
  user_unknown: 401,
  user_deleted: 401,
  logto_unavailable: 503,
  database_unavailable: 503,
  record_contended: 503,
}

/** What a caller may read. The messages are for the operator: they name internal URLs, and what to change. */
const PUBLIC_MESSAGES: Partial<Record<SyncErrorCode, string>> = {
  user_unknown: 'This user is not known here.',
  user_deleted: 'This user was deleted.',
  logto_unavailable: 'The sign-in service is not available; try again.',
  database_unavailable: 'The server is busy; try again.',
  record_contended: 'The server is busy; try again.',
}

/** Seconds that a caller waits before the next try, when nobody knows better. */
const RETRY_AFTER = 5

/** What a SyncError may carry beside its code and message. */
export interface SyncErrorOptions {
  cause?: unknown
  /** Seconds after which another try may succeed; only for the codes of status 503. */
  retryAfter?: number
}

/**
 * The sync failed, in a way that its `code` names; nothing was written by half. `status`, `statusCode` and `headers`
 * are what an HTTP server answers: a 401 with its challenge (RFC 6750, section 3), a 503 with `retry-after` in seconds.
 * Thrown in a webhook handler it becomes a 5xx, so that Logto logs the delivery as failed and a replay finds it.
 */
export class SyncError extends HttpFacingError {
  override readonly name = 'SyncError'
  declare readonly code: SyncErrorCode
  declare readonly status: 401 | 500 | 503

  constructor(code: SyncErrorCode, message: string, options: SyncErrorOptions = {}) {
    const status = STATUS[code] ?? 500
    const publicMessage = PUBLIC_MESSAGES[code] ?? 'The server could not process the request.'
    super(message, { code, status, publicMessage, headers: headersOf(status, options) }, options)
  }
}

/** Whether nothing else would succeed now either. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof SyncError &&
    (error.code === 'logto_unavailable' || error.code === 'database_unavailable')
  )
}

function headersOf(status: number, { retryAfter = RETRY_AFTER }: SyncErrorOptions): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer error="invalid_token"' }
  return status === 503 ? { 'retry-after': String(retryAfter) } : {}
}
