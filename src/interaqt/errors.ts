import { HttpFacingError } from '../logto/http-facing-error.js'

/**
 * The reason why a call of the sync failed.
 *
 * | code | status | when |
 * |---|---|---|
 * | `user_unknown` | 401 | `ensureUser`: Logto has no such user |
 * | `user_deleted` | 401 | `ensureUser`: the user was deleted in Logto |
 * | `logto_unavailable` | 503 | Logto's Management API could not be reached, or refused us |
 * | `database_unavailable` | 503 | the database failed or was too busy, also after the retries |
 * | `record_contended` | 503 | other writers changed the User record at every attempt |
 * | `columns_invalid` | 500 | `mapUser` threw, or returned one of the sync's own columns |
 * | `record_ambiguous` | 500 | `adopt` matches several User records |
 * | `write_refused` | 500 | Interaqt refused the write: a constraint of the application, a computation that threw |
 * | `deletion_callback_failed` | 500 | `onDeleted` threw; the record is not marked, so that the next attempt calls it again |
 * | `model_incomplete` | 500 | `extend`, `attach`: the model lacks pieces of the sync, or has others of their names |
 * | `schema_mismatch` | 500 | `checkDatabase`: the database lacks columns, tables or the unique index |
 * | `not_attached` | 500 | `sync.attach(controller)` was not called |
 * | `logto_empty` | 500 | `reconcile`: Logto listed no user at all, although there are User records |
 * | `mass_deletion` | 500 | `reconcile`: it would mark too many records as deleted |
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
  | 'model_incomplete'
  | 'schema_mismatch'
  | 'not_attached'
  | 'logto_empty'
  | 'mass_deletion'

interface Answer {
  status: 401 | 500 | 503
  /** The text that callers see. The messages are for the operator: they name internal URLs, and what to change. */
  publicMessage: string
  /** What the operator can do; where it is absent, the message says it. */
  remedy?: string
}

const ANSWERS: Partial<Record<SyncErrorCode, Answer>> = {
  user_unknown: {
    status: 401,
    publicMessage: 'This user is not known here.',
    remedy: 'look for the user in the Logto of logtoEndpoint; the token may be from another one',
  },
  user_deleted: {
    status: 401,
    publicMessage: 'This user was deleted.',
    remedy: 'nothing: a person who comes back signs up again, as another user of Logto',
  },
  logto_unavailable: { status: 503, publicMessage: 'The sign-in service is not available; try again.' },
  database_unavailable: { status: 503, publicMessage: 'The server is busy; try again.' },
  record_contended: { status: 503, publicMessage: 'The server is busy; try again.' },
}
const OTHER_ANSWER: Answer = { status: 500, publicMessage: 'The server could not process the request.' }

/** Seconds that a caller waits before the next try, where Logto did not say. */
const RETRY_AFTER = 5

/** Optional fields of a SyncError. */
export interface SyncErrorOptions {
  cause?: unknown
  /** Seconds after which another try may succeed; only for the codes of status 503. */
  retryAfter?: number
}

/**
 * Thrown when a call of the sync failed, for the reason that `code` names; nothing was written in part. An HTTP server
 * answers with `status` and `headers`: a 401 with its challenge (RFC 6750, section 3), a 503 with `retry-after` in
 * seconds. A webhook handler that throws it answers 5xx, so that Logto logs the delivery as failed and a replay finds it.
 */
export class SyncError extends HttpFacingError {
  override readonly name = 'SyncError'
  declare readonly code: SyncErrorCode
  declare readonly status: 401 | 500 | 503

  constructor(code: SyncErrorCode, message: string, options: SyncErrorOptions = {}) {
    const answer = ANSWERS[code] ?? OTHER_ANSWER
    super(message, { code, ...answer, headers: headersOf(answer.status, options) }, options)
  }
}

/** Returns whether every other call would fail now too: Logto or the database is away. */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof SyncError &&
    (error.code === 'logto_unavailable' || error.code === 'database_unavailable')
  )
}

/** Returns the text of a thrown value, for the message of a SyncError. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function headersOf(status: number, { retryAfter = RETRY_AFTER }: SyncErrorOptions): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer error="invalid_token"' }
  return status === 503 ? { 'retry-after': String(retryAfter) } : {}
}
